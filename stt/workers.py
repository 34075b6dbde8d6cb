"""Threads for work that blocks, so many at a time; what nobody waits for any more is not begun."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from fastapi import Request

from mesh.errors import ApiError, Busy

Result = TypeVar("Result")


class Workers:
    """`size` at a time, `queue` more may wait, then Busy. Work that has begun keeps its thread until it is done."""

    def __init__(self, size: int, queue: int) -> None:
        self._threads, self._room = ThreadPoolExecutor(size), size + queue
        self._jobs: list[Future[Any]] = []
        self._stopped = False

    @property
    def taken(self) -> int:
        """Work that runs or waits."""
        self._jobs = [job for job in self._jobs if not job.done()]
        return len(self._jobs)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run `work` on a thread. Cancelled before that, it is dropped. Raises Busy: no room, or the service stops."""
        if self._stopped:
            raise Busy("This service stops; try again in a moment.")
        if self.taken >= self._room:
            raise Busy("All workers are taken; try again in a moment.")
        job = self._threads.submit(copy_context().run, work)
        self._jobs.append(job)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            raise Busy("This service stops; try again in a moment.") from None

    def stop(self) -> None:
        """Drop what waits, and take nothing more."""
        self._stopped = True
        self._threads.shutdown(wait=False, cancel_futures=True)


async def while_there(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives, unless the client goes first: then `work` is cancelled. The body must have been read."""
    doing, leaving = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait([doing, leaving], return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ApiError(499, "gone", "The client has gone.")
        return doing.result()
    finally:
        doing.cancel()
        leaving.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
