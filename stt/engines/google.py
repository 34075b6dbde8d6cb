"""Google Cloud Speech-to-Text over REST, with an API key.

Source: https://cloud.google.com/speech-to-text/docs/reference/rest/v1p1beta1/speech/recognize
"""

import base64
from typing import ClassVar

import httpx2
from pydantic import BaseModel, ValidationError

from mesh.audio import Pcm
from mesh.errors import EngineError
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.stt import Segment, Word
from stt.config import Settings
from stt.engines import RATE, Job, Transcript, cannot_translate

MAX_S = 59  # speech:recognize takes up to a minute


class _Word(BaseModel):
    startTime: str = "0s"  # noqa: N815 (Google's names)
    endTime: str = "0s"  # noqa: N815
    word: str = ""


class _Alternative(BaseModel):
    transcript: str = ""
    words: list[_Word] | None = None


class _Result(BaseModel):
    alternatives: list[_Alternative] = []
    languageCode: str = ""  # noqa: N815 (Google's name)
    resultEndTime: str = "0s"  # noqa: N815


class _Reply(BaseModel):
    results: list[_Result] = []


class GoogleTranscriber:
    """speech:recognize; without a language, those of config/languages.yaml are offered as alternatives."""

    name: ClassVar[str] = "google"

    def __init__(self, settings: Settings) -> None:
        self._languages = load_config("languages.yaml", Languages)
        self._http = httpx2.AsyncClient(
            base_url=settings.google_stt_url,
            headers={"x-goog-api-key": settings.google_api_key.get_secret_value()},
            timeout=settings.stt_remote_deadline_s,
        )

    def understands(self, language: str) -> bool:
        return any(known.code == language for known in self._languages.languages)

    def models(self) -> tuple[str, ...]:
        return ()

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        if job.translate:
            raise cannot_translate("Google's recogniser does not translate.")
        if len(audio) > MAX_S * RATE:
            raise EngineError(f"Google takes at most {MAX_S} s of audio at once.")
        language = job.language
        locales = [known.locale for known in self._languages.languages]
        first = self._languages.get(language or self._languages.default).locale
        config = {"encoding": "LINEAR16", "sampleRateHertz": RATE, "languageCode": first}
        others = [] if language else [locale for locale in locales if locale != first][:3]
        body = {
            "config": {
                **config,
                "alternativeLanguageCodes": others,
                "enableAutomaticPunctuation": True,
                "enableWordTimeOffsets": bool(job.words),
            },
            "audio": {"content": base64.b64encode(audio.tobytes()).decode()},
        }
        try:
            response = await self._http.post("/v1p1beta1/speech:recognize", json=body)
            response.raise_for_status()
            reply = _Reply.model_validate_json(response.content)
        except httpx2.HTTPError as error:
            raise EngineError(f"Google's recogniser failed: {type(error).__name__}.") from error
        except ValidationError as error:
            raise EngineError("Google's answer makes no sense.") from error
        segments, start = [], 0.0
        for result in reply.results:
            end = _seconds(result.resultEndTime)
            if result.alternatives:
                segments.append(_segment(result.alternatives[0], start, end))
            start = end
        found = reply.results[0].languageCode if reply.results else first
        return Transcript(" ".join(s.text for s in segments), found.split("-")[0], segments)

    async def aclose(self) -> None:
        await self._http.aclose()


def _segment(best: _Alternative, start_s: float, end_s: float) -> Segment:
    words = [Word(text=w.word, start_s=_seconds(w.startTime), end_s=_seconds(w.endTime)) for w in best.words or ()]
    return Segment(start_s=start_s, end_s=end_s, text=best.transcript.strip(), words=words or None)


def _seconds(text: str) -> float:
    return float(text.rstrip("s"))
