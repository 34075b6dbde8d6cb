"""The routes of deliveries: what was sent of leads, and sending it again."""

import time
from typing import Annotated

from fastapi import FastAPI, Path, Query

from lead_sender import message, outbox
from lead_sender.config import Settings
from lead_sender.courier import Courier
from lead_sender.destinations import Destinations
from mesh.kept.db import Database
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


def mount(app: FastAPI, settings: Settings, db: Database, destinations: Destinations, courier: Courier) -> None:
    """Add the routes to the service."""

    @serve(app, DELIVERIES, summary="What was sent of leads, is on its way, or could not be sent; newest first")
    async def deliveries(
        lead_id: Annotated[str | None, Query(pattern="^[0-9a-f]{1,32}$")] = None,
        status: DeliveryStatus | None = None,
        sink: Sink | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        cursor: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    ) -> DeliveryPage:
        found, total, following = await outbox.page(
            db, limit=limit, before=cursor, lead_id=lead_id, status=status, sink=sink
        )
        shown = [
            one.state.model_copy(
                update={"message": message.of(one.state, one.lead, destinations.of(one.lead.scenario))}
            )
            for one in found
        ]
        return DeliveryPage(deliveries=shown, total=total, next=str(following) if following else None)

    @serve(app, REDELIVER_DEAD, summary="Send every dead letter again")
    async def redeliver_dead(sink: Sink | None = None) -> Redelivered:
        return await _again(sink=sink)

    @serve(app, REDELIVER, summary="Send a delivery again, whatever became of it")
    async def redeliver(delivery_id: Annotated[str, Path(pattern="^[0-9a-z.]{1,64}$")]) -> Redelivered:
        return await _again(delivery_id=delivery_id)

    async def _again(*, delivery_id: str | None = None, sink: Sink | None = None) -> Redelivered:
        queued = await outbox.redeliver(db, time.time() + settings.lead_give_up_s, delivery_id=delivery_id, sink=sink)
        courier.ring()
        return Redelivered(queued=queued)
