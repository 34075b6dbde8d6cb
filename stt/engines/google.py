"""Google Cloud Speech-to-Text over REST, with an API key.

Source: https://cloud.google.com/speech-to-text/docs/reference/rest/v1p1beta1/speech/recognize
"""

import base64

import httpx2
from pydantic import BaseModel, ValidationError

from mesh.audio import Pcm
from mesh.errors import EngineError
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.engines import RATE, Transcript

MAX_S = 59  # speech:recognize takes up to a minute


class _Alternative(BaseModel):
    transcript: str = ""


class _Result(BaseModel):
    alternatives: list[_Alternative] = []
    languageCode: str = ""  # noqa: N815 (Google's name)
    resultEndTime: str = "0s"  # noqa: N815


class _Reply(BaseModel):
    results: list[_Result] = []


class GoogleTranscriber:
    """speech:recognize; without a language, those of config/languages.yaml are offered as alternatives."""

    def __init__(self, settings: Settings) -> None:
        self._languages = load_config("languages.yaml", Languages)
        self._http = httpx2.AsyncClient(
            base_url=settings.google_stt_url,
            headers={"x-goog-api-key": settings.google_api_key.get_secret_value()},
            timeout=settings.stt_remote_deadline_s,
        )

    def understands(self, language: str) -> bool:
        return any(known.code == language for known in self._languages.languages)

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        if len(audio) > MAX_S * RATE:
            raise EngineError(f"Google takes at most {MAX_S} s of audio at once.")
        locales = [known.locale for known in self._languages.languages]
        first = self._languages.get(language or self._languages.default).locale
        config = {"encoding": "LINEAR16", "sampleRateHertz": RATE, "languageCode": first}
        others = [] if language else [locale for locale in locales if locale != first][:3]
        body = {
            "config": {**config, "alternativeLanguageCodes": others, "enableAutomaticPunctuation": True},
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
            end = float(result.resultEndTime.rstrip("s"))
            if result.alternatives:
                segments.append(Segment(start_s=start, end_s=end, text=result.alternatives[0].transcript.strip()))
            start = end
        found = reply.results[0].languageCode if reply.results else first
        return Transcript(" ".join(s.text for s in segments), found.split("-")[0], segments)

    async def aclose(self) -> None:
        await self._http.aclose()
