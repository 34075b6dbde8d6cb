"""The routes of leads: saving, listing, erasing them; deliveries.py has those of what is sent of them."""

import hashlib
from datetime import datetime
from functools import partial as partial_of
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Header, Path, Query

from lead_sender import store
from lead_sender.export import as_csv
from lead_sender.parts import Wired
from lead_sender.validation import normal_phone, seconds_of, values_of
from mesh import logs
from mesh.service import serve
from mesh.wire.common import SESSION_ID, SWEEP, Swept
from mesh.wire.lead_sender import ERASE, ERASE_ALL, LEADS, SAVE, ErasedLeads, LeadPage, LeadRequest, LeadSaved
from mesh.wire.logger import EraseRequest

Cursor = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
_AS_THEY_ARE = ("session_id", "scenario", "partial", "call", "deliver_in_s", "began", "owned_by")

routes = APIRouter()
log = logs.get("leads")


@serve(routes, SAVE, summary="Save a lead")
async def process(
    request: LeadRequest,
    parts: Wired,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,128}$")] = None,
) -> LeadSaved:
    settings, destinations = parts.settings, parts.destinations
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
    lead = await store.save(parts.db, parts.erasure, draft, destinations)
    parts.courier.ring()
    if settings.is_dev:
        log.info("simulated: GET /deliveries shows what would be sent", lead=lead.fields)
    return LeadSaved(lead=lead.fields, id=lead.id, simulated=lead.simulated)


@serve(routes, LEADS, summary="List leads, newest first; format=csv exports all that match", response_model=LeadPage)
async def leads(
    parts: Wired,
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
        phone=normal_phone(phone, parts.settings.lead_region) if phone else None,
        scenario=scenario,
        session_id=session_id,
        partial=partial,
        since=seconds_of("since", since),
        until=seconds_of("until", until),
    )
    if format == "csv":  # all that match: a page of a spreadsheet is of no use
        every = partial_of(store.pages, parts.db, wanted)
        return as_csv(await store.names(parts.db, wanted), every)  # type: ignore[return-value]  # passes response_model by
    found, total, following = await store.page(parts.db, wanted, limit=limit, before=cursor)
    return LeadPage(leads=list(found), total=total, next=str(following) if following else None)


@serve(routes, ERASE, summary="Erase a person's leads and their deliveries, by phone number")
async def erase(phone: Annotated[str, Path(max_length=64)], parts: Wired) -> ErasedLeads:
    return await parts.erasure.erase(EraseRequest(phone=normal_phone(phone, parts.settings.lead_region)))


@serve(routes, ERASE_ALL, summary="Erase a person's leads, with the sessions that others know; or only look")
async def erase_all(request: EraseRequest, parts: Wired) -> ErasedLeads:
    return await parts.erasure.erase(request)


@serve(routes, SWEEP, summary="Delete what is too old though a sweep was refused: the clock is right")
async def sweep(parts: Wired) -> Swept:
    return Swept(deleted=await parts.retention.sweep(confirmed=True))


def _canonical(request: LeadRequest) -> bytes:
    """The same bytes for the same lead, whatever optional keys a later version adds."""
    return orjson.dumps(request.model_dump(exclude_defaults=True), option=orjson.OPT_SORT_KEYS)
