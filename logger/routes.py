"""The routes of events: appending, reading and erasing them."""

import time
import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query

from logger import store
from logger.parts import Wired
from mesh.service import serve
from mesh.wire.common import SESSION_ID, SWEEP, Swept
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

routes = APIRouter()


@serve(routes, LOG, summary="Append one event, as simply as can be", status_code=201)
async def process(request: LogRequest, parts: Wired) -> Logged:
    data = {**request.data, **({"text": request.text} if request.text else {})}
    event = Event(
        id=request.id or uuid.uuid4().hex,
        session_id=request.session_id,
        type=request.type,
        at=time.time(),
        service="logger",
        data=data,
    )
    return Logged(new=await store.append(parts.db, parts.erasure, [event]) == 1, event=event)


@serve(routes, APPEND, summary="Append events; a repeated id is not added twice", status_code=201)
async def append(request: Append, parts: Wired) -> Appended:
    return Appended(appended=await store.append(parts.db, parts.erasure, request.events))


@serve(routes, EVENTS, summary="Events of a session, oldest first")
async def events(
    parts: Wired,
    session_id: Annotated[str, Path(pattern=SESSION_ID)],
    limit: Annotated[int, Query(ge=1, le=10_000)] = 5_000,
) -> Events:
    return Events(events=await store.of_session(parts.db, session_id, limit=limit))


@serve(routes, SESSIONS, summary="Sessions, latest first")
async def sessions(
    parts: Wired,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[float | None, Query()] = None,
) -> Sessions:
    return Sessions(sessions=await store.sessions(parts.db, limit=limit, before=before))


@serve(routes, ERASE, summary="Erase a person's sessions, by phone number")
async def erase(request: EraseRequest, parts: Wired) -> ErasedEvents:
    return await parts.erasure.erase(request)


@serve(routes, SWEEP, summary="Delete what is too old though a sweep was refused: the clock is right")
async def sweep(parts: Wired) -> Swept:
    return Swept(deleted=await parts.retention.sweep(confirmed=True))
