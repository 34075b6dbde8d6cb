"""All the file I/O: objects in buckets, their sizes, their retention. One interface for a folder and for S3."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any

import obstore
from obstore.store import LocalStore, S3Store

from mesh import logs
from mesh.errors import ApiError
from mesh.kept import disk
from mesh.numbers import whole
from storage.config import Settings

STORE_DEADLINE_S = 10
log = logs.get("store")


@dataclass(slots=True)
class Entry:
    """An object as the index knows it. `used` is Unix time: when it was written, or last read since our start."""

    path: str
    size: int
    used: float
    written: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a bucket may hold, in bytes, and for how long."""

    max_bytes: int
    days: float


@dataclass(frozen=True, slots=True)
class Found:
    """An object, or the asked range of it."""

    data: bytes
    content_type: str
    start: int
    total: int


class Store:
    """Objects live at `bucket/ab/<key>/<type>`, `ab` being the key's first two digits and `type` its media type."""

    def __init__(self, settings: Settings) -> None:
        self._store = _open(settings)
        mb = 1024 * 1024
        self.limits = {
            "speech": Limits(int(settings.speech_max_mb * mb), settings.speech_days),
            "recordings": Limits(int(settings.recordings_max_mb * mb), settings.recordings_days),
        }
        self._index: dict[str, dict[str, Entry]] = {bucket: {} for bucket in self.limits}
        self._bytes = dict.fromkeys(self.limits, 0)
        self.trouble = ""
        """What was wrong with the store at its last use, for /health."""
        self.full = ""
        """Why the last write was refused, if there was no room for it."""

    async def put(self, bucket: str, key: str | None, data: bytes, content_type: str) -> tuple[str, bool]:
        """Write an object; give its key (the content's SHA-256 where none was given) and whether it is new."""
        self._check(bucket)
        key = key or hashlib.sha256(data).hexdigest()
        if key in self._index[bucket]:
            self._index[bucket][key].used = time.time()
            return key, False
        path = f"{bucket}/{key[:2]}/{key}/{content_type.replace('/', '_')}"
        try:
            await self._guarded(obstore.put_async(self._store, path, data))
        except ApiError as error:
            self.full = error.message if error.code == "disk_full" else self.full
            raise
        self.full = ""
        self._add(bucket, key, Entry(path, len(data), time.time(), time.time()))
        await self._evict(bucket)
        return key, True

    async def get(self, bucket: str, key: str, span: str | None) -> Found:
        """An object, or the part of it that `span` (a Range header, RFC 9110 section 14) names.

        Raises ApiError: no_such_object 404, bad_range 416.
        """
        entry = await self._find(bucket, key)
        start, end = _range(span, entry.size)
        try:
            if entry.size:
                result = await self._guarded(
                    obstore.get_async(self._store, entry.path, options={"range": (start, end)})
                )
                data = bytes(await result.bytes_async())
            else:
                data = b""
        except FileNotFoundError:
            self._forget(bucket, key)
            raise _missing() from None
        entry.used = time.time()
        return Found(data, entry.path.rsplit("/", 1)[1].replace("_", "/", 1), start, entry.size)

    async def delete(self, bucket: str, key: str) -> bool:
        """Delete an object; whether it was there."""
        try:
            entry = await self._find(bucket, key)
        except ApiError as error:
            if error.code == "no_such_object":
                return False
            raise
        await self.remove(bucket, key, entry)
        return True

    async def load(self) -> None:
        """Read the index: what an earlier process, or another replica, has written."""
        for bucket in self.limits:
            for entry in await self._list(bucket):
                key = entry.path.split("/")[2]
                if key not in self._index[bucket]:
                    self._add(bucket, key, entry)

    async def trim(self) -> None:
        """Read the index and bring every bucket under its limit; what is too old is retention's."""
        await self.load()
        for bucket in self.limits:
            await self._evict(bucket)

    def entries(self, bucket: str) -> list[tuple[str, Entry]]:
        """What is in a bucket, by key."""
        return list(self._index[bucket].items())

    def summary(self) -> str:
        """Objects and MiB by bucket, for /health."""
        return ", ".join(f"{b}: {len(self._index[b])} objects, {self._bytes[b] / 1048576:.1f} MiB" for b in self.limits)

    async def _find(self, bucket: str, key: str) -> Entry:
        self._check(bucket)
        entry = self._index[bucket].get(key)
        if entry is None:
            entry = next(iter(await self._list(f"{bucket}/{key[:2]}/{key}")), None)
            if entry is None:
                raise _missing()
            self._add(bucket, key, entry)
        return entry

    async def _list(self, prefix: str) -> list[Entry]:
        async def read() -> list[Entry]:
            batches = [batch async for batch in obstore.list(self._store, prefix)]
            return [
                Entry(meta["path"], meta["size"], meta["last_modified"].timestamp(), meta["last_modified"].timestamp())
                for batch in batches
                for meta in batch
            ]

        entries: list[Entry] = await self._guarded(read())
        return entries

    async def _evict(self, bucket: str) -> int:
        """Bring a bucket some way under its limit, so as not to sort each time; least recently used first."""
        limit = self.limits[bucket].max_bytes
        if self._bytes[bucket] <= limit:
            return 0
        gone = 0
        for key, entry in sorted(self._index[bucket].items(), key=lambda item: item[1].used):
            if self._bytes[bucket] <= limit * 0.9:
                break
            await self.remove(bucket, key, entry)
            gone += 1
        log.info("evicted", bucket=bucket, objects=gone)
        return gone

    async def remove(self, bucket: str, key: str, entry: Entry) -> None:
        """Delete an object that the index knows."""
        try:
            await self._guarded(obstore.delete_async(self._store, entry.path))
        except FileNotFoundError:
            log.info("already gone", bucket=bucket, key=key)
        self._forget(bucket, key)

    async def _guarded(self, operation: Any) -> Any:  # noqa: ANN401 (obstore's awaitables)
        """A lost or full store is the envelope's business; a missing object is its caller's."""
        try:
            async with asyncio.timeout(STORE_DEADLINE_S):
                result = await operation
        except FileNotFoundError:
            self.trouble = ""
            raise
        except TimeoutError as error:
            self.trouble = "no answer in time"
            raise ApiError(504, "store_timeout", "The object store did not answer in time.") from error
        except (OSError, obstore.exceptions.BaseError) as error:
            self.trouble = type(error).__name__
            log.warning("store failed", error=str(error)[:300])
            if any(words in str(error) for words in disk.FULL):
                raise ApiError(507, "disk_full", "The disk is full: nothing can be kept.", retry_after_s=10) from error
            raise ApiError(503, "store_unavailable", "The object store is unavailable.", retry_after_s=5) from error
        self.trouble = ""
        return result

    def _add(self, bucket: str, key: str, entry: Entry) -> None:
        self._forget(bucket, key)
        self._index[bucket][key] = entry
        self._bytes[bucket] += entry.size

    def _forget(self, bucket: str, key: str) -> None:
        entry = self._index[bucket].pop(key, None)
        self._bytes[bucket] -= entry.size if entry else 0

    def _check(self, bucket: str) -> None:
        if bucket not in self.limits:
            raise ApiError(404, "no_such_bucket", f"There is no bucket {bucket!r}; there are {', '.join(self.limits)}.")


