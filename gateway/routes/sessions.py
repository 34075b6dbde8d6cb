"""How sessions begin and end."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from gateway.conversation import answering_machine
from gateway.parts import Wired
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
async def open_session(body: OpenRequest, request: Request, parts: Wired) -> TurnReply:
    return await parts.texts.open(body, str(request.base_url))


@serve(routes, CLOSE, summary="End a session; what it found out is saved")
async def close_session(session_id: SessionId, body: CloseRequest, parts: Wired) -> Closed:
    return Closed(closed=await parts.conversation.close(session_id, body))


@serve(routes, MACHINE, summary="A machine has answered our call: what it is told")
async def machine_answered(session_id: SessionId, body: MachineRequest, parts: Wired) -> MachineReply:
    return answering_machine.answer(parts.conversation, parts.recorder, session_id, body)
