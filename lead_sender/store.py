"""All the SQL of lead_sender."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from mesh.db import Database
from mesh.errors import BadInput
from mesh.wire.lead_sender import Lead

metadata = sa.MetaData()

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("updated_at", sa.Float(53), nullable=False),
    sa.Column("session_id", sa.String(64), unique=True),
    sa.Column("scenario", sa.String(64)),
    sa.Column("phone", sa.String(32)),
    sa.Column("partial", sa.Boolean(), nullable=False),
    sa.Column("simulated", sa.Boolean(), nullable=False),
    sa.Column("fields", sa.JSON(), nullable=False),
    sa.Index("leads_phone", "phone"),
    sa.Index("leads_created_at", "created_at"),
)

posts = sa.Table(
    "lead_posts",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("lead_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.Float(53), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A validated lead on its way in."""

    fields: dict[str, str]
    session_id: str | None
    scenario: str | None
    partial: bool
    simulated: bool
    key: str | None
    body_hash: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What GET /leads may ask for; times are Unix seconds."""

    phone: str | None = None
    scenario: str | None = None
    session_id: str | None = None
    partial: bool | None = None
    since: float | None = None
    until: float | None = None


async def save(db: Database, draft: Draft) -> Lead:
    """Save a lead, or update the one of its session. On disk when this returns.

    Raises BadInput idempotency_key_reused for a key that was used with another body.
    """
    try:
        return await _save(db, draft)
    except IntegrityError:
        # Another replica inserted the same key or session between our look and our insert: now we find it.
        return await _save(db, draft)


async def _save(db: Database, draft: Draft) -> Lead:
    now = time.time()
    async with db.write() as connection:
        if draft.key:
            known = (await connection.execute(sa.select(posts).where(posts.c.key == draft.key))).mappings().first()
            if known:
                if known["body_hash"] != draft.body_hash:
                    raise BadInput("idempotency_key_reused", "This Idempotency-Key came with another body before.", 409)
                return await _one(connection, leads.c.id == known["lead_id"])
        lead_id = await _upsert(connection, draft, now)
        if draft.key:
            row = {"key": draft.key, "body_hash": draft.body_hash, "lead_id": lead_id, "created_at": now}
            await connection.execute(posts.insert().values(row))
        return await _one(connection, leads.c.id == lead_id)


async def _upsert(connection: AsyncConnection, draft: Draft, now: float) -> str:
    existing = None
    if draft.session_id:
        query = sa.select(leads).where(leads.c.session_id == draft.session_id).with_for_update()
        existing = (await connection.execute(query)).mappings().first()
    fields = {**(existing["fields"] if existing else {}), **draft.fields}
    values: dict[str, Any] = {"updated_at": now, "fields": fields, "phone": fields.get("phone")}
    if existing:
        # A finished lead stays finished when a late, partial update of it comes in.
        values["partial"] = existing["partial"] and draft.partial
        await connection.execute(leads.update().where(leads.c.id == existing["id"]).values(values))
        return str(existing["id"])
    lead_id = secrets.token_hex(8)
    values |= {"id": lead_id, "created_at": now, "partial": draft.partial, "simulated": draft.simulated}
    values |= {"session_id": draft.session_id, "scenario": draft.scenario}
    await connection.execute(leads.insert().values(values))
    return lead_id


async def page(
    db: Database, wanted: Filter, *, limit: int, before: int | None
) -> tuple[Sequence[Lead], int, int | None]:
    """Leads, newest first; how many match in all; the cursor of the next page."""
    conditions = _conditions(wanted)
    query = sa.select(leads).where(*conditions).order_by(leads.c.seq.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(leads.c.seq < before)
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
        total = (
            await connection.execute(sa.select(sa.func.count()).select_from(leads).where(*conditions))
        ).scalar_one()
    shown = rows[:limit]
    return [_lead(row) for row in shown], int(total), int(shown[-1]["seq"]) if len(rows) > limit else None


def _conditions(wanted: Filter) -> list[Any]:
    conditions = []
    for name in ("phone", "scenario", "session_id", "partial"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(leads.c[name] == value)
    if wanted.since is not None:
        conditions.append(leads.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(leads.c.created_at < wanted.until)
    return conditions


async def _one(connection: AsyncConnection, condition: Any) -> Lead:  # noqa: ANN401 (an SQL expression)
    return _lead((await connection.execute(sa.select(leads).where(condition))).mappings().one())


def _lead(row: Any) -> Lead:  # noqa: ANN401 (a row of leads)
    return Lead(
        id=row["id"],
        created_at=_iso(row["created_at"]),
        updated_at=_iso(row["updated_at"]),
        session_id=row["session_id"],
        scenario=row["scenario"],
        partial=row["partial"],
        simulated=row["simulated"],
        fields=row["fields"],
    )


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
