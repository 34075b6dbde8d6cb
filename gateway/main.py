"""gateway: POST /process takes a turn; GET /status tells how the mesh is; everything public is under /v1 too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from gateway.config import Settings
from gateway.conversation import answering_machine
from gateway.conversation.conversation import Conversation
from gateway.conversation.people import People
from gateway.conversation.record import Recorder
from gateway.conversation.text import TextTurns
from gateway.peers import connect
from gateway.realtime.socket import Realtime
from gateway.status import checks
from gateway.status import status as ask_status
from mesh.drain import Drain
from mesh.errors import PeerDown, PeerTimeout
from mesh.service import create_app, health_of, relay, serve
from mesh.settings import built
from mesh.upload import json_or_file, multipart_schema
from mesh.wire.common import SESSION_ID, Check
from mesh.wire.gateway import (
    AUDIO,
    CLOSE,
    ERASE,
    MACHINE,
    OPEN,
    STATUS,
    TURN,
    Closed,
    CloseRequest,
    Erased,
    MachineReply,
    MachineRequest,
    OpenRequest,
    StatusReply,
    TurnReply,
    TurnRequest,
)
from mesh.wire.storage import GET
from mesh.wire.tts import LISTEN

DESCRIPTION = "The conversation, and the mesh's public API. One turn in, one turn out; a lead on the way."


class FormFields(BaseModel):
    """What may stand beside `file` in the multipart form."""

    session_id: Annotated[str | None, Field(pattern=SESSION_ID)] = None
    scenario: Annotated[str | None, Field(max_length=64)] = None
    language: Annotated[str | None, Field(pattern="^[a-z]{2,3}$")] = None
    caller: Annotated[str | None, Field(max_length=64)] = None
    seq: Annotated[int | None, Field(ge=1, lt=2**53)] = None


def build(settings: Settings) -> FastAPI:
    """The service, with its peers wired."""
    peers = connect(settings)
    recorder = Recorder(settings, peers)
    conversation = Conversation(settings, peers, recorder)
    texts = TextTurns(settings, conversation, recorder, peers)
    people = People(peers, conversation, recorder)
    realtime = Realtime(settings, conversation, recorder, peers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        Drain(settings.drain_s, lambda: realtime.open).install()
        await recorder.open()
        recorder.start()
        conversation.closings.start()
        realtime.start()
        watching = asyncio.create_task(conversation.scenarios.watch())
        conversation.understanding.warm(next(iter(conversation.scenarios.by_name.values())).default_language)
        yield
        watching.cancel()
        await realtime.aclose()
        await conversation.aclose()
        await recorder.aclose()
        await asyncio.gather(*(client.aclose() for client in peers.all()))

    async def probe() -> dict[str, Check]:
        return checks(settings, conversation, recorder, realtime)

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    turn_schema = multipart_schema(TurnRequest, FormFields)

    @serve(app, TURN, summary="Take a turn", tags=["v1"], openapi_extra=turn_schema)
    async def process(request: Request) -> TurnReply:
        body, upload = await json_or_file(request, TurnRequest, FormFields)
        turn = body if isinstance(body, TurnRequest) else TurnRequest(**body.model_dump())
        return await texts.process(turn, upload, str(request.base_url))

    @serve(app, OPEN, summary="Begin a session with its greeting", tags=["v1"])
    async def open_session(body: OpenRequest, request: Request) -> TurnReply:
        return await texts.open(body, str(request.base_url))

    @serve(app, CLOSE, summary="End a session; what it found out is saved", tags=["v1"])
    async def close_session(session_id: Annotated[str, Path(pattern=SESSION_ID)], body: CloseRequest) -> Closed:
        return Closed(closed=await conversation.close(session_id, body))

    @serve(app, MACHINE, summary="A machine has answered our call: what it is told", tags=["v1"])
    async def machine_answered(
        session_id: Annotated[str, Path(pattern=SESSION_ID)], body: MachineRequest
    ) -> MachineReply:
        return answering_machine.answer(conversation, recorder, session_id, body)

    @serve(app, AUDIO, summary="The audio of a reply, streamed", tags=["v1"])
    async def audio(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
        try:
            return await relay(peers.tts, LISTEN, path={"key": key})
        except (PeerDown, PeerTimeout):
            # A caller is waiting for this: what tts had made before it was lost is in storage.
            return await relay(peers.storage, GET, path={"bucket": "speech", "key": key})

    @serve(app, ERASE, summary="Erase a person, by phone number: leads, sessions, recordings", tags=["v1"])
    async def erase_person(
        phone: Annotated[str, Path(max_length=64)],
        response: Response,
        region: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    ) -> Erased:
        erased = await people.erase(phone, region)
        response.status_code = 202 if erased.waiting else 200
        return erased

    @serve(app, STATUS, summary="State, version, engine and latency of every service", tags=["v1"])
    async def status() -> StatusReply:
        return await ask_status(peers, await health_of(settings, probe))

    app.add_api_websocket_route("/v1/realtime", realtime.serve)
    # The unversioned addresses stay what they are: users have curl lines for them.
    app.add_api_route("/process", process, methods=["POST"], summary="Take a turn", openapi_extra=turn_schema)
    app.add_api_route("/people/{phone}", erase_person, methods=["DELETE"], summary="Erase a person, by phone number")
    app.add_api_route("/status", status, methods=["GET"], summary="State of every service")
    return app


app = built(build, Settings)
