"""lead_sender: POST /process saves a lead; GET /leads lists and exports them."""

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import orjson
from fastapi import FastAPI, Header, Query, Response

from lead_sender import store
from lead_sender.config import Settings
from lead_sender.validation import fields_of, normal_phone
from mesh import logs
from mesh.db import Database
from mesh.service import create_app, serve
from mesh.wire.common import SESSION_ID
from mesh.wire.lead_sender import LEADS, SAVE, Lead, LeadPage, LeadRequest, LeadSaved

DESCRIPTION = "Leads: validated, saved before they are answered, listed and exported."
MAX_CURSOR = 2**63 - 1
log = logs.get("leads")


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    db = Database(settings.database_url.get_secret_value(), "lead_sender")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.migrate(Path(__file__).parent / "migrations")
        # The numbering plans take 50 ms to load: no lead should wait for them.
        await asyncio.to_thread(normal_phone, "+14155550123", settings.lead_region)
        yield
        await db.close()

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=db.checks)

    @serve(app, SAVE, summary="Save a lead")
    async def process(
        request: LeadRequest, idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,128}$")] = None
    ) -> LeadSaved:
        fields = fields_of(request, settings.lead_region)
        body = orjson.dumps(request.model_dump(), option=orjson.OPT_SORT_KEYS)
        draft = store.Draft(
            fields=fields,
            session_id=request.session_id,
            scenario=request.scenario,
            partial=request.partial,
            simulated=settings.is_dev,
            key=idempotency_key,
            body_hash=hashlib.sha256(body).hexdigest(),
        )
        lead = await store.save(db, draft)
        if settings.is_dev:
            log.info("simulated: the lead is saved and nothing is sent outside", lead=lead.fields)
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
        cursor: Annotated[int | None, Query(ge=0, le=MAX_CURSOR)] = None,
        format: Literal["json", "csv"] = "json",  # noqa: A002 (the query's name)
    ) -> LeadPage:
        wanted = store.Filter(
            phone=normal_phone(phone, settings.lead_region) if phone else None,
            scenario=scenario,
            session_id=session_id,
            partial=partial,
            since=since.timestamp() if since else None,
            until=until.timestamp() if until else None,
        )
        found, total, following = await store.page(db, wanted, limit=limit, before=cursor)
        if format == "csv":
            return _csv(found)  # type: ignore[return-value]  # a Response passes response_model by
        return LeadPage(leads=list(found), total=total, next=str(following) if following else None)

    return app


def _csv(found: Sequence[Lead]) -> Response:
    """A row a lead, a column a field. Cells that a spreadsheet would run as formulas are quoted."""
    names = list(dict.fromkeys(name for lead in found for name in lead.fields))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "created_at", "scenario", "partial", *names])
    for lead in found:
        cells = [lead.id, lead.created_at, lead.scenario or "", str(lead.partial).lower()]
        writer.writerow([_cell(cell) for cell in cells + [lead.fields.get(name, "") for name in names]])
    headers = {"content-disposition": 'attachment; filename="leads.csv"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


def _cell(text: str) -> str:
    digits = text[1:].isdigit()
    return "'" + text if text[:1] in ("=", "+", "-", "@") and not digits else text


app = build(Settings())
