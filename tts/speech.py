"""One synthesis, heard by many while it is made."""

import asyncio
import time
from collections.abc import AsyncIterator

from mesh.errors import ApiError


class Speech:
    """One synthesis: what there is of it, and whether more comes."""

    def __init__(self, key: str, content_type: str, engine: str, *, cached: bool = False) -> None:
        self.key, self.content_type, self.engine, self.cached = key, content_type, engine, cached
        self.error: ApiError | None = None
        self.stand_in = False
        """Made by an engine that is not the first choice: good for its address, not for the next who asks."""
        self.spare = False
        """Nobody needs it from memory: it is in storage too, or was words of a moment."""
        self.made_at = time.monotonic()
        self._pieces: list[bytes] = []
        self._done = False
        self._grown = asyncio.Condition()

    async def add(self, piece: bytes) -> None:
        """More audio."""
        if piece:
            self._pieces.append(piece)
            await self._wake()

    async def finish(self, error: ApiError | None = None) -> None:
        """No more audio; with `error`, it broke off."""
        self.error, self._done = error, True
        await self._wake()

    @property
    def data(self) -> bytes:
        """All of the audio so far."""
        return b"".join(self._pieces)

    async def listen(self) -> AsyncIterator[bytes]:
        """The audio from its beginning, as it comes. Raises EngineError where it broke off."""
        heard = 0
        while True:
            async with self._grown:
                await self._grown.wait_for(lambda: self._done or len(self._pieces) > heard)  # noqa: B023 (used at once)
            while heard < len(self._pieces):
                yield self._pieces[heard]
                heard += 1
            if self._done:
                if self.error:
                    raise self.error
                return

    async def begun(self) -> None:
        """Return at the first audio. Raises EngineError when none comes."""
        async for _ in self.listen():
            return

    async def _wake(self) -> None:
        async with self._grown:
            self._grown.notify_all()
