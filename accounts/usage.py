"""All the SQL of what has been used. Days are those of UTC."""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from accounts.tables import usage, usage_batches
from mesh.kept.db import Database
from mesh.wire.accounts import Added, Amounts, Spent, UsageBatch, UsageReply, UsageRow

KEPT_S = 86_400.0
"""A batch is known again for so long."""
MOST_ROWS = 1_000
_SUMS = ("requests", "prompt_tokens", "completion_tokens", "audio_s", "characters")


async def add(db: Database, batch: UsageBatch) -> Added:
    """Add a batch, once."""
    added = True
    try:
        async with db.write() as connection:
            await connection.execute(usage_batches.insert().values(id=batch.id, at=time.time()))
            if batch.rows:
                # In one order: two replicas that add the same rows do not wait for each other in a circle.
                rows = sorted((row.model_dump() for row in batch.rows), key=lambda row: str(_key(row)))
                await connection.execute(_upsert(db), rows)
    except IntegrityError:
        added = False
    today = _today()
    async with db.read() as connection:
        spent = {one: await _spent(connection, one, today) for one in _subjects(batch.rows)}
    return Added(added=added, spent=spent)


async def today_of(db: Database, subject: str) -> Spent:
    """What a subject, `key:…` or an owner, has spent today."""
    async with db.read() as connection:
        return await _spent(connection, subject, _today())


async def find(db: Database, *, owner: str | None, key_id: str | None, since: date, until: date) -> UsageReply:
    """Rows of an owner, of a key or of all, of some days, both of which count."""
    which: list[sa.ColumnElement[bool]] = [usage.c.day.between(since, until)]
    which += [usage.c.owner == owner] if owner is not None else []
    which += [usage.c.key_id == key_id] if key_id is not None else []
    order = (usage.c.day.desc(), usage.c.owner, usage.c.key_id, usage.c.model)
    sums = [sa.func.coalesce(sa.func.sum(usage.c[name]), 0).label(name) for name in _SUMS]
    estimated = sa.func.max(sa.cast(usage.c.estimated, sa.Integer())).label("estimated")
    async with db.read() as connection:
        found = await connection.execute(sa.select(usage).where(*which).order_by(*order).limit(MOST_ROWS + 1))
        rows = [UsageRow.model_validate(dict(row)) for row in found.mappings()]
        total = (await connection.execute(sa.select(*sums, estimated).where(*which))).mappings().one()
    amounts = {name: (float if name == "audio_s" else int)(total[name]) for name in _SUMS}
    summed = Amounts.model_validate({**amounts, "estimated": bool(total["estimated"])})
    return UsageReply(rows=rows[:MOST_ROWS], total=summed, truncated=len(rows) > MOST_ROWS)


async def forget(connection: AsyncConnection, owner: str) -> None:
    """Delete what is of an owner."""
    await connection.execute(usage.delete().where(usage.c.owner == owner))


async def sweep(db: Database) -> None:
    """Forget batches that nobody sends again."""
    async with db.write() as connection:
        await connection.execute(usage_batches.delete().where(usage_batches.c.at < time.time() - KEPT_S))


def _upsert(db: Database) -> Any:  # noqa: ANN401 (two dialects' own)
    insert: Any = (sqlite if db.is_sqlite else postgresql).insert(usage)
    more = {name: usage.c[name] + insert.excluded[name] for name in _SUMS}
    more["estimated"] = sa.or_(usage.c.estimated, insert.excluded.estimated)
    return insert.on_conflict_do_update(index_elements=list(usage.primary_key), set_=more)


async def _spent(connection: AsyncConnection, subject: str, day: date) -> Spent:
    key = subject.removeprefix("key:")
    whose = usage.c.owner == subject if key == subject else sa.or_(usage.c.key_id == key, usage.c.owner == subject)
    tokens = usage.c.prompt_tokens + usage.c.completion_tokens
    sums = [sa.func.coalesce(sa.func.sum(one), 0) for one in (tokens, usage.c.audio_s, usage.c.characters)]
    row = (await connection.execute(sa.select(*sums).where(whose, usage.c.day == day))).one()
    return Spent(tokens=int(row[0]), audio_s=float(row[1]), characters=int(row[2]))


def _subjects(rows: Iterable[UsageRow]) -> set[str]:
    rows = list(rows)
    return {row.owner for row in rows} | {f"key:{row.key_id}" for row in rows if row.key_id}


def _key(row: dict[str, Any]) -> tuple[object, ...]:
    return row["owner"], row["key_id"], row["model"], row["day"]


def _today() -> date:
    return datetime.now(UTC).date()
