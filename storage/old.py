"""A bucket's objects by their age, and what outlives the process of their retention."""

import asyncio
from collections.abc import Awaitable, Callable

from mesh.errors import ApiError
from storage.config import Settings
from storage.store import Store


class Old:
    """The objects of one bucket, as retention sees them."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store, self._bucket = store, bucket

    async def ages(self, before: float) -> tuple[int, int, float]:
        """How many are from before a Unix time, how many there are, and when the newest is from."""
        await self._store.load()
        written = [entry.written for _, entry in self._store.entries(self._bucket)]
        return sum(at < before for at in written), len(written), max(written, default=0.0)

    async def forget(self, before: float) -> int:
        """Delete those from before a Unix time; how many."""
        old = [(key, entry) for key, entry in self._store.entries(self._bucket) if entry.written < before]
        for key, entry in old:
            await self._store.remove(self._bucket, key, entry)
        return len(old)


def memory(settings: Settings, bucket: str) -> Callable[[str], Awaitable[str]]:
    """Keeps a small text beside the objects, or, when they are in S3, for as long as the process lives."""
    path = settings.storage_dir / f"retention.{bucket}.json"
    kept = ""

    def write(text: str) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(path)

    async def remember(text: str) -> str:
        nonlocal kept
        try:
            if text and not settings.s3_bucket:
                await asyncio.to_thread(write, text)
            elif not text and not settings.s3_bucket and path.exists():
                kept = (await asyncio.to_thread(path.read_bytes)).decode(errors="replace")
        except OSError as error:
            raise ApiError(503, "store_unavailable", f"{path.name} cannot be had: {error.strerror}.") from error
        kept = text or kept
        return kept

    return remember
