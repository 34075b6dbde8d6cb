"""Twilio's webhooks, in two modes: `gather` (Twilio recognises speech and keys) and `record` (our stt does).

Sources: https://www.twilio.com/docs/voice/twiml/gather, …/record, https://www.twilio.com/docs/voice/api/call-resource.
A webhook that answers anything but TwiML within 15 s ends the call with an error message, so these answer TwiML
always: with gateway down the caller hears an apology, is tried again without having to repeat a word, and is at last
promised a call back, for which a lead with their number is saved.
"""

import asyncio
import re
from dataclasses import replace
from typing import Literal
from urllib.parse import urlencode

import httpx2

from call_handler.config import Settings
from call_handler.promises import Promises
from call_handler.providers.twilio import twiml
from call_handler.providers.twilio.twiml import Phrase, State
from call_handler.then import HangUp, Message, Then, Transfer
from mesh import logs
from mesh.client import Client
from mesh.errors import BadInput, PeerError
from mesh.settings import load_config
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import OPEN, TURN, OpenRequest, TurnReply, TurnRequest
from mesh.wire.lang import Languages

RECORDING_RETRY_S = 0.3
MAX_UNANSWERED = 1_000
log = logs.get("twilio")


class TwilioCalls:
    """Turns webhooks into turns, and replies into TwiML."""

    def __init__(self, settings: Settings, gateway: Client, promises: Promises) -> None:
        self._settings, self._gateway, self._promises = settings, gateway, promises
        self._unanswered: dict[str, str] = {}
        """By call, what was said in a turn that failed: the caller need not say it again."""
        self._languages = load_config("languages.yaml", Languages)
        sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
        self._twilio = httpx2.AsyncClient(
            auth=(sid, token) if sid and token else None, timeout=settings.recording_deadline_s, follow_redirects=True
        )

    async def aclose(self) -> None:
        """Close the connections to Twilio."""
        await self._twilio.aclose()

    async def answer(
        self,
        form: dict[str, str],
        *,
        mode: Literal["gather", "record"],
        scenario: str | None,
        language: str | None,
    ) -> str:
        """A call comes in: greet, and listen."""
        state = State(mode, language or self._languages.default)
        request = OpenRequest(
            session_id=call_sid(form),
            scenario=scenario,
            called=parties(form)[1],
            caller=parties(form)[0],
            language=language,
        )
        try:
            reply = await self._gateway.call(OPEN, request)
        except PeerError as error:
            log.error("no greeting", reason=error.reason, code=error.code)
            return await self._failed(form, state, text=None)
        return self._reply(state, reply)

    def stream(
        self, form: dict[str, str], url: str, *, token: str, scenario: str | None, language: str | None, tries: int = 0
    ) -> str:
        """A call comes in, or comes back after its stream broke: hand its audio to our socket."""
        parameters = {
            "token": token,
            "scenario": scenario or "",
            "language": language or "",
            "caller": parties(form)[0],
            "called": parties(form)[1],
        }
        query = {"tries": tries + 1, **({"scenario": scenario} if scenario else {})}
        return twiml.connect(url, parameters, f"{twiml.NEXT}?{urlencode({**query, 'language': language or ''})}")

    def busy(self, language: str | None) -> str:
        """All lines are taken."""
        return twiml.hang_up(self._phrase(language or self._languages.default, "busy"))

    def told(self, then: HangUp | Message) -> str:
        """A machine: leave the text, if there is one, and hang up."""
        if isinstance(then, HangUp) or not then.text:
            return twiml.done()
        return twiml.hang_up(Phrase(then.text, self._languages.get(then.language)))

    def gone(self, language: str | None) -> str:
        """A stream that broke too often."""
        return twiml.hang_up(self._phrase(language or self._languages.default, "apology", "call_back"))

    def transfer(self, sid: str, then: Transfer) -> str:
        """Put the caller through to a colleague, who hears first what it is about."""
        spoken = then.announce == "spoken" and then.summary
        whisper = f"{twiml.WHISPER}?{urlencode({'call': sid})}" if spoken else ""
        return twiml.transfer(then.number, whisper, self._settings.twilio_phone_number)

    def whisper(self, then: Then | None) -> str:
        """What the colleague hears; nothing where the call is not known."""
        if not isinstance(then, Transfer) or not then.summary:
            return "<Response/>"
        return twiml.whisper(then.summary[:1000], self._languages.get(then.language))

    def forget(self, sid: str) -> None:
        """The person of a call is erased."""
        self._unanswered.pop(sid, None)

    async def turn(self, form: dict[str, str], state: State) -> str:
        """Speech, keys, or neither; and what was said before, where its turn failed and is tried again."""
        sid, seq, caller = call_sid(form), state.at or None, parties(form)[0]
        again = self._unanswered.pop(sid, "")
        speech, digits = form.get("SpeechResult", "").strip(), form.get("Digits", "")
        if not digits and state.failures:
            speech = speech or again
        if speech:
            request = TurnRequest(session_id=sid, text=speech[:8000], caller=caller, seq=seq)
        elif digits and set(digits) <= set("0123456789*#"):
            request = TurnRequest(session_id=sid, digits=digits[:64], caller=caller, seq=seq)
        else:
            return await self._silence(form, state)
        return await self._ask(form, state, request, text=speech or digits)

    async def recording(self, form: dict[str, str], state: State) -> str:
        """An utterance was recorded: fetch it and let our stt hear it."""
        if form.get("Digits") == "hangup":
            return "<Response/>"
        seq = {"seq": str(state.at)} if state.at else {}
        try:
            audio = await self._fetch(form.get("RecordingUrl", ""))
            reply = await self._gateway.call(
                TURN,
                deadline_s=self._settings.answer_deadline_s,
                files={"file": ("recording.wav", audio, "audio/wav")},
                data={"session_id": call_sid(form), "caller": parties(form)[0], **seq},
            )
        except (PeerError, httpx2.HTTPError) as error:
            log.error("recording failed", error=type(error).__name__)
            return await self._failed(form, state, text=None)
        return self._reply(state, reply)

    async def _ask(self, form: dict[str, str], state: State, request: TurnRequest, *, text: str) -> str:
        try:
            reply = await self._gateway.call(TURN, request, deadline_s=self._settings.answer_deadline_s)
        except PeerError as error:
            log.error("turn failed", reason=error.reason, code=error.code)
            return await self._failed(form, state, text=text)
        return self._reply(state, reply)

    async def _silence(self, form: dict[str, str], state: State) -> str:
        silences = state.silences + 1
        if silences >= self._settings.max_silences:
            return twiml.hang_up(self._phrase(state.language, "goodbye"))
        request = TurnRequest(session_id=call_sid(form), silence=True, caller=parties(form)[0], seq=state.at or None)
        try:
            reply = await self._gateway.call(TURN, request, deadline_s=self._settings.answer_deadline_s)
        except PeerError as error:
            log.error("turn failed", reason=error.reason, code=error.code)
            asked = state.following(silences=silences, failures=state.failures)
            return twiml.listen(self._settings, asked, self._phrase(state.language, "silence"))
        return self._reply(state, reply, silences=silences)

    async def _failed(self, form: dict[str, str], state: State, *, text: str | None) -> str:
        failures = state.failures + 1
        if failures >= self._settings.max_failures:
            await self._promises.call_back(call_sid(form), parties(form)[0])
            return twiml.hang_up(self._phrase(state.language, "apology", "call_back"))
        apology = self._phrase(state.language, "apology")
        if text:
            self._unanswered[call_sid(form)] = text
            while len(self._unanswered) > MAX_UNANSWERED:
                del self._unanswered[next(iter(self._unanswered))]
            return twiml.try_again(replace(state, failures=failures), apology)
        asked = state.following(silences=state.silences, failures=failures)
        return twiml.listen(self._settings, asked, apology)

    def _reply(self, state: State, reply: TurnReply, *, silences: int = 0) -> str:
        key = reply.audio_url.rsplit("/", 1)[1] if reply.audio_url else None
        phrase = Phrase(reply.reply, self._languages.get(reply.language), key)
        if reply.end:
            return twiml.hang_up(phrase)
        following = state.following(language=reply.language, silences=silences)
        return twiml.listen(self._settings, following, phrase, asked=reply.asked)

    def _phrase(self, code: str, *names: str) -> Phrase:
        language = self._languages.get(code)
        return Phrase(" ".join(language.templates[name] for name in names), language)

    async def _fetch(self, url: str) -> bytes:
        """The recording: only from Twilio's own address. It can be some hundred milliseconds late."""
        if not url.startswith(self._settings.twilio_api_url.rstrip("/") + "/"):
            raise httpx2.UnsupportedProtocol(f"not a recording of {self._settings.twilio_api_url}")
        try:
            async with asyncio.timeout(self._settings.recording_deadline_s):
                while True:
                    response = await self._twilio.get(url)
                    if response.status_code != 404:
                        return response.raise_for_status().content
                    await asyncio.sleep(RECORDING_RETRY_S)
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the recording does not come") from error


def parties(form: dict[str, str]) -> tuple[str, str]:
    """Who we speak with, and our own number: in a call that we have placed they are the other way round."""
    to, origin = form.get("To", ""), form.get("From", "")
    return (to, origin) if form.get("Direction", "").startswith("outbound") else (origin, to)


def call_sid(form: dict[str, str]) -> str:
    """The call's id, which is its session's id too. Raises BadInput."""
    sid = form.get("CallSid", "")
    if not re.fullmatch(SESSION_ID, sid):
        raise BadInput("no_call", "CallSid: the form has no usable call id.", 400)
    return sid
