"""POST /process: a recorded utterance through the chain, and the lead that goes with it."""

import asyncio
import uuid
from collections.abc import Awaitable
from typing import TypeVar

from mesh.client import Client
from mesh.errors import ApiError, BadInput, PeerError, PeerRefused
from mesh.wire.call_handler import CallReply, CallRequest, DevCallReply, DevCallRequest
from mesh.wire.common import shortened
from mesh.wire.gpt import MAX_TEXT, REPLY, GptReply, GptRequest
from mesh.wire.lang import DETECT, LangReply, LangRequest
from mesh.wire.lead_sender import SAVE, LeadRequest
from mesh.wire.stt import TRANSCRIBE, SttRequest
from mesh.wire.tts import MAX_SPOKEN, PREPARE, TtsRequest

TEST_URL = "test.mp3"
Result = TypeVar("Result")


class RecordedCall:
    """The chain stt → lang → gpt → tts, with the lead saved beside it: no failure of the chain loses the lead."""

    def __init__(self, stt: Client, lang: Client, gpt: Client, tts: Client, lead_sender: Client, *, dev: bool) -> None:
        self._dev = dev
        self._stt, self._lang, self._gpt, self._tts, self._lead_sender = stt, lang, gpt, tts, lead_sender

    async def run(self, request: CallRequest) -> CallReply:
        """Run it. Raises PeerError for stt or lead_sender; what else fails is named in `skipped`."""
        if request.audio_url == TEST_URL and not self._dev:
            raise BadInput(
                "dev_mode_only", f"audio_url: \"{TEST_URL}\" is Dev Mode's (IS_DEV=true); give a file's public URL."
            )
        lead = LeadRequest(**request.model_dump(exclude={"audio_url"}))
        saved, transcript = await asyncio.gather(
            self._lead_sender.call(SAVE, lead, headers={"idempotency-key": uuid.uuid4().hex}),
            self._stt.call(TRANSCRIBE, SttRequest(audio_url=request.audio_url)),
            return_exceptions=True,
        )
        if isinstance(saved, BaseException):
            raise saved
        if isinstance(transcript, PeerRefused):
            raise ApiError(
                transcript.status, transcript.code, f"{transcript.message} (The lead is saved: {saved.id}.)"
            ) from transcript
        if isinstance(transcript, BaseException):
            raise transcript
        skipped: dict[str, str] = {}
        detected: LangReply | None = None
        answer: GptReply | None = None
        tts_status = 204
        if said := shortened(transcript.text, MAX_TEXT):
            detected = await _optional(skipped, "lang", self._lang.call(DETECT, LangRequest(text=said)))
            language = detected.detected_language if detected else transcript.language or None
            ask = GptRequest(user_input=said, language=language)
            answer = await _optional(skipped, "gpt", self._gpt.call(REPLY, ask))
            if answer and answer.response:
                spoken = shortened(answer.response, MAX_SPOKEN)
                tts_status = await self._speak(skipped, TtsRequest(text=spoken, language=language, keep=False))
        return CallReply(
            stt=transcript, lang=detected, gpt=answer, tts_audio_status=tts_status, lead_sender=saved, skipped=skipped
        )

    async def in_words(self, request: DevCallRequest) -> DevCallReply:
        """The same, as Dev Mode answers it."""
        reply = await self.run(request)
        spoken = {200: "ok", 204: "nothing was heard"}
        return DevCallReply(
            stt=reply.stt.text,
            lang=reply.lang.detected_language if reply.lang else "",
            gpt=reply.gpt.response if reply.gpt else "",
            tts_audio_status=spoken.get(reply.tts_audio_status, f"HTTP {reply.tts_audio_status}"),
            lead_sender=reply.lead_sender,
            skipped=reply.skipped,
        )

    async def _speak(self, skipped: dict[str, str], request: TtsRequest) -> int:
        try:
            await self._tts.call(PREPARE, request)
        except PeerError as error:
            skipped["tts"] = error.message
            return error.status
        return 200


async def _optional(skipped: dict[str, str], name: str, call: Awaitable[Result]) -> Result | None:
    try:
        return await call
    except PeerError as error:
        skipped[name] = error.message
        return None
