"""The routes of deliveries: what was sent of leads, and sending it again."""

import time
from typing import Annotated

from fastapi import APIRouter, Path, Query

from lead_sender import message, outbox
from lead_sender.parts import Parts, Wired
from mesh.service import serve
from mesh.wire.lead_sender import (
    DELIVERIES,
    REDELIVER,
    REDELIVER_DEAD,
    DeliveryPage,
    DeliveryStatus,
    Redelivered,
    Sink,
)

routes = APIRouter()


@serve(routes, DELIVERIES, summary="What was sent of leads, is on its way, or could not be sent; newest first")
async def deliveries(
    parts: Wired,
    lead_id: Annotated[str | None, Query(pattern="^[0-9a-f]{1,32}$")] = None,
    status: DeliveryStatus | None = None,
    sink: Sink | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> DeliveryPage:
    found, total, following = await outbox.page(
        parts.db, limit=limit, before=cursor, lead_id=lead_id, status=status, sink=sink
    )
    owners = parts.destinations
    messages = [message.of(one.state, one.lead, owners.of(one.lead.scenario)) for one in found]
    shown = [one.state.model_copy(update={"message": text}) for one, text in zip(found, messages, strict=True)]
    return DeliveryPage(deliveries=shown, total=total, next=str(following) if following else None)


@serve(routes, REDELIVER_DEAD, summary="Send every dead letter again")
async def redeliver_dead(parts: Wired, sink: Sink | None = None) -> Redelivered:
    return await _again(parts, sink=sink)


@serve(routes, REDELIVER, summary="Send a delivery again, whatever became of it")
async def redeliver(parts: Wired, delivery_id: Annotated[str, Path(pattern="^[0-9a-z.]{1,64}$")]) -> Redelivered:
    return await _again(parts, delivery_id=delivery_id)


async def _again(parts: Parts, *, delivery_id: str | None = None, sink: Sink | None = None) -> Redelivered:
    give_up_at = time.time() + parts.settings.lead_give_up_s
    queued = await outbox.redeliver(parts.db, give_up_at, delivery_id=delivery_id, sink=sink)
    parts.courier.ring()
    return Redelivered(queued=queued)
