"""A turn at a time, and the audio of its reply."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from gateway.parts import Asking, Wired
from mesh.errors import PeerDown, PeerTimeout
from mesh.service import relay, serve
from mesh.upload import json_or_file, multipart_schema
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import AUDIO, TURN, TurnReply, TurnRequest
from mesh.wire.storage import GET
from mesh.wire.tts import LISTEN

routes = APIRouter()


class FormFields(BaseModel):
    """What may stand beside `file` in the multipart form."""

    session_id: Annotated[str | None, Field(pattern=SESSION_ID)] = None
    scenario: Annotated[str | None, Field(max_length=64)] = None
    language: Annotated[str | None, Field(pattern="^[a-z]{2,3}$")] = None
    caller: Annotated[str | None, Field(max_length=64)] = None
    seq: Annotated[int | None, Field(ge=1, lt=2**53)] = None


SCHEMA = multipart_schema(TurnRequest, FormFields)


@routes.post("/process", summary="Take a turn", openapi_extra=SCHEMA)
@serve(routes, TURN, summary="Take a turn", tags=["v1"], openapi_extra=SCHEMA)
async def process(request: Request, parts: Wired, asking: Asking) -> TurnReply:
    body, upload = await json_or_file(request, TurnRequest, FormFields)
    turn = body if isinstance(body, TurnRequest) else TurnRequest(**body.model_dump())
    return await parts.texts.process(turn, upload, str(request.base_url), asking)


@serve(routes, AUDIO, summary="The audio of a reply, streamed", tags=["v1"])
async def audio(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], parts: Wired) -> StreamingResponse:
    try:
        return await relay(parts.peers.tts, LISTEN, path={"key": key})
    except (PeerDown, PeerTimeout):
        # A caller is waiting for this: what tts had made before it was lost is in storage.
        return await relay(parts.peers.storage, GET, path={"bucket": "speech", "key": key})
