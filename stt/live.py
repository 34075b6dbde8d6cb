"""A transcription as it is made: its segments one after the other, then the whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

from mesh.wire.stt import Segment
from stt.engines import Transcript

Told = Callable[[str, Segment], None]
"""Told of an engine's name and a segment that it made, on any thread."""


class Live:
    """Runs `hear`, which gives the engine and its transcript, while somebody reads the segments that it tells of."""

    def __init__(self, hear: Callable[[Told], Awaitable[tuple[str, Transcript]]]) -> None:
        self.engine = ""
        loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[Segment | None] = asyncio.Queue()
        self._first: Segment | None = None

        def told(engine: str, segment: Segment) -> None:
            self.engine = engine
            loop.call_soon_threadsafe(self._made.put_nowait, segment)

        self._work = asyncio.ensure_future(hear(told))
        self._work.add_done_callback(lambda _: self._made.put_nowait(None))

    async def begun(self) -> Self:
        """Return at the first segment, or at the end of what has none. Raises what `hear` raises before it."""
        try:
            self._first = await self._made.get()
        except asyncio.CancelledError:
            self._work.cancel()
            raise
        if self._first is None:
            self.engine, _ = self._work.result()
        return self

    async def segments(self) -> AsyncIterator[Segment]:
        """Each as it is made. Left early, the work ends. Raises what `hear` raises."""
        segment = self._first
        try:
            while segment is not None:
                yield segment
                segment = await self._made.get()
            self._work.result()
        finally:
            self._work.cancel()
