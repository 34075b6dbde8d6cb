"""Erasing a person's sessions, for good: what is written late is not taken, and storage deletes what it has of them.

| peer    | deadline | slow or down                                                            | it lies |
| ------- | -------- | ----------------------------------------------------------------------- | ------- |
| storage | 5 s each | its objects stay written down here, and it is asked again every AGAIN_S | same    |
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from logger.tables import events, marks, orphans
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError
from mesh.kept import person
from mesh.kept.db import Database
from mesh.kept.tombstones import Tombstones, parts
from mesh.repeat import repeat
from mesh.wire.logger import ErasedEvents, EraseRequest, Event, StoredObject
from mesh.wire.storage import DELETE

AGAIN_S = 15.0
LATE_S = 60.0
"""For so long an object is deleted again: it may have been on its way to storage."""
CLEAR_S = 8.0
COMMITTED_S = 0.3
"""Until what a late event has brought can be read."""
RECENT = 1_000
"""Events that another replica may have been about to write, with numbers before those that were seen."""
_OURS = ("called", "number", "reply", "owner")
"""What an event holds at its top that is not the caller's: our numbers, a colleague's, our words."""
log = logs.get("erasure")


class Erasure:
    """Erases, and keeps erased."""

    def __init__(self, db: Database, storage: Client) -> None:
        self._db, self._storage = db, storage
        self.tombstones = Tombstones(db, marks)
        self._late = asyncio.Event()
        self.waiting = 0
        """Objects that storage could not delete at the last try."""

    async def erase(self, request: EraseRequest) -> ErasedEvents:
        """Delete the sessions in which a person occurs, or of an owner; or only look which they are."""
        sought, at = _Sought(request), request.at or time.time()
        async with self._db.read() as connection:  # which takes its time, and nobody should wait for it
            last = (await connection.execute(sa.select(sa.func.max(events.c.seq)))).scalar() or 0
            found = await _sessions(connection, sought, after=0)
        async with self._db.write() as connection:
            found |= await _sessions(connection, sought, after=last - RECENT)
            sessions = sorted({*found, *request.sessions})
            count, objects = await self._delete(connection, sessions, at, look=request.look)
            if not request.look:
                await self.tombstones.bury(connection, sought.marks, at)
        if not request.look:
            await self._db.scrub()
            await self.clear()
        return ErasedEvents(events=count, sessions=sessions, objects=objects, waiting=self.waiting)

    async def living(self, connection: AsyncConnection, batch: list[Event]) -> list[Event]:
        """The events of a batch that are nobody's who has been erased.

        A session belongs to an erased person when it was known to do so, or began before and speaks of them now; and
        to an erased owner when it says so.
        """
        said = {event.id: set(person.written(_theirs(event.data))) for event in batch}
        owners = {event.id: owned(str(event.data["owner"])) for event in batch if event.data.get("owner")}
        asked = {_session(event.session_id) for event in batch}.union(owners.values(), *said.values())
        found = await self.tombstones.buried(connection, asked)
        if not found:
            return batch
        late = {event.session_id: found[mark] for event in batch if (mark := _session(event.session_id)) in found}
        for event in batch:
            erased_at = max((found[one] for one in said[event.id] if one in found), default=0.0)
            if (owner := owners.get(event.id)) in found and event.session_id not in late:
                late[event.session_id] = found[str(owner)]
                await self._delete(connection, [event.session_id], found[str(owner)])
            elif erased_at and event.session_id not in late:
                before = sa.select(sa.func.min(events.c.at)).where(events.c.session_id == event.session_id)
                began = min((await connection.execute(before)).scalar() or event.at, event.at)
                if began < erased_at:
                    late[event.session_id] = erased_at
                    await self._delete(connection, [event.session_id], erased_at)
        refused = [event for event in batch if event.session_id in late]
        if refused:
            log.info("late events of an erased person are dropped", events=len(refused), sessions=len(late))
            await self._orphan(connection, _objects(event.data for event in refused))
            self._late.set()
        return [event for event in batch if event.session_id not in late]

    async def clear(self) -> None:
        """Have storage delete what is left of erased sessions."""
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(orphans))).all()
        until, gone = time.monotonic() + CLEAR_S, 0
        for row in rows:
            try:
                await self._storage.call(DELETE, path={"bucket": row.bucket, "key": row.key})
            except PeerError as error:
                log.warning("objects wait for storage", reason=error.reason)
                break
            gone += 1
            if time.monotonic() > until:
                break
        self.waiting = len(rows) - gone
        over = [(row.bucket, row.key) for row in rows[:gone] if abs(time.time() - row.since) > LATE_S]
        if over:
            async with self._db.write() as connection:
                for bucket, key in over:
                    await connection.execute(orphans.delete().where(orphans.c.bucket == bucket, orphans.c.key == key))

    async def run(self) -> None:
        """Clear again and again."""
        await repeat(self.clear, self._pause, "objects wait for the database")

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                await self._late.wait()
        self._late.clear()
        await asyncio.sleep(COMMITTED_S)

    async def _delete(
        self, connection: AsyncConnection, sessions: list[str], at: float, *, look: bool = False
    ) -> tuple[int, list[StoredObject]]:
        datas: list[dict[str, object]] = []
        for some in parts(sessions):
            of_theirs = events.c.session_id.in_(some)
            datas += (await connection.execute(sa.select(events.c.data).where(of_theirs))).scalars()
            if not look:
                await connection.execute(events.delete().where(of_theirs))
        objects = _objects(datas)
        if not look:
            await self.tombstones.bury(connection, map(_session, sessions), at)
            await self._orphan(connection, objects)
        return len(datas), objects

    async def _orphan(self, connection: AsyncConnection, objects: list[StoredObject]) -> None:
        for one in objects:
            same = (orphans.c.bucket == one.bucket) & (orphans.c.key == one.key)
            await connection.execute(orphans.delete().where(same))
            await connection.execute(orphans.insert().values(bucket=one.bucket, key=one.key, since=time.time()))


class _Sought:
    """Whom a request means. The database looks roughly, and Python closely."""

    def __init__(self, request: EraseRequest) -> None:
        self._owner = request.owner
        self._forms = person.forms(request.phone) if request.phone else frozenset[str]()
        self.marks = [owned(request.owner)] if request.owner else sorted(self._forms)

    def rough(self, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Of an event's data as text, in small letters."""
        if self._owner:
            return text.contains(f'"{self._owner.lower()}"', autoescape=True)
        shortest = min(self._forms, key=len)
        # The digits in their order, whatever stands between them: "(415) 555-01 23".
        return text.like("%" + "%".join(shortest) + "%") if shortest.isdigit() else text.contains("caller")

    def occurs(self, data: dict[str, object]) -> bool:
        """In an event's data."""
        return data.get("owner") == self._owner if self._owner else person.mentions(_theirs(data), self._forms)


async def _sessions(connection: AsyncConnection, sought: _Sought, *, after: int) -> set[str]:
    """The sessions whose events, from one on, are of whom is sought."""
    rough = sought.rough(sa.func.lower(sa.cast(events.c.data, sa.Text())))
    rows = await connection.stream(sa.select(events.c.session_id, events.c.data).where(events.c.seq > after, rough))
    return {row.session_id async for row in rows if sought.occurs(row.data)}


def _theirs(data: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in data.items() if name not in _OURS}


def _objects(datas: Iterable[dict[str, object]]) -> list[StoredObject]:
    kept = {(str(data["bucket"]), str(data["key"])) for data in datas if {"bucket", "key"} <= set(data)}
    return [StoredObject(bucket=bucket, key=key) for bucket, key in sorted(kept)]


def owned(owner: str) -> str:
    """The mark of an owner."""
    return f"owner {owner}"


def _session(session_id: str) -> str:
    return f"session {session_id}"