def _open(settings: Settings) -> LocalStore | S3Store:
    if not settings.s3_bucket:
        return LocalStore(settings.storage_dir, mkdir=True, automatic_cleanup=True)
    options: dict[str, Any] = {"region": settings.s3_region}
    if settings.s3_endpoint:
        plain = settings.s3_endpoint.startswith("http://")
        options |= {"endpoint": settings.s3_endpoint, "client_options": {"allow_http": plain}}
    if settings.s3_access_key_id:
        options["access_key_id"] = settings.s3_access_key_id
        options["secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
    return S3Store(settings.s3_bucket, **options)


def _missing() -> ApiError:
    return ApiError(404, "no_such_object", "There is no object of this key.")


def _range(span: str | None, size: int) -> tuple[int, int]:
    """Start and end (exclusive) of the first range of a Range header; the whole where there is none."""
    if not span:
        return 0, size
    unit, _, first = span.partition("=")
    low, dash, high = first.split(",", 1)[0].strip().partition("-")
    begin, last = whole(low, size), whole(high, size)
    odd = (low and begin is None) or (high and last is None)
    if unit.strip() != "bytes" or not dash or odd or (begin is None and last is None):
        return 0, size  # RFC 9110 14.2: a range that is not understood is ignored
    if begin is None:
        begin, last = size - (last or 0), None
    start, end = begin, size if last is None else min(size, last + 1)
    if start >= size or start >= end:
        raise ApiError(416, "bad_range", f"The object has {size} bytes.")
    return start, end
