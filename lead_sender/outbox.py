"""The outbox: what is to be sent about leads, written in the transaction that changes the lead. All its SQL.

A delivery is claimed by moving its `next_at` past the deadline of an attempt: a courier that dies has lost nothing, its
claim runs out. `attempts` tells claims apart, so that a late courier cannot record a result over a newer claim's.
Of one lead and sink only the oldest pending delivery may be claimed: the owner sees changes in their order.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lead_sender.sinks import UNSAFE
from lead_sender.tables import deliveries
from mesh.kept.db import Database
from mesh.wire.lead_sender import DeliveryState, DeliveryStatus, Lead, Sink


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may attempt until its claim runs out; `lead` as it was when it was written."""

    state: DeliveryState
    lead: Lead
    give_up_at: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. `next_at` is when a pending delivery is tried again, Unix seconds."""

    id: str
    attempts: int
    status: DeliveryStatus
    error: str = ""
    next_at: float = 0.0


async def enqueue(connection: AsyncConnection, lead: Lead, sinks: Sequence[Sink], give_up_at: float) -> None:
    """Write one delivery of the lead, as it is now, for each sink; in Dev Mode they are simulated."""
    if not sinks:
        return
    known = sa.select(deliveries.c.event).where(deliveries.c.lead_id == lead.id).distinct()
    before = set((await connection.execute(known)).scalars())
    event = "lead.partial" if lead.partial else "lead.completed"
    event = "lead.updated" if event in before or (lead.partial and before) else event
    now = time.time()
    row = {"lead_id": lead.id, "revision": lead.revision, "event": event, "lead": lead.model_dump(mode="json")}
    row |= {"status": "simulated" if lead.simulated else "pending", "attempts": 0, "error": "", "next_at": now}
    row |= {"give_up_at": give_up_at, "created_at": now, "updated_at": now}
    rows = [row | {"id": f"{lead.id}.{lead.revision}.{sink}", "sink": sink} for sink in sinks]
    await connection.execute(deliveries.insert(), rows)


async def claim(db: Database, sink: Sink, *, limit: int, lease_s: float) -> list[Claimed]:
    """Deliveries that are due, each for one claimant: other replicas pass by what is claimed."""
    earlier = deliveries.alias("earlier")
    waits = sa.exists().where(
        earlier.c.lead_id == deliveries.c.lead_id,
        earlier.c.sink == deliveries.c.sink,
        earlier.c.status == "pending",
        earlier.c.revision < deliveries.c.revision,
    )
    due = sa.select(deliveries).where(
        deliveries.c.status == "pending", deliveries.c.sink == sink, deliveries.c.next_at <= time.time(), ~waits
    )
    due = due.order_by(deliveries.c.next_at).limit(limit).with_for_update(skip_locked=True)
    async with db.write() as connection:
        rows = (await connection.execute(due)).mappings().all()
        if not rows:
            return []
        taken = deliveries.update().where(deliveries.c.seq.in_([row["seq"] for row in rows]))
        await connection.execute(
            taken.values(next_at=time.time() + lease_s, attempts=deliveries.c.attempts + 1, updated_at=time.time())
        )
    return [Claimed(_state({**row, "attempts": row["attempts"] + 1}), _lead(row), row["give_up_at"]) for row in rows]


async def next_due(db: Database, sink: Sink) -> float | None:
    """Unix time at which the next delivery of a sink is due; None: nothing is pending."""
    query = sa.select(sa.func.min(deliveries.c.next_at)).where(
        deliveries.c.status == "pending", deliveries.c.sink == sink
    )
    async with db.read() as connection:
        due: float | None = (await connection.execute(query)).scalar()
        return due


async def record(db: Database, results: Sequence[Result]) -> None:
    """Write what came of attempts; of one whose claim was taken over meanwhile, nothing."""
    async with db.write() as connection:
        for result in results:
            ours = (deliveries.c.id == result.id) & (deliveries.c.attempts == result.attempts)
            values = {"status": result.status, "error": result.error[:300], "next_at": result.next_at}
            await connection.execute(
                deliveries.update()
                .where(ours, deliveries.c.status == "pending")
                .values(updated_at=time.time(), **values)
            )


async def redeliver(
    db: Database, give_up_at: float, *, delivery_id: str | None = None, sink: Sink | None = None
) -> int:
    """Send a delivery again, whatever became of it; without an id every dead letter. How many are on their way."""
    which = deliveries.c.id == delivery_id if delivery_id else deliveries.c.status == "dead"
    which = which & (deliveries.c.sink == sink) if sink else which
    values = {"status": "pending", "next_at": time.time(), "give_up_at": give_up_at, "updated_at": time.time()}
    async with db.write() as connection:
        changed = await connection.execute(
            deliveries.update().where(which, deliveries.c.status.not_in(("pending", "simulated"))).values(values)
        )
        return int(changed.rowcount)


async def page(
    db: Database, *, limit: int, before: int | None, **wanted: str | None
) -> tuple[list[Claimed], int, int | None]:
    """Deliveries, newest first, with their leads; how many match in all; the cursor of the next page."""
    conditions = [deliveries.c[name] == value for name, value in wanted.items() if value is not None]
    query = sa.select(deliveries).where(*conditions).order_by(deliveries.c.seq.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(deliveries.c.seq < before)
    count = sa.select(sa.func.count()).select_from(deliveries).where(*conditions)
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
        total = int((await connection.execute(count)).scalar_one())
    shown = rows[:limit]
    found = [Claimed(_state(row), _lead(row), row["give_up_at"]) for row in shown]
    return found, total, int(shown[-1]["seq"]) if len(rows) > limit else None


async def counts(db: Database) -> dict[str, int]:
    """How many deliveries are in each state that somebody may have to look at: pending and dead."""
    query = sa.select(deliveries.c.status, sa.func.count()).where(deliveries.c.status.in_(("pending", "dead")))
    async with db.read() as connection:
        rows = (await connection.execute(query.group_by(deliveries.c.status))).all()
    return {"pending": 0, "dead": 0} | {str(status): int(number) for status, number in rows}


async def unsafe(db: Database) -> str:
    """Why deliveries wait that somebody else could have read on their way; "" where none does."""
    waiting = (deliveries.c.status == "pending") & deliveries.c.error.startswith(UNSAFE)
    async with db.read() as connection:
        row = (await connection.execute(sa.select(deliveries.c.error).where(waiting).limit(1))).first()
    return str(row.error) if row else ""


def _state(row: Any) -> DeliveryState:  # noqa: ANN401 (a row of deliveries)
    names = ("id", "lead_id", "revision", "sink", "event", "status", "attempts", "error")
    return DeliveryState(
        **{name: row[name] for name in names},
        next_at=iso(row["next_at"]) if row["status"] == "pending" else None,
        created_at=iso(row["created_at"]),
        updated_at=iso(row["updated_at"]),
    )


def _lead(row: Any) -> Lead:  # noqa: ANN401 (a row of deliveries)
    return Lead.model_validate(row["lead"])


def iso(unix: float) -> str:
    """Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
