"""What waits for another service, on disk: it outlives kill -9, a power cut and the end of the process.

What is done within DELAY_S of its beginning never touches the disk: in a mesh that is well, a request costs no fsync.

| the disk                  | then                                                                        |
| ------------------------- | --------------------------------------------------------------------------- |
| full, read-only, slow     | `kept` says no, `trouble` why; rows stay in memory and are tried once more   |
| holds what is no database | the file is put aside as *.broken, and a new one begun                       |
| has all that it may hold  | the oldest rows of the most expendable kind go, which is logged and counted  |
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from mesh import logs
from mesh.kept.journal import Id, Journal, Row

DELAY_S, RETRY_S, SLOW_S = 0.05, 1.0, 2.0
ROOM = 0.9  # of what may be held is left when something had to go
Result = TypeVar("Result")
log = logs.get("spool")


class Spool:
    """Rows in the order in which they came. Before `open`, and while the disk fails, in memory only."""

    def __init__(self, path: Path, *, max_bytes: int, expendable: Sequence[str]) -> None:
        """`expendable`: all kinds, those that can be spared first."""
        self.path = path
        self._journal, self._max_bytes, self._expendable = Journal(path), max_bytes, expendable
        self._rows: dict[Id, Row] = {}
        self._topics: dict[Id, dict[Id, Row]] = {}
        self._fresh: dict[Id, Row] = {}
        self._written: set[Id] = set()
        self._gone: set[Id] = set()
        self._bytes, self.refused, self.dropped, self.trouble = 0, 0, 0, ""
        self._thread: ThreadPoolExecutor | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._committing: asyncio.Task[bool] | None = None

    async def open(self) -> None:
        """Read what is left of dead processes. Never fails: `trouble` says what is wrong with the disk."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        await self.adopt()

    async def aclose(self) -> None:
        """Write what is left."""
        if self._thread is None:
            return
        if not await self.kept() and self.waiting:
            log.error("lost at the end", rows=self.waiting, error=self.trouble)
        if self._timer:
            self._timer.cancel()
        await self._run(self._journal.close)
        self._thread.shutdown(wait=False)
        self._thread = None

    @property
    def waiting(self) -> int:
        """Rows that wait."""
        return len(self._rows)

    @property
    def oldest_s(self) -> float:
        """Age of the oldest row that waits."""
        now = time.time()
        return max(0.0, now - min((row.at for row in self._rows.values()), default=now))

    def rows(self, kind: str) -> list[Row]:
        """What waits of a kind."""
        return [row for row in self._rows.values() if row.kind == kind]

    def first(self, kind: str, topic: str) -> Row | None:
        """What has waited longest of what is about a topic."""
        return next(iter(self._topics.get((kind, topic), {}).values()), None)

    def has(self, row: Row) -> bool:
        """Whether it still waits: it is neither done nor replaced."""
        return self._rows.get(row.id) is row

    def is_on_disk(self, kind: str, key: str) -> bool:
        """Whether the disk has, or may have, a row of this kind and key."""
        return (kind, key) in self._written

    def put(self, kind: str, key: str, topic: str, body: str) -> Row:
        """Add a row; one of the same kind and key is replaced. It is on disk in DELAY_S, or when `kept` says so."""
        row = Row(kind, key, topic, body, time.time())
        self._forget(row.id)
        self._hold(row)
        self._write(row)
        if self._bytes > self._max_bytes:
            self._make_room()
        return row

    def done(self, row: Row) -> None:
        """Somebody else has it now."""
        if self.has(row):
            self._remove(row.id)

    def refuse(self, row: Row, error: str) -> None:
        """Nobody will ever take it: it stays on disk alone, for the operator to look at."""
        if self.has(row):
            self._forget(row.id)
            row.error = error[:500] or "refused"
            self._write(row)
            self.refused += 1

    async def kept(self) -> bool:
        """Wait until everything that was put so far is on disk; False: it is not."""
        fresh, gone = list(self._fresh.values()), set(self._gone)
        try:
            async with asyncio.timeout(SLOW_S):
                while self._thread and (gone & self._gone or any(self._fresh.get(row.id) is row for row in fresh)):
                    # One transaction for all who wait: whoever comes meanwhile is in the next.
                    if not await asyncio.shield(self._commit()):
                        return False
        except TimeoutError:
            self._fail("it is slow")
            return False
        return self._thread is not None

    async def adopt(self) -> None:
        """Take over what dead processes have left."""
        left, refused = await self._run(self._journal.adopt) or ([], [])
        self._hold_all(left)
        self._written.update(refused)
        self.refused = len(refused)

    async def about(self, topic: str) -> list[Row]:
        """What waits and is about a topic. It is ours from now on, whoever put it there."""
        self._hold_all(await self._run(partial(self._journal.about, topic)))
        return [row for row in self._rows.values() if row.topic == topic]

    async def erase(self, topics: Iterable[str], matches: Callable[[str], bool]) -> set[str]:
        """Delete all rows about these topics, and about those of which a row's body matches; which these were."""
        found = {*topics, *(row.topic for row in (self._rows | self._fresh).values() if matches(row.body))}
        await self.kept()
        found |= await self._run(partial(self._journal.erase, found, matches)) or set()
        for row in (self._rows | self._fresh).values():
            if row.topic in found:
                self._remove(row.id)
        return found

    def _write(self, row: Row) -> None:
        self._fresh[row.id] = row
        self._gone.discard(row.id)
        self._soon(DELAY_S)

    def _soon(self, seconds: float) -> None:
        if self._thread and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._fresh or self._gone or self.trouble:
            self._commit()

    def _hold(self, row: Row) -> None:
        self._rows[row.id] = row
        self._topics.setdefault((row.kind, row.topic), {})[row.id] = row
        self._bytes += len(row.body)

    def _forget(self, ident: Id) -> None:
        row = self._rows.pop(ident, None)
        if row is None:
            return
        self._bytes -= len(row.body)
        same = self._topics.get((row.kind, row.topic), {})
        same.pop(ident, None)
        if not same:
            self._topics.pop((row.kind, row.topic), None)

    def _remove(self, ident: Id) -> None:
        self._forget(ident)
        self._fresh.pop(ident, None)
        if ident in self._written:
            self._gone.add(ident)
            self._soon(DELAY_S)

    def _make_room(self) -> None:
        for row in [row for kind in self._expendable for row in self.rows(kind)]:
            if self._bytes <= ROOM * self._max_bytes:
                break
            self._remove(row.id)
            self.dropped += 1
            log.error("dropped: the spool is full", kind=row.kind, topic=row.topic, dropped=self.dropped)

    def _commit(self) -> "asyncio.Task[bool]":
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_now())
        return self._committing

    async def _commit_now(self) -> bool:
        fresh, gone = list(self._fresh.values()), set(self._gone)
        self._written |= {row.id for row in fresh}  # it may be there even if we hear of an error
        if await self._run(partial(self._write_all, fresh, gone)) is None:
            self._soon(RETRY_S)
            return False
        self.trouble = ""
        for row in fresh:
            if self._fresh.get(row.id) is row:
                del self._fresh[row.id]
        self._written -= gone & self._gone
        self._gone -= gone
        if self._fresh or self._gone:
            self._soon(DELAY_S)
        return True

    def _write_all(self, fresh: list[Row], gone: set[Id]) -> bool:
        self._journal.write(fresh, gone)
        return True

    def _hold_all(self, found: list[Row] | None) -> None:
        for row in found or []:
            if row.id not in self._rows and row.id not in self._gone:
                self._written.add(row.id)
                self._hold(row)

    async def _run(self, work: Callable[[], Result]) -> Result | None:
        """Do it on the thread of the disk; None when it fails, or there is no disk."""
        if self._thread is None:
            return None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (OSError, sqlite3.Error) as error:
            self._fail(str(error))
            return None

    def _fail(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.error("the disk does not take what waits", error=trouble)
        self.trouble = trouble
