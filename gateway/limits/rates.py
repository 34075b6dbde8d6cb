"""Requests in a sliding window, by key, by user and by address; exact over replicas with REDIS_URL.

| Redis           | then                                                                                        |
| --------------- | ------------------------------------------------------------------------------------------- |
| slow, or down   | after REDIS_S this process counts alone for ALONE_S, and /health is degraded; nobody waits    |
| back, emptied   | it counts from nothing: a window at most is given away                                       |
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from limits import RateLimitItem, parse_many

from mesh import logs
from mesh.errors import ApiError
from mesh.wire.common import Check

if TYPE_CHECKING:
    from limits.aio.strategies import MovingWindowRateLimiter as SharedLimiter
    from redis.asyncio import ConnectionPool

REDIS_S, ALONE_S = 0.1, 5.0
MOST_WINDOWS = 100_000
"""The one that was not looked at for longest goes."""
log = logs.get("limits")


@dataclass(frozen=True, slots=True)
class Window:
    """How one limit stands: `left` of `most` requests, all of them again in `reset_s`."""

    name: str
    most: int
    window_s: int
    left: int
    reset_s: float


class TooMany(ApiError):
    """429: a limit is used up."""

    def __init__(self, window: Window) -> None:
        self.window = window
        super().__init__(
            429,
            "rate_limit_exceeded",
            f"More than {window.most} requests in {window.window_s} s by {window.name}; try again in {_up(window)} s.",
            retry_after_s=_up(window),
        )

    @property
    def headers(self) -> dict[str, str]:
        """Retry-After, and how the limit stands."""
        return super().headers | described(self.window)


def limits_of(text: str) -> list[RateLimitItem]:
    """`600/minute;20/second` as limits; `none`, or nothing: no limit. Raises ValueError."""
    return [] if text.strip().lower() in ("", "none") else parse_many(text)


class Alone:
    """Windows of this process: the times of what they hold. The library's own cost 130 us a request, these 3."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: OrderedDict[tuple[str, str, RateLimitItem], deque[float]] = OrderedDict()

    def hit(self, name: str, subject: str, item: RateLimitItem, cost: int = 1) -> tuple[bool, Window]:
        """Whether `cost` requests more (1, or 0 to look) are within the limit, and how it stands then."""
        now, window_s, most = self._clock(), item.get_expiry(), item.amount
        held = self._windows.setdefault((name, subject, item), deque())
        self._windows.move_to_end((name, subject, item))
        while held and held[0] <= now - window_s:
            held.popleft()
        if taken := len(held) + cost <= most:
            held.extend((now,) * cost)
        if len(self._windows) > MOST_WINDOWS:
            self._windows.popitem(last=False)
        reset_s = held[0] + window_s - now if held else 0.0
        return taken, Window(name, most, window_s, most - len(held), reset_s)


class Rates:
    """Counts, in this process or in Redis."""

    def __init__(self, redis_url: str) -> None:
        """`redis_url`: redis://… or rediss://…; empty: this process alone."""
        self._alone = Alone(time.monotonic)
        self._alone_until = 0.0
        self._shared = _shared(redis_url) if redis_url else None

    async def aclose(self) -> None:
        """Let go of connections."""
        if self._shared is not None:
            await self._shared[1].disconnect()

    async def take(self, whose: Sequence[tuple[str, str, RateLimitItem]]) -> Window | None:
        """One request off each limit of (kind, whose, limit); the one that stands worst. Raises TooMany.

        What a later limit refuses has counted in the earlier ones.
        """
        worst: Window | None = None
        for name, subject, item in whose:
            taken, window = await self._hit(name, subject, item)
            if not taken:
                raise TooMany(window)
            if worst is None or window.left * worst.most < worst.left * window.most:
                worst = window
        return worst

    async def peek(self, name: str, subject: str, item: RateLimitItem) -> Window:
        """How a limit stands."""
        return (await self._hit(name, subject, item, cost=0))[1]

    def check(self) -> Check:
        """For /health."""
        if self._shared is None:
            return Check(ok=True, detail="rates are counted in this process")
        alone = time.monotonic() < self._alone_until
        return Check(ok=not alone, detail="Redis does not answer: each replica counts alone" if alone else "redis")

    async def _hit(self, name: str, subject: str, item: RateLimitItem, cost: int = 1) -> tuple[bool, Window]:
        if (shared := self._usable()) is not None:
            try:
                async with asyncio.timeout(REDIS_S):
                    taken = cost == 0 or await shared.hit(item, name, subject)
                    reset, left = await shared.get_window_stats(item, name, subject)
                return taken, _window(name, item, reset, left)
            except Exception as error:  # noqa: BLE001 (any failure of it, whatever class its client gives that)
                self._lost(error)
        return self._alone.hit(name, subject, item, cost)

    def _usable(self) -> "SharedLimiter | None":
        return self._shared[0] if self._shared and time.monotonic() >= self._alone_until else None

    def _lost(self, error: Exception) -> None:
        self._alone_until = time.monotonic() + ALONE_S
        log.warning("redis does not count", error=type(error).__name__)


def _shared(url: str) -> "tuple[SharedLimiter, ConnectionPool]":
    """Counts in Redis, over its connections. Imported only here: 6 MB."""
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import MovingWindowRateLimiter as SharedLimiter
    from redis.asyncio import ConnectionPool

    pool = ConnectionPool.from_url(url, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S)
    options: dict[str, Any] = {"connection_pool": pool}
    storage = RedisStorage(f"async+{url}", implementation="redispy", key_prefix="voiceblock", **options)
    return SharedLimiter(storage), pool


def described(window: Window) -> dict[str, str]:
    """Headers of draft-ietf-httpapi-ratelimit-headers-10, and those that OpenAI's clients read."""
    reset = _up(window)
    return {
        "RateLimit-Policy": f'"{window.name}";q={window.most};w={window.window_s}',
        "RateLimit": f'"{window.name}";r={window.left};t={reset}',
        "x-ratelimit-limit-requests": str(window.most),
        "x-ratelimit-remaining-requests": str(window.left),
        "x-ratelimit-reset-requests": f"{reset}s",
    }


def _window(name: str, item: RateLimitItem, reset: float, left: int) -> Window:
    return Window(name, item.amount, item.get_expiry(), max(0, left), max(0.0, reset - time.time()))


def _up(window: Window) -> int:
    return max(1, int(-(-window.reset_s // 1)))
