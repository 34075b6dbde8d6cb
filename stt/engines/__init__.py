"""The engines of stt: one file each, behind `Transcriber`; `specs` says which can run here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from mesh.audio import Pcm
from mesh.engines import Spec, lazy, no_package
from mesh.errors import NoEngine
from mesh.wire.stt import Segment, Word
from stt.config import Settings
from stt.workers import Workers

RATE = 16_000
WARMED = ("faster-whisper", "openai-whisper", "vosk")
"""Engines whose model is loaded at the start, not at the first request."""
WEAK = "English only, about half the words; ./start_all.sh models fetches a good one"
AUTO = ("openai", "google", "faster-whisper", "openai-whisper", "vosk", "pocketsphinx")


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of some audio. `language` None: the engine finds out; `model` empty: that of the settings."""

    language: str | None = None
    model: str = ""
    translate: bool = False
    """Into English."""
    words: Literal["", "wished", "needed"] = ""
    """Whether segments should, or have to, come with their words."""
    prompt: str = ""
    """What was said before, or how things are spelled; engines that take no hints do not look at it."""
    temperature: float = 0.0
    """0: the engine's own."""
    live: bool = False
    """Somebody reads along: the sooner `heard` is told, the better, be it without times."""
    heard: Callable[[Segment], None] = lambda _: None
    """Told of each segment by engines that make one after the other, on any thread. It raises when nobody listens."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an engine heard, in its language, or in English where that was asked for."""

    text: str
    language: str
    segments: list[Segment] = field(default_factory=list)


class Transcriber(Protocol):
    """An engine. Made cheaply; a model is loaded at its first use, on a worker's thread."""

    name: ClassVar[str]

    def models(self) -> Sequence[str]:
        """Models that a Job may name, from all that are here now."""
        ...

    def understands(self, language: str) -> bool:
        """Whether audio in this language can be transcribed."""
        ...

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        """Text of 16-bit mono PCM at RATE. Raises EngineError (NoEngine: it does not do this kind of job), Busy."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


def segment_of(words: list[Word], *, timed: bool) -> Segment:
    """Words, of which there is one at least, as a segment; with their times where they are wanted."""
    text = " ".join(word.text for word in words)
    return Segment(start_s=words[0].start_s, end_s=words[-1].end_s, text=text, words=words if timed else None)


def cannot_translate(why: str) -> NoEngine:
    """An engine hears, but does not translate."""
    return NoEngine(
        "cannot_translate",
        f"{why} ./start_all.sh models fetches a Whisper model that does; or set STT_BASE_URL to a server that has "
        "/audio/translations.",
    )


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
