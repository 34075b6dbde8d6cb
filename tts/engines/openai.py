"""Any OpenAI-compatible speech server: OpenAI, speaches, Kokoro, Orpheus on vLLM.

Source: https://platform.openai.com/docs/api-reference/audio/createSpeech; `pcm` is 24 kHz 16-bit mono.
"""

import httpx2

from mesh.wire.tts import Voice
from tts.config import Settings
from tts.engines import Pcm, Utterance
from tts.engines.cloud import stream_pcm

RATE = 24_000
VOICES = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)


class OpenAISpeech:
    """POST {base}/audio/speech."""

    voice_key = "openai"

    def __init__(self, settings: Settings) -> None:
        key = settings.openai_api_key.get_secret_value()
        self._model, self._voices = settings.tts_model, () if settings.tts_base_url else VOICES
        self._http = httpx2.AsyncClient(
            base_url=settings.tts_base_url or settings.openai_base_url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(settings.tts_first_audio_s, read=settings.tts_max_stall_s),
        )

    def speaks(self, language: str) -> bool:  # noqa: ARG002 (the server's models are multilingual)
        return True

    def voices(self) -> list[Voice]:
        return [Voice(name=name, language="") for name in self._voices]  # another's server has others

    async def speak(self, utterance: Utterance) -> Pcm:
        body = {
            "model": self._model,
            "input": utterance.text,
            "voice": utterance.voice or "alloy",
            "response_format": "pcm",
            "speed": utterance.speed,
        } | ({"instructions": utterance.instructions} if utterance.instructions else {})
        request = self._http.build_request("POST", "/audio/speech", json=body)
        return await stream_pcm(self._http, "The speech server", RATE, request)

    async def aclose(self) -> None:
        await self._http.aclose()
