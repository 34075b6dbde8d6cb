"""The engines of tts: one file each, behind `Synthesizer`; `specs` says which can run here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from mesh.engines import Spec, lazy, no_package
from mesh.wire.tts import Voice
from tts.config import Settings

AUTO = ("openai", "elevenlabs", "azure", "google", "piper", "espeak")


@dataclass(frozen=True, slots=True)
class Utterance:
    """What to say and how. `voice` empty: the engine's default for the language. `speed` 1.0 is normal."""

    text: str
    language: str
    locale: str
    voice: str
    speed: float
    instructions: str = ""
    """How to speak, in words; engines that take none do not look at it."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """16-bit mono little-endian PCM as it arrives; pieces are of any length, even an odd number of bytes."""

    rate: int
    pieces: AsyncIterator[bytes]


class Synthesizer(Protocol):
    """An engine."""

    voice_key: str
    """Name under which config/languages.yaml lists this engine's voice of a language."""

    def speaks(self, language: str) -> bool:
        """Whether there is a voice for this language."""
        ...

    def voices(self) -> list[Voice]:
        """The voices that are known without asking a cloud."""
        ...

    async def speak(self, utterance: Utterance) -> Pcm:
        """Begin to speak. Raises EngineError, also while the pieces are read."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and threads."""
        ...


def specs(settings: Settings) -> dict[str, Spec[Synthesizer]]:
    """Every engine by name; none is imported before it is chosen."""
    return {
        "openai": Spec(
            lambda: _no_remote(settings),
            lazy("tts.engines.openai", "OpenAISpeech", settings),
        ),
        "elevenlabs": Spec(
            lambda: _no_key(settings.elevenlabs_api_key, "ELEVENLABS_API_KEY"),
            lazy("tts.engines.elevenlabs", "ElevenLabs", settings),
        ),
        "azure": Spec(
            lambda: _no_key(settings.azure_speech_key, "AZURE_SPEECH_KEY"),
            lazy("tts.engines.azure", "AzureSpeech", settings),
        ),
        "google": Spec(
            lambda: _no_key(settings.google_api_key, "GOOGLE_API_KEY"),
            lazy("tts.engines.google", "GoogleSpeech", settings),
        ),
        "piper": Spec(
            lambda: no_package("piper", "install tts/requirements-piper.txt") or _no_voice(settings),
            lazy("tts.engines.piper", "Piper", settings),
        ),
        "espeak": Spec(lambda: no_package("espeakng_loader"), lazy("tts.engines.espeak", "Espeak")),
        "gtts": Spec(
            lambda: no_package("gtts", "install tts/requirements-gtts.txt"),
            lazy("tts.engines.gtts", "GoogleTranslate"),
        ),
    }


def _no_remote(settings: Settings) -> str:
    if settings.tts_base_url or settings.openai_api_key.get_secret_value():
        return ""
    return "neither TTS_BASE_URL nor OPENAI_API_KEY is set"


def _no_key(key: SecretStr, setting: str) -> str:
    return "" if key.get_secret_value() else f"{setting} is not set"


def _no_voice(settings: Settings) -> str:
    return "" if any((settings.models_dir / "piper").glob("*.onnx")) else "no voice in models/piper"
