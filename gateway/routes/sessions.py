"""How sessions begin and end."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from gateway.conversation import answering_machine
from gateway.parts import Asking, Wired
from mesh.errors import ApiError
from mesh.service import serve
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import (
    CLOSE,
    MACHINE,
    OPEN,
    Closed,
    CloseRequest,
    MachineReply,
    MachineRequest,
    OpenRequest,
    TurnReply,
)

routes = APIRouter(tags=["v1"])
SessionId = Annotated[str, Path(pattern=SESSION_ID)]


@serve(routes, OPEN, summary="Begin a session with its greeting")
async def open_session(body: OpenRequest, request: Request, parts: Wired, asking: Asking) -> TurnReply:
    return await parts.texts.open(body, str(request.base_url), asking)


@serve(routes, CLOSE, summary="End a session; what it found out is saved")
async def close_session(session_id: SessionId, body: CloseRequest, parts: Wired, asking: Asking) -> Closed:
    closed = await parts.conversation.close(session_id, body, asking)
    if not closed and asking.role == "user":  # as somebody else's: nobody learns which there are
        raise ApiError(404, "not_found", "There is no such session.")
    return Closed(closed=closed)


@serve(routes, MACHINE, summary="A machine has answered our call: what it is told")
async def machine_answered(session_id: SessionId, body: MachineRequest, parts: Wired, asking: Asking) -> MachineReply:
    if asking.role == "user":
        raise ApiError(403, "forbidden", "Only our own telephony knows that.")
    return answering_machine.answer(parts.conversation, parts.recorder, session_id, body)
