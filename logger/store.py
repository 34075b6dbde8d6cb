"""All the SQL of logger."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mesh.db import Database
from mesh.wire.logger import ErasedEvents, EraseRequest, Event, SessionSummary, StoredObject

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("session_id", sa.String(64), nullable=False),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("data", sa.JSON(), nullable=False),
    sa.Index("events_session", "session_id", "seq"),
    sa.Index("events_at", "at"),
)


async def append(db: Database, batch: list[Event]) -> int:
    """Add the events that are not there yet; how many that were."""
    insert: Any = (sqlite if db.is_sqlite else postgresql).insert(events)
    added = insert.values([event.model_dump() for event in batch]).on_conflict_do_nothing(index_elements=["id"])
    async with db.write() as connection:
        result = await connection.execute(added)
        return int(result.rowcount)


async def of_session(db: Database, session_id: str, *, limit: int) -> list[Event]:
    """The events of a session, oldest first; of a long one the last `limit`."""
    columns = [column for column in events.c if column.name != "seq"]
    newest = sa.select(*columns, events.c.seq).where(events.c.session_id == session_id)
    newest = newest.order_by(events.c.seq.desc()).limit(limit)
    async with db.read() as connection:
        rows = (await connection.execute(newest)).mappings().all()
    return [Event.model_validate({k: v for k, v in row.items() if k != "seq"}) for row in reversed(rows)]


async def sessions(db: Database, *, limit: int, before: float | None) -> list[SessionSummary]:
    """Sessions, the one with the latest event first; `before` is the `last_at` to continue from."""
    last = sa.func.max(events.c.at).label("last_at")
    query = sa.select(
        events.c.session_id, sa.func.min(events.c.at).label("first_at"), last, sa.func.count().label("events")
    ).group_by(events.c.session_id)
    if before is not None:
        query = query.having(last < before)
    async with db.read() as connection:
        rows = (await connection.execute(query.order_by(last.desc()).limit(limit))).mappings().all()
    return [SessionSummary.model_validate(dict(row)) for row in rows]


async def erase(db: Database, request: EraseRequest) -> ErasedEvents:
    """Delete the sessions in which a number occurs, with all their events; or only look which they are."""
    named = sa.cast(events.c.data, sa.Text()).contains(f'"{request.phone}"', autoescape=True)
    async with db.write() as connection:
        found = (await connection.execute(sa.select(events.c.session_id).where(named).distinct())).scalars().all()
        sessions = sorted({*found, *request.sessions})
        theirs = events.c.session_id.in_(sessions)
        datas = (await connection.execute(sa.select(events.c.data).where(theirs))).scalars().all()
        if not request.look:
            await connection.execute(events.delete().where(theirs))
    kept = {(str(data["bucket"]), str(data["key"])) for data in datas if {"bucket", "key"} <= set(data)}
    objects = [StoredObject(bucket=bucket, key=key) for bucket, key in sorted(kept)]
    return ErasedEvents(events=len(datas), sessions=sessions, objects=objects)


async def forget(db: Database, *, before: float) -> int:
    """Delete events from before a Unix time; how many."""
    async with db.write() as connection:
        result = await connection.execute(events.delete().where(events.c.at < before))
        return int(result.rowcount)
