"""lead_sender: POST /process saves a lead, which is then delivered; GET /leads lists and exports them."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import orjson
from fastapi import FastAPI, Header, Query
from fastapi import Path as PathParameter

from lead_sender import deliveries, store
from lead_sender.config import Settings
from lead_sender.courier import Courier
from lead_sender.destinations import Destinations
from lead_sender.export import as_csv
from lead_sender.status import checks
from lead_sender.validation import normal_phone, values_of
from mesh import logs
from mesh.db import Database
from mesh.errors import ApiError, BadInput
from mesh.service import create_app, serve
from mesh.wire.common import SESSION_ID
from mesh.wire.lead_sender import (
    ERASE,
    LEADS,
    SAVE,
    ErasedLeads,
    LeadPage,
    LeadRequest,
    LeadSaved,
)

DESCRIPTION = "Leads: validated, saved before they are answered, delivered at least once, listed and exported."
Cursor = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
_AS_THEY_ARE = ("session_id", "scenario", "partial", "call", "deliver_in_s")
DAY_S, SWEEP_S = 86_400, 3_600
log = logs.get("leads")


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    db = Database(settings.database_url.get_secret_value(), "lead_sender")
    destinations = Destinations(settings)
    courier = Courier(settings, db, destinations)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.migrate(Path(__file__).parent / "migrations")
        await asyncio.to_thread(destinations.refresh)
        # The numbering plans take 50 ms to load: no lead should wait for them.
        await asyncio.to_thread(normal_phone, "+14155550123", settings.lead_region)
        courier.start()
        sweeper = asyncio.create_task(_forget_old(db, settings.lead_days))
        yield
        sweeper.cancel()
        await courier.aclose()
        await db.close()

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=lambda: checks(settings, db, destinations))
    deliveries.mount(app, settings, db, destinations, courier)

    @serve(app, SAVE, summary="Save a lead")
    async def process(
        request: LeadRequest, idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,128}$")] = None
    ) -> LeadSaved:
        values = values_of(request, destinations.custom(request.scenario), settings.lead_region)
        draft = store.Draft(
            fields=values.fields,
            heard=values.heard,
            key=idempotency_key,
            body_hash=hashlib.sha256(_canonical(request)).hexdigest(),
            simulated=settings.is_dev,
            give_up_s=settings.lead_give_up_s,
            **{name: getattr(request, name) for name in _AS_THEY_ARE},
        )
        lead = await store.save(db, draft, destinations)
        courier.ring()
        if settings.is_dev:
            log.info("simulated: GET /deliveries shows what would be sent", lead=lead.fields)
        return LeadSaved(lead=lead.fields, id=lead.id, simulated=lead.simulated)

    @serve(app, LEADS, summary="List leads, newest first; format=csv exports them", response_model=LeadPage)
    async def leads(
        phone: Annotated[str | None, Query(max_length=64)] = None,
        scenario: Annotated[str | None, Query(pattern="^[A-Za-z0-9_-]{0,64}$")] = None,
        session_id: Annotated[str | None, Query(pattern=SESSION_ID)] = None,
        partial: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: Cursor = None,
        format: Literal["json", "csv"] = "json",  # noqa: A002 (the query's name)
    ) -> LeadPage:
        wanted = store.Filter(
            phone=normal_phone(phone, settings.lead_region) if phone else None,
            scenario=scenario,
            session_id=session_id,
            partial=partial,
            since=_seconds("since", since),
            until=_seconds("until", until),
        )
        found, total, following = await store.page(db, wanted, limit=limit, before=cursor)
        if format == "csv":
            return as_csv(found)  # type: ignore[return-value]  # a Response passes response_model by
        return LeadPage(leads=list(found), total=total, next=str(following) if following else None)

    @serve(app, ERASE, summary="Erase a person's leads and their deliveries, by phone number")
    async def erase(phone: Annotated[str, PathParameter(max_length=64)]) -> ErasedLeads:
        erased, sessions = await store.erase(db, normal_phone(phone, settings.lead_region))
        return ErasedLeads(erased=erased, sessions=sessions)

    return app


def _seconds(name: str, moment: datetime | None) -> float | None:
    """Unix seconds. Raises BadInput for a time that no clock has."""
    try:
        return moment.timestamp() if moment else None
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput("invalid_request", f"{name}: {moment} is out of range.") from error


def _canonical(request: LeadRequest) -> bytes:
    """The same bytes for the same lead, whatever optional keys a later version adds."""
    return orjson.dumps(request.model_dump(exclude_defaults=True), option=orjson.OPT_SORT_KEYS)


async def _forget_old(db: Database, days: float) -> None:
    while True:
        try:
            log.info("forgot old leads", leads=await store.forget(db, before=time.time() - days * DAY_S))
        except ApiError as error:
            log.warning("old leads stay for now", error=error.message)
        await asyncio.sleep(SWEEP_S)


app = build(Settings())
