"""logger: append and query the events of sessions."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi import Path as PathParameter

from logger import store, tables
from logger.config import Settings
from logger.erasure import Erasure
from mesh.client import Client
from mesh.kept.db import Database
from mesh.kept.retention import Retention
from mesh.kept.tombstones import Aged
from mesh.service import create_app, serve
from mesh.settings import built
from mesh.wire.common import SESSION_ID, SWEEP, Check, Swept
from mesh.wire.logger import (
    APPEND,
    ERASE,
    EVENTS,
    LOG,
    SESSIONS,
    Append,
    Appended,
    ErasedEvents,
    EraseRequest,
    Event,
    Events,
    Logged,
    LogRequest,
    Sessions,
)

DESCRIPTION = "What was said, when, and how long it took: the events of every session, append only."
SWEEP_S = 3_600


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    db = Database(settings.database_url.get_secret_value(), "logger", least_mb=settings.disk_min_mb)
    storage = Client("storage", settings.storage_url, caller="logger", dev=settings.is_dev)
    erasure = Erasure(db, storage)
    old = Aged(db, tables.events.c.at, erasure.tombstones, store.delete)
    retention = Retention("events", settings.events_days, old, db.state("sweep"))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.migrate(Path(__file__).parent / "migrations")
        await erasure.tombstones.open()
        tasks = [asyncio.create_task(work) for work in (retention.run(SWEEP_S), erasure.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, storage.aclose(), return_exceptions=True)
        await db.close()

    async def probe() -> dict[str, Check]:
        return {
            **await db.checks(),
            "events": retention.check(),
            "erased": Check(ok=not erasure.waiting, detail=f"{erasure.waiting} objects wait for storage"),
        }

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    @serve(app, LOG, summary="Append one event, as simply as can be", status_code=201)
    async def process(request: LogRequest) -> Logged:
        data = {**request.data, **({"text": request.text} if request.text else {})}
        event = Event(
            id=request.id or uuid.uuid4().hex,
            session_id=request.session_id,
            type=request.type,
            at=time.time(),
            service="logger",
            data=data,
        )
        return Logged(new=await store.append(db, erasure, [event]) == 1, event=event)

    @serve(app, APPEND, summary="Append events; a repeated id is not added twice", status_code=201)
    async def append(request: Append) -> Appended:
        return Appended(appended=await store.append(db, erasure, request.events))

    @serve(app, EVENTS, summary="Events of a session, oldest first")
    async def events(
        session_id: Annotated[str, PathParameter(pattern=SESSION_ID)],
        limit: Annotated[int, Query(ge=1, le=10_000)] = 5_000,
    ) -> Events:
        return Events(events=await store.of_session(db, session_id, limit=limit))

    @serve(app, SESSIONS, summary="Sessions, latest first")
    async def sessions(
        limit: Annotated[int, Query(ge=1, le=500)] = 50, before: Annotated[float | None, Query()] = None
    ) -> Sessions:
        return Sessions(sessions=await store.sessions(db, limit=limit, before=before))

    @serve(app, ERASE, summary="Erase a person's sessions, by phone number")
    async def erase(request: EraseRequest) -> ErasedEvents:
        return await erasure.erase(request)

    @serve(app, SWEEP, summary="Delete what is too old though a sweep was refused: the clock is right")
    async def sweep() -> Swept:
        return Swept(deleted=await retention.sweep(confirmed=True))

    return app


app = built(build, Settings)
