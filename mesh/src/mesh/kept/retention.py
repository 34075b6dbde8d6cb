"""When what is old may be deleted: not after a leap of the clock, and never nearly all at once.

A clock that is wrong makes everything old. So a sweep waits for a day of a steady clock after it has leapt, or after
the service was off for longer than that; and what should have gone at earlier sweeps already, and is more than half of
all, is not deleted before somebody says so (POST /sweep).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from pydantic import BaseModel

from mesh import logs
from mesh.repeat import repeat
from mesh.wire.common import Check

DAY_S = 86_400.0
LEAP_S, OFF_S, DOUBT_S = 3_600.0, DAY_S, DAY_S
SHARE = 0.5
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, and is never set."""
log = logs.get("retention")


class Kept(Protocol):
    """What is swept. Times are Unix seconds."""

    async def ages(self, before: float) -> tuple[int, int, float]:
        """How many are from before a time, how many there are in all, and when the newest is from."""
        ...

    async def forget(self, before: float) -> int:
        """Delete those from before a time; how many."""
        ...


class _State(BaseModel):
    """What outlives the process."""

    at: float = 0.0
    """The last sweep, whether or not it deleted."""
    doubted: float = 0.0
    """Since when the clock is not believed."""


class Retention:
    """The sweeps of one kind. `remember(text)` keeps a small text, `remember("")` gives the one that is kept."""

    def __init__(self, what: str, days: float, kept: Kept, remember: Callable[[str], Awaitable[str]]) -> None:
        self._what, self._days, self._kept, self._remember = what, days, kept, remember
        self._seen: tuple[float, float] | None = None
        self._turn = asyncio.Lock()
        self.trouble = ""

    def check(self) -> Check:
        """For /health."""
        return Check(ok=not self.trouble, detail=self.trouble or f"kept for {self._days:g} days")

    async def run(self, interval_s: float) -> None:
        """Sweep again and again."""
        await repeat(self.sweep, interval_s, "what is old stays for now", what=self._what)

    async def sweep(self, *, confirmed: bool = False) -> int:
        """Delete what is too old, if the clock can be believed, or somebody has `confirmed` that it can; how many."""
        async with self._turn:
            return await self._sweep(confirmed=confirmed)

    async def _sweep(self, *, confirmed: bool) -> int:
        now, steady = time.time(), time.clock_gettime(_STEADY)
        state = _read(await self._remember(""))
        before = now - self._days * DAY_S
        old, total, newest = await self._kept.ages(before)
        leapt = self._leap(state.at or newest or now, now, steady)
        self._seen = now, steady
        if leapt:
            log.error("the clock has leapt", what=self._what, by_s=round(leapt))
            state.doubted = now
        self.trouble = ""
        if confirmed:
            state.doubted = 0.0
        elif old:
            overdue, _, _ = await self._kept.ages(min(before, (state.at or now) - self._days * DAY_S))
            self.trouble = self._doubts(state, now, overdue, total)
        gone = await self._kept.forget(before) if old and not self.trouble else 0
        state.at = now
        await self._remember(state.model_dump_json())
        log.log(30 if self.trouble else 20, "swept", what=self._what, deleted=gone, refused=self.trouble)
        return gone

    def _leap(self, last: float, now: float, steady: float) -> float:
        """Seconds by which the clock is not where it should be; 0: it is. Before our start it may be behind."""
        if self._seen is None:
            return now - last if now - last > OFF_S else 0.0
        off = now - self._seen[0] - (steady - self._seen[1])
        return off if abs(off) > LEAP_S else 0.0

    def _doubts(self, state: _State, now: float, overdue: int, total: int) -> str:
        today = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
        how = f"If {today} is right, POST /sweep deletes what is older than {self._days:g} days"
        if state.doubted and 0 <= now - state.doubted < DOUBT_S:
            left = (DOUBT_S - (now - state.doubted)) / 3600
            return f"nothing is deleted: the clock has leapt, or we were off for days. {how}; else in {left:.0f} h"
        if overdue > SHARE * total:
            return f"nothing is deleted: {overdue} of {total} would be. {how}"
        return ""


def _read(text: str) -> _State:
    try:
        return _State.model_validate_json(text or "{}")
    except ValueError:
        return _State()
