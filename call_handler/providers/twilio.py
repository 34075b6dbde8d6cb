"""Twilio's webhooks, in two modes: `gather` (Twilio recognises speech and keys) and `record` (our stt does).

Sources: https://www.twilio.com/docs/voice/twiml/gather, …/record, https://www.twilio.com/docs/voice/api/call-resource.
A webhook that answers anything but TwiML within 15 s ends the call with an error message, so these answer TwiML
always: with gateway down the caller hears an apology, is tried again without having to repeat a word, and is at last
promised a call back, for which a lead with their number is saved.
"""

import asyncio
from typing import Literal
from urllib.parse import urlencode

import httpx2

from call_handler.config import Settings
from call_handler.promises import Promises
from call_handler.providers import twiml
from call_handler.providers.twiml import Phrase, State
from mesh import logs
from mesh.client import Client
from mesh.errors import BadInput, PeerError
from mesh.settings import load_config
from mesh.wire.gateway import OPEN, TURN, CloseRequest, OpenRequest, TurnReply, TurnRequest
from mesh.wire.lang import Languages

ENDED = {"completed", "busy", "failed", "no-answer", "canceled"}
RECORDING_RETRY_S = 0.3
log = logs.get("twilio")


class TwilioCalls:
    """Turns webhooks into turns, and replies into TwiML. Keeps nothing between them."""

    def __init__(self, settings: Settings, gateway: Client, promises: Promises) -> None:
        self._settings, self._gateway, self._promises = settings, gateway, promises
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

    def told(self, then: dict[str, str]) -> str:
        """A machine: leave the text, if there is one, and hang up."""
        if not then.get("text"):
            return twiml.done()
        return twiml.hang_up(Phrase(then["text"], self._languages.get(then.get("language", ""))))

    def gone(self, language: str | None) -> str:
        """A stream that broke too often."""
        return twiml.hang_up(self._phrase(language or self._languages.default, "apology", "call_back"))

    def transfer(self, then: dict[str, str]) -> str:
        """Put the caller through to a colleague, who hears first what it is about."""
        spoken = then["announce"] == "spoken" and then["summary"]
        query = urlencode({"text": then["summary"][:1000], "language": then["language"]})
        return twiml.transfer(
            then["number"], f"{twiml.WHISPER}?{query}" if spoken else "", self._settings.twilio_phone_number
        )

    def whisper(self, text: str, language: str) -> str:
        """What the colleague hears."""
        return twiml.whisper(text, self._languages.get(language))

    async def turn(self, form: dict[str, str], state: State, *, text: str | None) -> str:
        """Speech, keys, or neither. `text` is speech from a turn that failed and is tried again."""
        speech, digits = text or form.get("SpeechResult", "").strip(), form.get("Digits", "")
        caller = parties(form)[0]
        if speech:
            request = TurnRequest(session_id=call_sid(form), text=speech[:8000], caller=caller)
        elif digits and set(digits) <= set("0123456789*#"):
            request = TurnRequest(session_id=call_sid(form), digits=digits[:64], caller=caller)
        else:
            return await self._silence(form, state)
        return await self._take(form, state, request, text=speech or digits)

    async def recording(self, form: dict[str, str], state: State) -> str:
        """An utterance was recorded: fetch it and let our stt hear it."""
        if form.get("Digits") == "hangup":
            return "<Response/>"
        try:
            audio = await self._fetch(form.get("RecordingUrl", ""))
            reply = await self._gateway.call(
                TURN,
                deadline_s=self._settings.answer_deadline_s,
                files={"file": ("recording.wav", audio, "audio/wav")},
                data={"session_id": call_sid(form), "caller": parties(form)[0]},
            )
        except (PeerError, httpx2.HTTPError) as error:
            log.error("recording failed", error=type(error).__name__)
            return await self._failed(form, state, text=None)
        return self._reply(state, reply)

    async def ended(self, form: dict[str, str]) -> None:
        """A status callback. The end of a call ends its session; a repeated one changes nothing.

        Twilio says it once, so with gateway down it is kept here and said again.
        """
        status = form.get("CallStatus", "")
        if status not in ENDED:
            return
        duration = form.get("CallDuration", "")
        request = CloseRequest(reason=status, duration_s=float(duration) if duration.isdigit() else None)
        await self._promises.ended(call_sid(form), request)

    async def _take(self, form: dict[str, str], state: State, request: TurnRequest, *, text: str) -> str:
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
        state = State(state.mode, state.language, silences, state.failures)
        request = TurnRequest(session_id=call_sid(form), silence=True, caller=parties(form)[0])
        try:
            reply = await self._gateway.call(TURN, request, deadline_s=self._settings.answer_deadline_s)
        except PeerError as error:
            log.error("turn failed", reason=error.reason, code=error.code)
            return twiml.listen(self._settings, state, self._phrase(state.language, "silence"))
        return self._reply(state, reply, silences=silences)

    async def _failed(self, form: dict[str, str], state: State, *, text: str | None) -> str:
        failures = state.failures + 1
        if failures >= self._settings.max_failures:
            await self._promises.call_back(call_sid(form), parties(form)[0])
            return twiml.hang_up(self._phrase(state.language, "apology", "call_back"))
        state = State(state.mode, state.language, state.silences, failures)
        apology = self._phrase(state.language, "apology")
        if text:
            return twiml.try_again(state, apology, text=text[:1000])
        return twiml.listen(self._settings, state, apology)

    def _reply(self, state: State, reply: TurnReply, *, silences: int = 0) -> str:
        key = reply.audio_url.rsplit("/", 1)[1] if reply.audio_url else None
        phrase = Phrase(reply.reply, self._languages.get(reply.language), key)
        if reply.end:
            return twiml.hang_up(phrase)
        following = State(state.mode, reply.language, silences)
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
    if not (1 <= len(sid) <= 64 and all(c.isalnum() or c in "_-" for c in sid)):
        raise BadInput("no_call", "CallSid: the form has no usable call id.", 400)
    return sid
