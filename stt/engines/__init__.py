"""The engines of stt: one file each, behind `Transcriber`; `specs` says which can run here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mesh.audio import Pcm
from mesh.engines import Spec, lazy, no_package
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.workers import Workers

RATE = 16_000
WARMED = ("faster-whisper", "openai-whisper", "vosk")
"""Engines whose model is loaded at the start, not at the first request."""
WEAK = "English only, about half the words; ./start_all.sh models fetches a good one"
AUTO = ("openai", "google", "faster-whisper", "openai-whisper", "vosk", "pocketsphinx")


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an engine heard."""

    text: str
    language: str
    segments: list[Segment] = field(default_factory=list)


class Transcriber(Protocol):
    """An engine. Made cheaply; a model is loaded at its first use, on a worker's thread."""

    def understands(self, language: str) -> bool:
        """Whether audio in this language can be transcribed."""
        ...

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        """Text of 16-bit mono PCM at RATE. Raises EngineError, Busy."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


def specs(settings: Settings, workers: Workers) -> dict[str, Spec[Transcriber]]:
    """Every engine by name. None is imported before it is chosen: they are heavy, and some crash at import."""
    return {
        "openai": Spec(lambda: _no_remote(settings), lazy("stt.engines.remote", "OpenAITranscriber", settings)),
        "google": Spec(
            lambda: "" if settings.google_api_key.get_secret_value() else "GOOGLE_API_KEY is not set",
            lazy("stt.engines.google", "GoogleTranscriber", settings),
        ),
        "faster-whisper": Spec(
            lambda: no_package("faster_whisper") or _no_model(settings.models_dir / "whisper", "*/model.bin"),
            lazy("stt.engines.faster_whisper", "FasterWhisper", settings, workers),
        ),
        "openai-whisper": Spec(
            lambda: no_package("whisper") or _no_model(settings.models_dir / "whisper", "*.pt"),
            lazy("stt.engines.openai_whisper", "OpenAIWhisper", settings, workers),
        ),
        "vosk": Spec(
            lambda: no_package("vosk") or _no_model(settings.models_dir / "vosk", "*/am/final.mdl"),
            lazy("stt.engines.vosk", "VoskTranscriber", settings, workers),
        ),
        "pocketsphinx": Spec(
            lambda: no_package("pocketsphinx"),
            lazy("stt.engines.pocketsphinx", "PocketSphinx", settings, workers),
            weak=WEAK,
        ),
    }


def _no_remote(settings: Settings) -> str:
    if settings.stt_base_url or settings.openai_api_key.get_secret_value():
        return ""
    return "neither STT_BASE_URL nor OPENAI_API_KEY is set"


def _no_model(folder: Path, pattern: str) -> str:
    return "" if any(folder.glob(pattern)) else f"no model in {folder}"
