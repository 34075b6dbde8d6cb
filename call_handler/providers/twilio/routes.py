"""Twilio's webhooks and its media socket: everything under /twilio, and the voice webhook's second address."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection

from call_handler.providers.twilio.desk import Desk, Mode, Wanted
from call_handler.providers.twilio.twiml import AMD, API_VOICE, MEDIA, NEXT, RECORDING, TURN, VOICE, WHISPER, State
from call_handler.providers.twilio.twiml import AUDIO as AUDIO_PATH
from call_handler.providers.twilio.webhooks import Form, xml
from mesh.service import relay
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import AUDIO

Code = Annotated[str | None, Query(pattern="^[a-z]{2,3}$")]
Name = Annotated[str | None, Query(pattern="^[a-z0-9_-]{1,64}$")]
Count = Annotated[int, Query(ge=0, le=100)]
At = Annotated[int, Query(ge=0, lt=10**14)]

routes = APIRouter(tags=["twilio"])


async def _desk(connection: HTTPConnection) -> Desk:
    desk: Desk = connection.app.state.desk
    return desk


OurDesk = Annotated[Desk, Depends(_desk)]


@routes.post(VOICE, summary="A call comes in", response_class=Response)
@routes.post(API_VOICE, summary="A call comes in: another address of the same", response_class=Response)
async def voice(
    desk: OurDesk, request: Request, mode: Mode | None = None, scenario: Name = None, language: Code = None
) -> Response:
    wanted = Wanted(scenario, language)
    return await desk.webhooks.once(request, lambda form: desk.comes(request, form, wanted, mode), live=True)


@routes.post(AMD, summary="A human or a machine has answered our call", status_code=204)
async def answered(desk: OurDesk, request: Request, scenario: Name = None, language: Code = None) -> Response:
    wanted = Wanted(scenario, language)
    return await desk.webhooks.once(request, lambda form: desk.answered(form, wanted), live=True)


@routes.post(NEXT, summary="A stream is over: what comes next", response_class=Response)
async def following(
    desk: OurDesk, request: Request, tries: Count = 0, scenario: Name = None, language: str = ""
) -> Response:
    wanted = Wanted(scenario, language)
    return await desk.webhooks.once(request, lambda form: desk.goes_on(request, form, wanted, tries))


@routes.post(WHISPER, summary="What a colleague hears first", response_class=Response)
async def whisper(desk: OurDesk, request: Request, call: Annotated[str, Query(pattern=SESSION_ID)]) -> Response:
    await desk.webhooks.guard.form(request)
    return xml(desk.calls.whisper(desk.switchboard.after.get(call)))


@routes.websocket(MEDIA)
async def media(desk: OurDesk, socket: WebSocket) -> None:
    if not desk.webhooks.guard.admits(socket):
        await socket.close(1008)
        return
    await desk.streams.serve(socket)


@routes.post(TURN, summary="The caller spoke, pressed keys, or was silent", response_class=Response)
async def turn(
    desk: OurDesk,
    request: Request,
    mode: Mode = "gather",
    language: Code = None,
    silences: Count = 0,
    failures: Count = 0,
    at: At = 0,
) -> Response:
    state = State(mode, language or "", silences, failures, at)
    return await desk.webhooks.once(request, lambda form: desk.calls.turn(form, state), at=at)


@routes.post(RECORDING, summary="An utterance was recorded", response_class=Response)
async def recording(
    desk: OurDesk, request: Request, language: Code = None, silences: Count = 0, failures: Count = 0, at: At = 0
) -> Response:
    state = State("record", language or "", silences, failures, at)
    return await desk.webhooks.once(request, lambda form: desk.calls.recording(form, state), at=at)


@routes.post("/twilio/status", summary="The call's state changed", status_code=204)
async def status(desk: OurDesk, request: Request) -> Response:
    async def work(form: Form) -> str:
        await desk.webhooks.ends.ended(form)
        return ""

    return await desk.webhooks.once(request, work)


@routes.get(AUDIO_PATH + "/{key}", summary="The audio of a reply, for <Play>")
async def audio(desk: OurDesk, key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
    return await relay(desk.gateway, AUDIO, path={"key": key})
