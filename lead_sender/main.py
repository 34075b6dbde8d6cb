"""lead_sender: POST /process saves a lead, which is then delivered; GET /leads lists and exports them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial as partial_of
from pathlib import Path
from typing import Annotated, Literal

import orjson
from fastapi import FastAPI, Header, Query
from fastapi import Path as PathParameter

from lead_sender import deliveries, store
from lead_sender.config import Settings
from lead_sender.courier import Courier
from lead_sender.destinations import Destinations
from lead_sender.erasure import Erasure, delete
from lead_sender.export import as_csv
from lead_sender.status import checks
from lead_sender.tables import leads as leads_table
from lead_sender.validation import normal_phone, seconds_of, values_of
from mesh import logs
from mesh.kept.db import Database
from mesh.kept.retention import Retention
from mesh.kept.tombstones import Aged
from mesh.service import create_app, serve
from mesh.settings import built
from mesh.wire.common import SESSION_ID, SWEEP, Check, Swept
from mesh.wire.lead_sender import (
    ERASE,
    ERASE_ALL,
    LEADS,
    SAVE,
    ErasedLeads,
    LeadPage,
    LeadRequest,
    LeadSaved,
)
from mesh.wire.logger import EraseRequest

DESCRIPTION = "Leads: validated, saved before they are answered, delivered at least once, listed and exported."
Cursor = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
_AS_THEY_ARE = ("session_id", "scenario", "partial", "call", "deliver_in_s", "began")
SWEEP_S = 3_600
log = logs.get("leads")


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    db = Database(settings.database_url.get_secret_value(), "lead_sender", least_mb=settings.disk_min_mb)
    erasure = Erasure(db)
    old = Aged(db, leads_table.c.updated_at, erasure.tombstones, delete)
    retention = Retention("leads", settings.lead_days, old, db.state("sweep"))
    destinations = Destinations(settings)
    courier = Courier(settings, db, destinations)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.migrate(Path(__file__).parent / "migrations")
        await erasure.tombstones.open()
        await asyncio.to_thread(destinations.refresh)
        # The numbering plans take 50 ms to load: no lead should wait for them.
        await asyncio.to_thread(normal_phone, "+14155550123", settings.lead_region)
        courier.start()
        sweeper = asyncio.create_task(retention.run(SWEEP_S))
        yield
        sweeper.cancel()
        await courier.aclose()
        await db.close()

    async def probe() -> dict[str, Check]:
        return {**await checks(settings, db, destinations), "leads": retention.check()}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)
    deliveries.mount(app, settings, db, destinations, courier)

    @serve(app, SAVE, summary="Save a lead")
    async def process(
        request: LeadRequest, idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,128}$")] = None
    ) -> LeadSaved:
        home = destinations.region(request.scenario) or settings.lead_region
        values = values_of(request, destinations.custom(request.scenario), home)
        draft = store.Draft(
            fields=values.fields,
            heard=values.heard,
            key=idempotency_key,
            body_hash=hashlib.sha256(_canonical(request)).hexdigest(),
            simulated=settings.is_dev,
            give_up_s=settings.lead_give_up_s,
            **{name: getattr(request, name) for name in _AS_THEY_ARE},
        )
        lead = await store.save(db, erasure, draft, destinations)
        courier.ring()
        if settings.is_dev:
            log.info("simulated: GET /deliveries shows what would be sent", lead=lead.fields)
        return LeadSaved(lead=lead.fields, id=lead.id, simulated=lead.simulated)

    @serve(app, LEADS, summary="List leads, newest first; format=csv exports all that match", response_model=LeadPage)
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
            since=seconds_of("since", since),
            until=seconds_of("until", until),
        )
        if format == "csv":  # all that match: a page of a spreadsheet is of no use
            every = partial_of(store.pages, db, wanted)
            return as_csv(await store.names(db, wanted), every)  # type: ignore[return-value]  # passes response_model by
        found, total, following = await store.page(db, wanted, limit=limit, before=cursor)
        return LeadPage(leads=list(found), total=total, next=str(following) if following else None)

    @serve(app, ERASE, summary="Erase a person's leads and their deliveries, by phone number")
    async def erase(phone: Annotated[str, PathParameter(max_length=64)]) -> ErasedLeads:
        return await erasure.erase(EraseRequest(phone=normal_phone(phone, settings.lead_region)))

    @serve(app, ERASE_ALL, summary="Erase a person's leads, with the sessions that others know; or only look")
    async def erase_all(request: EraseRequest) -> ErasedLeads:
        return await erasure.erase(request)

    @serve(app, SWEEP, summary="Delete what is too old though a sweep was refused: the clock is right")
    async def sweep() -> Swept:
        return Swept(deleted=await retention.sweep(confirmed=True))

    return app


def _canonical(request: LeadRequest) -> bytes:
    """The same bytes for the same lead, whatever optional keys a later version adds."""
    return orjson.dumps(request.model_dump(exclude_defaults=True), option=orjson.OPT_SORT_KEYS)


app = built(build, Settings)
