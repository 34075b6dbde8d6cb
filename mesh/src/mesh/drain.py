"""SIGTERM: what is in progress gets some time to end before the server closes its sockets.

The server (uvicorn) closes every socket as soon as it is told to stop, so it is told later: its own handler is called
when nothing is in progress any more, or the time is up and `last` has been awaited. A second SIGTERM stops at once.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

from mesh import logs

log = logs.get("drain")


class Drain:
    """Of one process. `busy` counts what is in progress; `last` is for what still is when the time is up."""

    def __init__(
        self, seconds: float, busy: Callable[[], int], last: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._seconds, self._busy, self._last = seconds, busy, last
        self._task: asyncio.Task[None] | None = None
        self.begun = False

    def install(self) -> None:
        """Take SIGTERM over from the server. Outside of the main thread there are no signals to take."""
        before = signal.getsignal(signal.SIGTERM)
        if not callable(before):
            return
        loop = asyncio.get_running_loop()

        def stop(number: int, frame: FrameType | None) -> None:
            if self.begun or not self._busy():
                before(number, frame)
                return
            self.begun = True
            loop.call_soon_threadsafe(lambda: self._begin(lambda: before(number, frame)))

        try:
            signal.signal(signal.SIGTERM, stop)
        except ValueError:
            log.info("no signals here")

    def _begin(self, stop: Callable[[], object]) -> None:
        self._task = asyncio.create_task(self._wait(stop))

    async def _wait(self, stop: Callable[[], object]) -> None:
        log.info("draining", busy=self._busy())
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            while self._busy() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 (once)
                await asyncio.sleep(0.1)
            if self._busy() and self._last is not None:
                await self._last()
        finally:
            stop()
