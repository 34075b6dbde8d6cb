"""Any OpenAI-compatible transcription server: OpenAI, Whisper on vLLM, speaches, whisper.cpp.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import httpx2
from pydantic import BaseModel, ValidationError

from mesh import tracing
from mesh.audio import Pcm, wav_header
from mesh.errors import EngineError
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.stt import Segment, Word
from stt.config import Settings
from stt.engines import RATE, Job, Transcript, cannot_translate, segment_of
from stt.engines.remote_events import phrases


class _Word(BaseModel):
    word: str
    start: float
    end: float


class _Segment(BaseModel):
    start: float
    end: float
    text: str
    avg_logprob: float | None = None
    no_speech_prob: float | None = None


class _Verbose(BaseModel):
    text: str
    language: str | None = None
    segments: list[_Segment] | None = None
    words: list[_Word] | None = None


class OpenAITranscriber:
    """POST {base}/audio/transcriptions with verbose_json; plain json where the server knows no other."""

    name: ClassVar[str] = "openai"

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

    def models(self) -> tuple[str, ...]:
        return (self._model,)  # the server may have others, and bill them

    def understands(self, language: str) -> bool:  # noqa: ARG002 (the server knows)
        return True

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        data = audio.tobytes()
        wav = wav_header(RATE, len(data)) + data
        if job.live and not job.translate and (live := await self._live(wav, job)):
            return live
        response = await self._post(wav, job)
        if response.status_code == 400 and self._format == "verbose_json" and "response_format" in response.text:
            self._format = "json"
            response = await self._post(wav, job)
        if response.status_code == 400 and job.words:
            response = await self._post(wav, replace(job, words=""))  # a server that knows of no times of words
        if job.translate and 400 <= response.status_code < 500:
            raise cannot_translate(f"The speech server does not translate: it answered HTTP {response.status_code}.")
        if response.is_error:
            raise EngineError(f"The speech server answered HTTP {response.status_code}.")
        return self._transcript(response.content, job)

    async def aclose(self) -> None:
        await self._http.aclose()

    def _transcript(self, body: bytes, job: Job) -> Transcript:
        try:
            reply = _Verbose.model_validate_json(body)
        except ValidationError as error:
            raise EngineError("The speech server's answer makes no sense.") from error
        found = (reply.language or job.language or "").lower()
        return Transcript(reply.text.strip(), self._codes.get(found, found), _segments(reply))

    async def _live(self, wav: bytes, job: Job) -> Transcript | None:
        """The text as the server sends it: phrase by phrase, or whole; None from one that refuses to send events."""
        request = self._request(wav, job, {"response_format": "json", "stream": "true"})
        try:
            response = await self._http.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise _out_of_reach(error) from error
        try:
            if response.is_error:
                return None
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                return self._transcript(await response.aread(), job)
            segments = []
            async for phrase in phrases(response):
                segments.append(Segment(start_s=0.0, end_s=0.0, text=phrase))
                job.heard(segments[-1])
        except httpx2.HTTPError as error:
            raise _out_of_reach(error) from error
        finally:
            await response.aclose()
        return Transcript(" ".join(s.text for s in segments), job.language or "", segments)

    async def _post(self, wav: bytes, job: Job) -> httpx2.Response:
        form: dict[str, str | list[str]] = {"response_format": self._format}
        if job.words and self._format == "verbose_json":
            form["timestamp_granularities[]"] = ["segment", "word"]
        try:
            return await self._http.send(self._request(wav, job, form))
        except httpx2.HTTPError as error:
            raise _out_of_reach(error) from error

    def _request(self, wav: bytes, job: Job, form: Mapping[str, str | list[str]]) -> httpx2.Request:
        given = {
            "model": self._model,
            "language": "" if job.translate else job.language,
            "prompt": job.prompt,
            "temperature": str(job.temperature) if job.temperature else "",
        }
        return self._http.build_request(
            "POST",
            "/audio/translations" if job.translate else "/audio/transcriptions",
            data={**form, **{name: value for name, value in given.items() if value}},
            files={"file": ("audio.wav", wav, "audio/wav")},
            headers=tracing.current().headers(),
        )


def _out_of_reach(error: Exception) -> EngineError:
    return EngineError(f"The speech server is out of reach: {type(error).__name__}.")


def _segments(reply: _Verbose) -> list[Segment]:
    """The segments, each with its words: the server lists those of all of them together."""
    words = [Word(text=w.word.strip(), start_s=round(w.start, 2), end_s=round(w.end, 2)) for w in reply.words or ()]
    if words and not reply.segments:
        return [segment_of(words, timed=True)]
    found, taken = [], 0
    for number, segment in enumerate(reply.segments or (), 1):
        last = number == len(reply.segments or ())
        until = taken
        while until < len(words) and (last or words[until].start_s + words[until].end_s < 2 * segment.end):
            until += 1
        found.append(
            Segment(
                start_s=round(segment.start, 2),
                end_s=round(segment.end, 2),
                text=segment.text.strip(),
                words=words[taken:until] if words else None,
                avg_logprob=segment.avg_logprob,
                no_speech_prob=segment.no_speech_prob,
            )
        )
        taken = until
    return found
