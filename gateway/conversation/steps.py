"""What one turn gathers on its way: the time of each step, and what was skipped."""

import time
from collections.abc import Awaitable
from typing import TypeVar

from mesh.errors import PeerError

Result = TypeVar("Result")


class Turn:
    """The steps of one turn."""

    def __init__(self, seq: int | None = None) -> None:
        self.number = {"seq": seq} if seq else {}
        self.started = time.perf_counter()
        self.timings: dict[str, float] = {}
        self.skipped: dict[str, str] = {}

    async def step(self, name: str, work: Awaitable[Result]) -> Result:
        """Await a step and note its time; what is done several times counts together."""
        began = time.perf_counter()
        try:
            return await work
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            self.timings[name] = round(self.timings.get(name, 0.0) + took_ms, 2)

    async def optional(self, name: str, work: Awaitable[Result]) -> Result | None:
        """Await a step that the turn can do without; None when it failed."""
        try:
            return await self.step(name, work)
        except PeerError as error:
            self.skipped[name] = error.message
            return None

    def total(self) -> dict[str, float]:
        """The times, with their total so far."""
        return {**self.timings, "total": round((time.perf_counter() - self.started) * 1000, 2)}
