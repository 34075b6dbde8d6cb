"""call_handler: Twilio's webhooks, and POST /process for recorded utterances."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse

from call_handler.config import Settings
from call_handler.drain import Drain
from call_handler.media import Phrases
from call_handler.providers import twiml
from call_handler.providers.media_stream import MediaStreams, Tokens
from call_handler.providers.signature import TwilioGuard
from call_handler.providers.twilio import TwilioCalls, call_sid
from call_handler.providers.twiml import AUDIO as AUDIO_PATH
from call_handler.providers.twiml import MEDIA, NEXT, RECORDING, TURN, WHISPER, State
from call_handler.recorded import RecordedCall
from mesh.client import Client
from mesh.service import create_app, relay, serve
from mesh.settings import load_config
from mesh.wire.call_handler import PROCESS, CallReply, CallRequest
from mesh.wire.common import Check
from mesh.wire.gateway import AUDIO
from mesh.wire.lang import Languages

DESCRIPTION = "Telephony: Twilio's webhooks, signatures and TwiML; recorded utterances."

Mode = Literal["gather", "record", "stream"]
Code = Annotated[str | None, Query(pattern="^[a-z]{2,3}$")]
Count = Annotated[int, Query(ge=0, le=100)]


def build(settings: Settings) -> FastAPI:
    """The service, with its peers wired."""
    names = ("gateway", "stt", "lang", "gpt", "tts", "lead_sender")
    peers = {
        name: Client(name, getattr(settings, f"{name}_url"), caller="call_handler", dev=settings.is_dev)
        for name in names
    }
    gateway = peers["gateway"]
    guard = TwilioGuard(settings)
    calls = TwilioCalls(settings, gateway, peers["lead_sender"])
    recorded = RecordedCall(*(peers[name] for name in names[1:]))

    tokens = Tokens(settings.twilio_auth_token.get_secret_value())
    phrases = Phrases(peers["tts"], load_config("languages.yaml", Languages))
    streams = MediaStreams(settings.gateway_url, tokens, phrases, calls.promise)
    drain = Drain(settings.drain_s, lambda: streams.active)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        drain.install()
        phrases.warm(load_config("languages.yaml", Languages).default)
        yield
        await calls.aclose()
        await asyncio.gather(*(client.aclose() for client in peers.values()))

    async def probe() -> dict[str, Check]:
        signed = bool(settings.twilio_auth_token.get_secret_value())
        signatures = "signatures checked" if signed else "no TWILIO_AUTH_TOKEN: loopback only"
        number = settings.twilio_phone_number or "no TWILIO_PHONE_NUMBER"
        return {
            "engine": Check(ok=True, detail=f"twilio {settings.twilio_mode}; {number}; {signatures}"),
            "calls": Check(ok=True, detail=f"{streams.active} of {settings.max_calls} streams"),
        }

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    @serve(app, PROCESS, summary="A recorded utterance through the chain, and its lead")
    async def process(request: CallRequest) -> CallReply:
        return await recorded.run(request)

    @app.post("/twilio/voice", summary="A call comes in", tags=["twilio"], response_class=Response)
    async def voice(
        request: Request, mode: Mode | None = None, scenario: str | None = None, language: Code = None
    ) -> Response:
        form = await guard.form(request)
        chosen = mode or settings.twilio_mode
        if chosen == "stream":
            if drain.draining or streams.active >= settings.max_calls:
                return _xml(calls.busy(language))
            url, token = guard.stream_url(request, MEDIA), tokens.issue(call_sid(form))
            return _xml(calls.stream(form, url, token=token, scenario=scenario, language=language))
        return _xml(await calls.answer(form, mode=chosen, scenario=scenario, language=language))

    @app.post(NEXT, summary="A stream is over: what comes next", tags=["twilio"], response_class=Response)
    async def following(
        request: Request, tries: Count = 0, scenario: str | None = None, language: str | None = None
    ) -> Response:
        form = await guard.form(request)
        then = streams.after.get(call_sid(form))
        if then is not None:
            return _xml(calls.transfer(then) if then["do"] == "transfer" else twiml.done())
        if tries >= settings.max_stream_tries:
            return _xml(calls.gone(language))
        url, token = guard.stream_url(request, MEDIA), tokens.issue(call_sid(form))
        return _xml(calls.stream(form, url, token=token, scenario=scenario, language=language or None, tries=tries))

    @app.post(WHISPER, summary="What a colleague hears first", tags=["twilio"], response_class=Response)
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

    app.add_api_websocket_route(MEDIA, media)

    @app.post(TURN, summary="The caller spoke, pressed keys, or was silent", tags=["twilio"], response_class=Response)
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

    @app.post(RECORDING, summary="An utterance was recorded", tags=["twilio"], response_class=Response)
    async def recording(request: Request, language: Code = None, silences: Count = 0, failures: Count = 0) -> Response:
        form = await guard.form(request)
        return _xml(await calls.recording(form, State("record", language or "", silences, failures)))

    @app.post("/twilio/status", summary="The call's state changed", tags=["twilio"], status_code=204)
    async def status(request: Request) -> None:
        await calls.ended(await guard.form(request))

    @app.get(AUDIO_PATH + "/{key}", summary="The audio of a reply, for <Play>", tags=["twilio"])
    async def audio(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
        return await relay(gateway, AUDIO, path={"key": key})

    return app


def _xml(document: str) -> Response:
    return Response(document, media_type="application/xml")


app = build(Settings())
