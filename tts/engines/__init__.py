"""The engines of tts: one file each, behind `Synthesizer`; `specs` says which can run here."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from mesh.engines import Spec
from mesh.wire.tts import Voice
from pydantic import SecretStr

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
            lambda: "" if settings.tts_base_url else _no_key(settings.openai_api_key, "TTS_BASE_URL"),
            _lazy("openai", "OpenAISpeech", settings),
        ),
        "elevenlabs": Spec(
            lambda: _no_key(settings.elevenlabs_api_key, "ELEVENLABS_API_KEY"),
            _lazy("elevenlabs", "ElevenLabs", settings),
        ),
        "azure": Spec(
            lambda: _no_key(settings.azure_speech_key, "AZURE_SPEECH_KEY"), _lazy("azure", "AzureSpeech", settings)
        ),
        "google": Spec(
            lambda: _no_key(settings.google_api_key, "GOOGLE_API_KEY"), _lazy("google", "GoogleSpeech", settings)
        ),
        "piper": Spec(
            lambda: (
                "install tts/requirements-piper.txt"
                if not find_spec("piper")
                else ("" if any((settings.models_dir / "piper").glob("*.onnx")) else "no voice in models/piper")
            ),
            _lazy("piper", "Piper", settings),
        ),
        "espeak": Spec(
            lambda: "" if find_spec("espeakng_loader") else "the package espeakng-loader is not installed",
            _lazy("espeak", "Espeak"),
        ),
        "gtts": Spec(
            lambda: "" if find_spec("gtts") else "install tts/requirements-gtts.txt", _lazy("gtts", "GoogleTranslate")
        ),
    }


def _lazy(module: str, name: str, *arguments: object) -> Callable[[], Synthesizer]:
    def load() -> Synthesizer:
        engine: Synthesizer = getattr(import_module(f"tts.engines.{module}"), name)(*arguments)
        return engine

    return load


def _no_key(key: SecretStr, setting: str) -> str:
    return "" if key.get_secret_value() else f"{setting} is not set"
