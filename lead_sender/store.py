"""All the SQL of leads; outbox.py has that of their deliveries, which are written in the same transactions."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from lead_sender import outbox
from lead_sender.destinations import Destinations
from lead_sender.erasure import Erasure
from lead_sender.outbox import iso
from lead_sender.tables import leads, posts
from mesh.errors import ApiError, BadInput
from mesh.kept.db import Database
from mesh.wire.lead_sender import CallSummary, Heard, Lead

SETTLED_AT_ONCE, EXPORTED_AT_ONCE = 100, 500
FIRST_COLUMNS = ("name", "phone", "city", "dates")


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
    heard: dict[str, Heard]
    call: CallSummary | None
    deliver_in_s: float
    give_up_s: float
    began: float | None
    owned_by: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """What GET /leads may ask for; times are Unix seconds."""

    phone: str | None = None
    scenario: str | None = None
    session_id: str | None = None
    partial: bool | None = None
    since: float | None = None
    until: float | None = None


async def save(db: Database, erasure: Erasure, draft: Draft, destinations: Destinations) -> Lead:
    """Save a lead, or update the one of its session, with what is to be sent of it. On disk when this returns.

    Raises BadInput idempotency_key_reused for a key that was used with another body, ApiError 410 erased for a lead of
    a session whose person was erased.
    """
    try:
        lead = await _save(db, erasure, draft, destinations)
    except IntegrityError:
        # Another replica inserted the same key or session between our look and our insert: now we find it.
        lead = await _save(db, erasure, draft, destinations)
    if lead is None:
        raise ApiError(410, "erased", "The person of this session was erased: nothing is kept of it.")
    return lead


async def _save(db: Database, erasure: Erasure, draft: Draft, destinations: Destinations) -> Lead | None:
    now = time.time()
    async with db.write() as connection:
        if await erasure.is_late(connection, draft):
            return None
        if draft.key:
            known = (await connection.execute(sa.select(posts).where(posts.c.key == draft.key))).mappings().first()
            if known:
                if known["body_hash"] != draft.body_hash:
                    raise BadInput("idempotency_key_reused", "This Idempotency-Key came with another body before.", 409)
                return await _one(connection, str(known["lead_id"]))
        lead_id, due = await _upsert(connection, draft, now)
        if draft.key:
            row = {"key": draft.key, "body_hash": draft.body_hash, "lead_id": lead_id, "created_at": now}
            await connection.execute(posts.insert().values(row))
        lead = await _one(connection, lead_id)
        if due:
            await outbox.enqueue(connection, lead, destinations.of(lead.scenario).sinks, now + draft.give_up_s)
        return lead


async def _upsert(connection: AsyncConnection, draft: Draft, now: float) -> tuple[str, bool]:
    """The lead's id, and whether it is to be sent at once."""
    existing: Any = None
    if draft.session_id:
        query = sa.select(leads).where(leads.c.session_id == draft.session_id).with_for_update()
        existing = (await connection.execute(query)).mappings().first()
    known = existing or {"fields": {}, "heard": {}, "call": None, "partial": True, "revision": 0, "deliver_at": None}
    fields = {**known["fields"], **draft.fields}
    # A finished lead stays finished when a late, partial update of it comes in.
    partial = known["partial"] and draft.partial
    call = draft.call.model_dump() if draft.call else known["call"]
    changed = not existing or (fields, partial, call) != (known["fields"], known["partial"], known["call"])
    waits = changed or known["deliver_at"] is not None
    due = waits and draft.deliver_in_s == 0
    values: dict[str, Any] = {
        "updated_at": now,
        "fields": fields,
        "phone": fields.get("phone"),
        "partial": partial,
        "revision": known["revision"] + changed,
        "heard": {**known["heard"], **{name: one.model_dump() for name, one in draft.heard.items()}},
        "call": call,
        "deliver_at": now + draft.deliver_in_s if waits and not due else None,
    }
    if existing:
        await connection.execute(leads.update().where(leads.c.id == existing["id"]).values(values))
        return str(existing["id"]), due
    lead_id = secrets.token_hex(8)
    values |= {"id": lead_id, "created_at": now, "simulated": draft.simulated}
    values |= {"session_id": draft.session_id, "scenario": draft.scenario, "owner": draft.owned_by}
    await connection.execute(leads.insert().values(values))
    return lead_id, due


async def settle(db: Database, destinations: Destinations, give_up_s: float) -> int:
    """Write the deliveries of leads whose time to wait for more is over; how many leads."""
    now = time.time()
    due = leads.c.deliver_at <= now
    async with db.read() as connection:
        if (await connection.execute(sa.select(leads.c.seq).where(due).limit(1))).first() is None:
            return 0
    query = sa.select(leads).where(due).order_by(leads.c.seq).limit(SETTLED_AT_ONCE).with_for_update(skip_locked=True)
    async with db.write() as connection:
        found = [_lead(row) for row in (await connection.execute(query)).mappings().all()]
        for lead in found:
            await outbox.enqueue(connection, lead, destinations.of(lead.scenario).sinks, now + give_up_s)
        ids = [lead.id for lead in found]
        await connection.execute(leads.update().where(leads.c.id.in_(ids)).values(deliver_at=None))
    return len(found)


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


async def names(db: Database, wanted: Filter) -> list[str]:
    """The names of all fields that leads have; sorted, the known ones first."""
    found: set[str] = set()
    async for some in pages(db, wanted):
        found.update(*(lead.fields for lead in some))
    return sorted(found, key=lambda name: ((*FIRST_COLUMNS, name).index(name), name))


async def pages(db: Database, wanted: Filter) -> AsyncIterator[Sequence[Lead]]:
    """All leads, newest first, some at a time; none of the database's connections is held in between."""
    before: int | None = None
    while True:
        query = sa.select(leads).where(*_conditions(wanted)).order_by(leads.c.seq.desc()).limit(EXPORTED_AT_ONCE)
        query = query if before is None else query.where(leads.c.seq < before)
        async with db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        if not rows:
            return
        before = int(rows[-1]["seq"])
        yield [_lead(row) for row in rows]


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


async def _one(connection: AsyncConnection, lead_id: str) -> Lead:
    return _lead((await connection.execute(sa.select(leads).where(leads.c.id == lead_id))).mappings().one())


def _lead(row: Any) -> Lead:  # noqa: ANN401 (a row of leads)
    names = ("id", "session_id", "scenario", "partial", "simulated", "fields", "revision", "heard", "call", "owner")
    return Lead(
        **{name: row[name] for name in names}, created_at=iso(row["created_at"]), updated_at=iso(row["updated_at"])
    )
