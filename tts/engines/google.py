"""Google Cloud Text-to-Speech over REST, with an API key.

Source: https://cloud.google.com/text-to-speech/docs/reference/rest/v1/text/synthesize
"""

import base64
import binascii

import httpx2

from mesh.errors import EngineError
from mesh.wire.tts import Voice
from tts.config import Settings
from tts.engines import Pcm, Utterance
from tts.engines.cloud import post_json, whole

RATE = 24_000
WAV_HEADER = 44  # LINEAR16 comes with one


class GoogleSpeech:
    """POST /v1/text:synthesize; the audio comes in one piece."""

    voice_key = "google"

    def __init__(self, settings: Settings) -> None:
        self._http = httpx2.AsyncClient(
            base_url=settings.google_tts_url,
            headers={"x-goog-api-key": settings.google_api_key.get_secret_value()},
            timeout=settings.tts_first_audio_s,
        )

    def speaks(self, language: str) -> bool:  # noqa: ARG002 (the voice decides)
        return True

    def voices(self) -> list[Voice]:
        return []

    async def speak(self, utterance: Utterance) -> Pcm:
        voice = {"languageCode": utterance.locale} | ({"name": utterance.voice} if utterance.voice else {})
        body = {
            "input": {"text": utterance.text},
            "voice": voice,
            "audioConfig": {"audioEncoding": "LINEAR16", "sampleRateHertz": RATE, "speakingRate": utterance.speed},
        }
        reply = await post_json(self._http, "Google", "/v1/text:synthesize", body)
        try:
            audio = base64.b64decode(reply["audioContent"], validate=True)
        except (KeyError, TypeError, binascii.Error) as error:
            raise EngineError("Google's answer makes no sense.") from error
        return Pcm(RATE, whole(audio[WAV_HEADER:] if audio.startswith(b"RIFF") else audio))

    async def aclose(self) -> None:
        await self._http.aclose()
