"""All the SQL of logger, but for that of erasure.py."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from logger.erasure import Erasure
from logger.tables import events
from mesh.kept.db import Database
from mesh.wire.logger import Event, SessionSummary


async def append(db: Database, erasure: Erasure, batch: list[Event]) -> int:
    """Add the events that are not there yet and whose person has not been erased; how many that were."""
    insert: Any = (sqlite if db.is_sqlite else postgresql).insert(events)
    async with db.write() as connection:
        kept = await erasure.living(connection, batch)
        if not kept:
            return 0
        added = insert.values([event.model_dump() for event in kept]).on_conflict_do_nothing(index_elements=["id"])
        # PostgreSQL's driver does not count a row whose number it makes itself.
        return len((await connection.execute(added.returning(events.c.id))).all())


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


async def delete(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> int:
    """Delete events; how many."""
    return int((await connection.execute(events.delete().where(which))).rowcount)
