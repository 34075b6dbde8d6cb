"""Twilio's webhooks and its media socket."""

import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse

from call_handler.config import Settings
from call_handler.ears import Ears
from call_handler.providers.twilio.calls import TwilioCalls, call_sid, parties
from call_handler.providers.twilio.ends import Ends
from call_handler.providers.twilio.media_stream import MediaStreams, Tokens
from call_handler.providers.twilio.outbound import Outbound
from call_handler.providers.twilio.repeats import KEPT_S, Repeats
from call_handler.providers.twilio.signature import TwilioGuard
from call_handler.providers.twilio.twiml import AMD, API_VOICE, MEDIA, NEXT, RECORDING, TURN, VOICE, WHISPER, State
from call_handler.providers.twilio.twiml import AUDIO as AUDIO_PATH
from call_handler.switchboard import Switchboard
from mesh.client import Client
from mesh.errors import ApiError
from mesh.service import relay
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import AUDIO

Mode = Literal["gather", "record", "stream"]
Code = Annotated[str | None, Query(pattern="^[a-z]{2,3}$")]
Name = Annotated[str | None, Query(pattern="^[a-z0-9_-]{1,64}$")]
Count = Annotated[int, Query(ge=0, le=100)]
At = Annotated[int, Query(ge=0, lt=10**14)]
Form = dict[str, str]


class Webhooks:
    """Lets webhooks in that are Twilio's, and each of them once."""

    def __init__(self, guard: TwilioGuard, ends: Ends) -> None:
        self.guard, self.ends = guard, ends
        self._repeats = Repeats()

    async def once(
        self, request: Request, work: Callable[[Form], Coroutine[Any, Any, str]], *, at: int = 0, live: bool = False
    ) -> Response:
        """The answer to a webhook, whose work is done once though it comes again.

        `at`: when we asked for it, ms; `live`: it means nothing when the call is over. Raises ApiError.
        """
        form = await self.guard.form(request)
        if at and at / 1000 < time.time() - KEPT_S:
            raise ApiError(409, "call_over", "This webhook answers what was asked long ago.")

        async def begin() -> str:
            if live and await self.over(call_sid(form)):
                raise ApiError(409, "call_over", "This webhook is of a call that has ended.")
            return await work(form)

        document = await self._repeats.answer(self.guard.repeated(request, form), begin)
        return _xml(document) if document else Response(status_code=204)

    async def over(self, sid: str) -> bool:
        """Whether a call has ended. Who tries us out, unsigned, may use an id again."""
        return self.guard.signed and await self.ends.over(sid)


def router(
    settings: Settings,
    webhooks: Webhooks,
    calls: TwilioCalls,
    switchboard: Switchboard,
    outbound: Outbound,
    ears: Ears,
    gateway: Client,
) -> APIRouter:
    """Everything under /twilio, and the voice webhook's second address."""
    routes = APIRouter(tags=["twilio"])
    tokens = Tokens(settings.twilio_auth_token.get_secret_value())
    streams, guard, once = MediaStreams(switchboard, tokens), webhooks.guard, webhooks.once

    def to_stream(request: Request, form: Form, scenario: str | None, language: str | None, tries: int = 0) -> str:
        url, token = guard.stream_url(request, MEDIA), tokens.issue(call_sid(form))
        return calls.stream(form, url, token=token, scenario=scenario, language=language or None, tries=tries)

    @routes.post(VOICE, summary="A call comes in", response_class=Response)
    @routes.post(API_VOICE, summary="A call comes in: another address of the same", response_class=Response)
    async def voice(
        request: Request, mode: Mode | None = None, scenario: Name = None, language: Code = None
    ) -> Response:
        async def work(form: Form) -> str:
            machine = await told(form, scenario, language)
            if machine is not None:
                return calls.told(machine)
            wanted = mode or settings.twilio_mode
            if wanted == "auto":
                wanted = "stream" if await ears.good() else "gather"
            if wanted != "stream":
                return await calls.answer(form, mode=wanted, scenario=scenario, language=language)
            return calls.busy(language) if switchboard.full else to_stream(request, form, scenario, language)

        return await once(request, work, live=True)

    async def told(form: Form, scenario: str | None, language: str | None) -> dict[str, str] | None:
        chosen = {"scenario": scenario, "language": language, "called": parties(form)[1]}
        answered_by, query = form.get("AnsweredBy", ""), {name: value for name, value in chosen.items() if value}
        reply = await outbound.machine(call_sid(form), answered_by, query)
        return None if reply is None else {"do": "machine", "text": reply.text, "language": reply.language}

    @routes.post(AMD, summary="A human or a machine has answered our call", status_code=204)
    async def answered(request: Request, scenario: Name = None, language: Code = None) -> Response:
        async def work(form: Form) -> str:
            machine = await told(form, scenario, language)
            if machine is not None and not await switchboard.hang_up(call_sid(form), machine):
                await outbound.redirect(call_sid(form), calls.told(machine))
            return ""

        return await once(request, work, live=True)

    @routes.post(NEXT, summary="A stream is over: what comes next", response_class=Response)
    async def following(request: Request, tries: Count = 0, scenario: Name = None, language: str = "") -> Response:
        async def work(form: Form) -> str:
            sid = call_sid(form)
            then = switchboard.after.get(sid, {})
            if then:
                return calls.transfer(sid, then) if then["do"] == "transfer" else calls.told(then)
            if tries >= settings.max_stream_tries:
                return calls.gone(language)
            if await webhooks.over(sid):
                return calls.told({})
            return to_stream(request, form, scenario, language, tries)

        return await once(request, work)

    @routes.post(WHISPER, summary="What a colleague hears first", response_class=Response)
    async def whisper(request: Request, call: Annotated[str, Query(pattern=SESSION_ID)]) -> Response:
        await guard.form(request)
        return _xml(calls.whisper(switchboard.after.get(call, {})))

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
        at: At = 0,
    ) -> Response:
        state = State(mode, language or "", silences, failures, at)
        return await once(request, lambda form: calls.turn(form, state), at=at)

    @routes.post(RECORDING, summary="An utterance was recorded", response_class=Response)
    async def recording(
        request: Request, language: Code = None, silences: Count = 0, failures: Count = 0, at: At = 0
    ) -> Response:
        state = State("record", language or "", silences, failures, at)
        return await once(request, lambda form: calls.recording(form, state), at=at)

    @routes.post("/twilio/status", summary="The call's state changed", status_code=204)
    async def status(request: Request) -> Response:
        async def work(form: Form) -> str:
            await webhooks.ends.ended(form)
            return ""

        return await once(request, work)

    @routes.get(AUDIO_PATH + "/{key}", summary="The audio of a reply, for <Play>")
    async def audio(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
        return await relay(gateway, AUDIO, path={"key": key})

    return routes


def _xml(document: str) -> Response:
    return Response(document, media_type="application/xml")
