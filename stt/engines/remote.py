"""Any OpenAI-compatible transcription server: OpenAI, Whisper on vLLM, speaches, whisper.cpp.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

import httpx2
from pydantic import BaseModel, ValidationError

from mesh import tracing
from mesh.audio import Pcm, wav_header
from mesh.errors import EngineError
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.engines import RATE, Transcript


class _Segment(BaseModel):
    start: float
    end: float
    text: str


class _Verbose(BaseModel):
    text: str
    language: str | None = None
    segments: list[_Segment] | None = None


class OpenAITranscriber:
    """POST {base}/audio/transcriptions with verbose_json; plain json where the server knows no other."""

    def __init__(self, settings: Settings) -> None:
        key = settings.openai_api_key.get_secret_value()
        self._model = settings.stt_model or "whisper-1"
        self._http = httpx2.AsyncClient(
            base_url=settings.stt_base_url or settings.openai_base_url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=settings.stt_remote_deadline_s,
        )
        self._format = "verbose_json"
        # OpenAI's own server names languages in English, others give codes.
        known = load_config("languages.yaml", Languages).languages
        self._codes = {one.english.lower(): one.code for one in known if one.english}

    def understands(self, language: str) -> bool:  # noqa: ARG002 (the server knows)
        return True

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        data = audio.tobytes()
        wav = wav_header(RATE, len(data)) + data
        response = await self._post(wav, language)
        if response.status_code == 400 and self._format == "verbose_json" and "response_format" in response.text:
            self._format = "json"
            response = await self._post(wav, language)
        if response.is_error:
            raise EngineError(f"The speech server answered HTTP {response.status_code}.")
        try:
            reply = _Verbose.model_validate_json(response.content)
        except ValidationError as error:
            raise EngineError("The speech server's answer makes no sense.") from error
        found = (reply.language or language or "").lower()
        segments = [
            Segment(start_s=round(s.start, 2), end_s=round(s.end, 2), text=s.text.strip()) for s in reply.segments or []
        ]
        return Transcript(reply.text.strip(), self._codes.get(found, found), segments)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _post(self, wav: bytes, language: str | None) -> httpx2.Response:
        form = {"model": self._model, "response_format": self._format}
        if language:
            form["language"] = language
        try:
            return await self._http.post(
                "/audio/transcriptions",
                data=form,
                files={"file": ("audio.wav", wav, "audio/wav")},
                headers=tracing.current().headers(),
            )
        except httpx2.HTTPError as error:
            raise EngineError(f"The speech server is out of reach: {type(error).__name__}.") from error
