"""What Twilio's webhooks set in motion: a call that comes in, is answered by a machine, or goes on after its stream."""

from dataclasses import dataclass
from typing import Literal

from fastapi import Request

from call_handler.config import Settings
from call_handler.ears import Ears
from call_handler.providers.twilio.calls import TwilioCalls, call_sid, parties
from call_handler.providers.twilio.media_stream import MediaStreams, Tokens
from call_handler.providers.twilio.outbound import Outbound
from call_handler.providers.twilio.twiml import MEDIA
from call_handler.providers.twilio.webhooks import Form, Webhooks
from call_handler.switchboard import Switchboard
from call_handler.then import HangUp, Message, Transfer
from mesh.client import Client

Mode = Literal["gather", "record", "stream"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a webhook's address asks for: a scenario and a language, where it names them."""

    scenario: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of call_handler that Twilio's routes need, and how these play together."""

    settings: Settings
    webhooks: Webhooks
    calls: TwilioCalls
    switchboard: Switchboard
    outbound: Outbound
    ears: Ears
    gateway: Client
    tokens: Tokens
    streams: MediaStreams

    async def comes(self, request: Request, form: Form, wanted: Wanted, mode: Mode | None) -> str:
        """A call comes in, or one that we have placed was taken."""
        machine = await self._machine(form, wanted)
        if machine is not None:
            return self.calls.told(machine)
        how = mode or self.settings.twilio_mode
        if how == "auto":
            how = "stream" if await self.ears.good() else "gather"
        if how != "stream":
            return await self.calls.answer(form, mode=how, scenario=wanted.scenario, language=wanted.language)
        if self.switchboard.full:
            return self.calls.busy(wanted.language)
        return self._stream(request, form, wanted)

    async def answered(self, form: Form, wanted: Wanted) -> str:
        """Who has answered is known: to a machine in a call that goes on already, other things are said."""
        machine, sid = await self._machine(form, wanted), call_sid(form)
        if machine is not None and not await self.switchboard.hang_up(sid, machine):
            await self.outbound.redirect(sid, self.calls.told(machine))
        return ""

    async def goes_on(self, request: Request, form: Form, wanted: Wanted, tries: int) -> str:
        """A stream is over: by our decision, with the call, or because it broke: then the call is taken up again."""
        sid = call_sid(form)
        then = self.switchboard.after.get(sid)
        if then is not None:
            return self.calls.transfer(sid, then) if isinstance(then, Transfer) else self.calls.told(then)
        if tries >= self.settings.max_stream_tries:
            return self.calls.gone(wanted.language)
        if await self.webhooks.over(sid):
            return self.calls.told(HangUp())
        return self._stream(request, form, wanted, tries)

    def _stream(self, request: Request, form: Form, wanted: Wanted, tries: int = 0) -> str:
        url, token = self.webhooks.guard.stream_url(request, MEDIA), self.tokens.issue(call_sid(form))
        language = wanted.language or None
        return self.calls.stream(form, url, token=token, scenario=wanted.scenario, language=language, tries=tries)

    async def _machine(self, form: Form, wanted: Wanted) -> Message | None:
        """What follows where a machine has answered; None where nobody says so."""
        chosen = {"scenario": wanted.scenario, "language": wanted.language, "called": parties(form)[1]}
        query = {name: value for name, value in chosen.items() if value}
        reply = await self.outbound.machine(call_sid(form), form.get("AnsweredBy", ""), query)
        return None if reply is None else Message(reply.text, reply.language)
