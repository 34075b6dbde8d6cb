"""Twilio's webhooks and its media socket."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse

from call_handler.config import Settings
from call_handler.ears import Ears
from call_handler.outbound import Outbound
from call_handler.providers.media_stream import MediaStreams, Tokens
from call_handler.providers.signature import TwilioGuard
from call_handler.providers.twilio import TwilioCalls, call_sid, parties
from call_handler.providers.twiml import AMD, MEDIA, NEXT, RECORDING, TURN, WHISPER, State
from call_handler.providers.twiml import AUDIO as AUDIO_PATH
from call_handler.switchboard import Switchboard
from mesh.client import Client
from mesh.service import relay
from mesh.wire.gateway import AUDIO

Mode = Literal["gather", "record", "stream"]
Code = Annotated[str | None, Query(pattern="^[a-z]{2,3}$")]
Name = Annotated[str | None, Query(pattern="^[a-z0-9_-]{1,64}$")]
Count = Annotated[int, Query(ge=0, le=100)]


def router(
    settings: Settings,
    guard: TwilioGuard,
    calls: TwilioCalls,
    switchboard: Switchboard,
    outbound: Outbound,
    ears: Ears,
    gateway: Client,
) -> APIRouter:
    """Everything under /twilio."""
    routes = APIRouter(tags=["twilio"])
    tokens = Tokens(settings.twilio_auth_token.get_secret_value())
    streams = MediaStreams(switchboard, tokens)

    def to_stream(
        request: Request, form: dict[str, str], scenario: str | None, language: str | None, tries: int = 0
    ) -> Response:
        url, token = guard.stream_url(request, MEDIA), tokens.issue(call_sid(form))
        return _xml(calls.stream(form, url, token=token, scenario=scenario, language=language or None, tries=tries))

    @routes.post("/twilio/voice", summary="A call comes in", response_class=Response)
    async def voice(
        request: Request, mode: Mode | None = None, scenario: Name = None, language: Code = None
    ) -> Response:
        form = await guard.form(request)
        machine = await told(form, scenario, language)
        if machine is not None:
            return _xml(calls.told(machine))
        wanted = mode or settings.twilio_mode
        if wanted == "auto":
            wanted = "stream" if await ears.good() else "gather"
        if wanted != "stream":
            return _xml(await calls.answer(form, mode=wanted, scenario=scenario, language=language))
        if switchboard.full:
            return _xml(calls.busy(language))
        return to_stream(request, form, scenario, language)

    async def told(form: dict[str, str], scenario: str | None, language: str | None) -> dict[str, str] | None:
        chosen = {"scenario": scenario, "language": language, "called": parties(form)[1]}
        answered_by, query = form.get("AnsweredBy", ""), {name: value for name, value in chosen.items() if value}
        reply = await outbound.machine(call_sid(form), answered_by, query)
        return None if reply is None else {"do": "machine", "text": reply.text, "language": reply.language}

    @routes.post(AMD, summary="A human or a machine has answered our call", status_code=204)
    async def answered(request: Request, scenario: Name = None, language: Code = None) -> None:
        form = await guard.form(request)
        machine = await told(form, scenario, language)
        if machine is not None and not await switchboard.hang_up(call_sid(form), machine):
            await outbound.redirect(call_sid(form), calls.told(machine))

    @routes.post(NEXT, summary="A stream is over: what comes next", response_class=Response)
    async def following(request: Request, tries: Count = 0, scenario: Name = None, language: str = "") -> Response:
        form = await guard.form(request)
        then = switchboard.after.get(call_sid(form), {})
        if then:
            return _xml(calls.transfer(then) if then["do"] == "transfer" else calls.told(then))
        if tries >= settings.max_stream_tries:
            return _xml(calls.gone(language))
        return to_stream(request, form, scenario, language, tries)

    @routes.post(WHISPER, summary="What a colleague hears first", response_class=Response)
    async def whisper(
        request: Request, text: Annotated[str, Query(max_length=1000)] = "", language: str = "en"
    ) -> Response:
        await guard.form(request)
        return _xml(calls.whisper(text, language))

    async def media(socket: WebSocket) -> None:
        if not guard.admits(socket):
            await socket.close(1008)
            return
        await streams.serve(socket)

    routes.add_api_websocket_route(MEDIA, media)

    @routes.post(TURN, summary="The caller spoke, pressed keys, or was silent", response_class=Response)
    async def turn(
        request: Request,
        mode: Mode = "gather",
        language: Code = None,
        silences: Count = 0,
        failures: Count = 0,
        text: Annotated[str | None, Query(max_length=1000)] = None,
    ) -> Response:
        form = await guard.form(request)
        return _xml(await calls.turn(form, State(mode, language or "", silences, failures), text=text))

    @routes.post(RECORDING, summary="An utterance was recorded", response_class=Response)
    async def recording(request: Request, language: Code = None, silences: Count = 0, failures: Count = 0) -> Response:
        form = await guard.form(request)
        return _xml(await calls.recording(form, State("record", language or "", silences, failures)))

    @routes.post("/twilio/status", summary="The call's state changed", status_code=204)
    async def status(request: Request) -> None:
        await calls.ended(await guard.form(request))

    @routes.get(AUDIO_PATH + "/{key}", summary="The audio of a reply, for <Play>")
    async def audio(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
        return await relay(gateway, AUDIO, path={"key": key})

    return routes


def _xml(document: str) -> Response:
    return Response(document, media_type="application/xml")
