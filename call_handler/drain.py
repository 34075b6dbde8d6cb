"""SIGTERM: new calls are refused at once, those in progress get some time to end before the server closes them.

The server (uvicorn) closes every socket as soon as it is told to stop, so it is told later: its own handler is called
when no call is left, or the time is up. A call that is closed then goes on elsewhere: Twilio asks /twilio/next.
"""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType

from call_handler.switchboard import Switchboard
from mesh import logs

log = logs.get("drain")


class Drain:
    """Of one process."""

    def __init__(self, seconds: float, switchboard: Switchboard) -> None:
        self._seconds, self._switchboard = seconds, switchboard
        self._task: asyncio.Task[None] | None = None

    def install(self) -> None:
        """Take SIGTERM over from the server. Outside of the main thread there are no signals to take."""
        before = signal.getsignal(signal.SIGTERM)
        if not callable(before):
            return
        loop = asyncio.get_running_loop()

        def stop(number: int, frame: FrameType | None) -> None:
            if self._switchboard.draining or not self._switchboard.active:
                before(number, frame)
                return
            self._switchboard.draining = True
            loop.call_soon_threadsafe(lambda: self._begin(lambda: before(number, frame)))

        try:
            signal.signal(signal.SIGTERM, stop)
        except ValueError:
            log.info("no signals here")

    def _begin(self, stop: Callable[[], object]) -> None:
        self._task = asyncio.create_task(self._wait(stop))

    async def _wait(self, stop: Callable[[], object]) -> None:
        log.info("draining", calls=self._switchboard.active)
        deadline = asyncio.get_running_loop().time() + self._seconds
        while self._switchboard.active and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 (once)
            await asyncio.sleep(0.1)
        stop()
