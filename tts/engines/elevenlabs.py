"""ElevenLabs. Source: https://elevenlabs.io/docs/api-reference/text-to-speech/stream."""

import httpx2

from mesh.wire.tts import Voice
from tts.config import Settings
from tts.engines import Pcm, Utterance
from tts.engines.cloud import stream_pcm

RATE = 22_050


class ElevenLabs:
    """POST /v1/text-to-speech/{voice}/stream with output_format=pcm_22050."""

    voice_key = "elevenlabs"

    def __init__(self, settings: Settings) -> None:
        self._voice = settings.elevenlabs_voice
        # TTS_MODEL's default is OpenAI's name; ElevenLabs has its own.
        self._model = settings.tts_model if settings.tts_model.startswith("eleven") else "eleven_flash_v2_5"
        self._http = httpx2.AsyncClient(
            base_url=settings.elevenlabs_url,
            headers={"xi-api-key": settings.elevenlabs_api_key.get_secret_value()},
            timeout=httpx2.Timeout(settings.tts_first_audio_s, read=settings.tts_max_stall_s),
        )

    def speaks(self, language: str) -> bool:  # noqa: ARG002 (its models are multilingual)
        return True

    def voices(self) -> list[Voice]:
        return [Voice(name=self._voice, language="")]

    async def speak(self, utterance: Utterance) -> Pcm:
        body = {
            "text": utterance.text,
            "model_id": self._model,
            "language_code": utterance.language,
            "voice_settings": {"speed": min(1.2, max(0.7, utterance.speed))},
        }
        path = f"/v1/text-to-speech/{utterance.voice or self._voice}/stream"
        request = self._http.build_request("POST", path, params={"output_format": f"pcm_{RATE}"}, json=body)
        return await stream_pcm(self._http, "ElevenLabs", RATE, request)

    async def aclose(self) -> None:
        await self._http.aclose()
