"""Azure Speech. Source: https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech."""

from xml.sax.saxutils import escape, quoteattr

import httpx2

from mesh.wire.tts import Voice
from tts.config import Settings
from tts.engines import Pcm, Utterance
from tts.engines.cloud import stream_pcm

RATE = 24_000


class AzureSpeech:
    """POST /cognitiveservices/v1 with SSML; raw 24 kHz PCM comes back while it is made."""

    voice_key = "azure"

    def __init__(self, settings: Settings) -> None:
        url = settings.azure_speech_url or f"https://{settings.azure_speech_region}.tts.speech.microsoft.com"
        self._http = httpx2.AsyncClient(
            base_url=url,
            headers={
                "ocp-apim-subscription-key": settings.azure_speech_key.get_secret_value(),
                "x-microsoft-outputformat": "raw-24khz-16bit-mono-pcm",
                "content-type": "application/ssml+xml",
                "user-agent": "VoiceBlock",
            },
            timeout=httpx2.Timeout(settings.tts_first_audio_s, read=settings.tts_max_stall_s),
        )

    def speaks(self, language: str) -> bool:  # noqa: ARG002 (the voice decides)
        return True

    def voices(self) -> list[Voice]:
        return []

    async def speak(self, utterance: Utterance) -> Pcm:
        locale, voice = quoteattr(utterance.locale), quoteattr(utterance.voice or "en-US-JennyNeural")
        rate = f"{round((utterance.speed - 1) * 100):+d}%"
        ssml = (
            f'<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang={locale}>'
            f'<voice name={voice}><prosody rate="{rate}">{escape(utterance.text)}</prosody></voice></speak>'
        )
        request = self._http.build_request("POST", "/cognitiveservices/v1", content=ssml.encode())
        return await stream_pcm(self._http, "Azure", RATE, request)

    async def aclose(self) -> None:
        await self._http.aclose()
