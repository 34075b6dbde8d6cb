"""Responses that are kept: each belongs to who asked for it, and goes by age and number. They outlive a restart.

A file of SQLite's beside the gateway: replicas on one machine share it, those on several do not.

| the disk                | then                                                                      |
| ----------------------- | ------------------------------------------------------------------------- |
| is full, broken, slow   | the response is given nonetheless, and says `store: false`                |
| cannot be read          | 503: whether there is such a response is not known                        |
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson

from mesh import logs
from mesh.auth import Principal
from mesh.errors import ApiError

Result = TypeVar("Result")
MAX_KEPT, MAX_BYTES = 1_000, 4 << 20
"""Of one principal, the oldest go; larger than this, with all that was said before, one is not kept."""
_MAKE = """
CREATE TABLE IF NOT EXISTS responses (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, at REAL NOT NULL, response BLOB NOT NULL, items BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS of_owner ON responses (owner, at);
"""
log = logs.get("responses")


@dataclass(frozen=True, slots=True)
class Kept:
    """One response, and all items up to its own: what the next one goes on from."""

    response: dict[str, Any]
    items: list[Any]


def owner_of(asking: Principal) -> str:
    """The name under which what somebody keeps here is found again, and erased with their account."""
    return asking.owner or asking.id


class Stored:
    """All kept responses, of all principals."""

    def __init__(self, path: Path, ttl_s: float) -> None:
        self._path, self._ttl_s = path, ttl_s
        self._thread: ThreadPoolExecutor | None = None
        self._open: sqlite3.Connection | None = None

    async def put(self, owner: str, kept: Kept) -> bool:
        """Keep it; false where that is not possible."""
        row = orjson.dumps(kept.response), orjson.dumps(kept.items)
        if len(row[0]) + len(row[1]) > MAX_BYTES:
            return False

        def write(db: sqlite3.Connection) -> None:
            now = time.time()
            db.execute(
                "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?)", (kept.response["id"], owner, now, *row)
            )
            db.execute("DELETE FROM responses WHERE at < ?", (now - self._ttl_s,))
            old = "SELECT id FROM responses WHERE owner = ? ORDER BY at DESC LIMIT -1 OFFSET ?"
            db.execute(f"DELETE FROM responses WHERE id IN ({old})", (owner, MAX_KEPT))  # noqa: S608 (no input)

        try:
            await self._run(write)
        except (sqlite3.Error, OSError) as error:
            log.warning("response not kept", error=str(error))
            return False
        return True

    async def get(self, owner: str, name: str) -> Kept | None:
        """The response of that id, if it is the owner's."""

        def read(db: sqlite3.Connection) -> tuple[bytes, bytes] | None:
            where = "id = ? AND owner = ? AND at >= ?"
            query = f"SELECT response, items FROM responses WHERE {where}"  # noqa: S608 (no input)
            found: tuple[bytes, bytes] | None = db.execute(query, (name, owner, time.time() - self._ttl_s)).fetchone()
            return found

        row = await self._sure(read)
        return Kept(orjson.loads(row[0]), orjson.loads(row[1])) if row else None

    async def delete(self, owner: str, name: str) -> bool:
        """Forget one; whether there was one."""

        def remove(db: sqlite3.Connection) -> int:
            return db.execute("DELETE FROM responses WHERE id = ? AND owner = ?", (name, owner)).rowcount

        return bool(await self._sure(remove))

    async def forget(self, owner: str) -> int:
        """Forget all of one principal; how many there were."""
        return await self._sure(lambda db: db.execute("DELETE FROM responses WHERE owner = ?", (owner,)).rowcount)

    async def aclose(self) -> None:
        """Close the file."""
        if self._thread is not None:
            if self._open is not None:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._open.close)
            self._thread.shutdown(wait=False)
            self._thread = self._open = None

    async def _sure(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return await self._run(work)
        except (sqlite3.Error, OSError) as error:
            log.warning("responses cannot be read", error=str(error))
            raise ApiError(
                503, "responses_unavailable", "Stored responses cannot be read now.", retry_after_s=5
            ) from None

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="responses")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._with, work)

    def _with(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._open is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open = sqlite3.connect(self._path, check_same_thread=False, timeout=5)
            self._open.execute("PRAGMA journal_mode = WAL")
            self._open.execute("PRAGMA secure_delete = ON")
            self._open.executescript(_MAKE)
        with self._open:
            return work(self._open)
