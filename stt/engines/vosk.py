"""Vosk (https://alphacephei.com/vosk/): small streaming models, one per language; `pip install vosk` first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import orjson

from mesh.audio import Pcm
from mesh.wire.stt import Word
from stt.config import Settings
from stt.engines import RATE, Job, Transcript, cannot_translate, segment_of
from stt.models import ModelCache
from stt.workers import Workers

BLOCK = RATE  # samples fed at a time: one second


class VoskTranscriber:
    """Models from models/vosk/<language>/, as unpacked from their zip."""

    name: ClassVar[str] = "vosk"

    def __init__(self, settings: Settings, workers: Workers) -> None:
        self._folder, self._workers = settings.models_dir / "vosk", workers
        self._models: ModelCache[Any] = ModelCache(settings.max_models, self._load)

    def understands(self, language: str) -> bool:
        return (self._folder / language).is_dir()

    def models(self) -> tuple[str, ...]:
        return ()  # one for each language, which is what they are chosen by

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        if job.translate:
            raise cannot_translate("Vosk does not translate.")
        chosen = job.language or min(path.name for path in self._folder.iterdir() if path.is_dir())
        return await self._workers.run(lambda: self._transcribe(audio, chosen, job))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (the library is untyped)
        import vosk

        vosk.SetLogLevel(-1)
        return vosk.Model(str(path))

    def _transcribe(self, audio: Pcm, language: str, job: Job) -> Transcript:
        import vosk

        recogniser = vosk.KaldiRecognizer(self._models.get(self._folder / language), RATE)
        recogniser.SetWords(True)
        segments = []
        for result in _results(recogniser, audio):
            words = [Word(text=w["word"], start_s=w["start"], end_s=w["end"]) for w in result.get("result", ())]
            if words:
                segments.append(segment_of(words, timed=bool(job.words)))
                job.heard(segments[-1])
        return Transcript(" ".join(s.text for s in segments), language, segments)


def _results(recogniser: Any, audio: Pcm) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (the library is untyped)
    """What was said between two silences, as soon as the second has come."""
    for start in range(0, len(audio), BLOCK):
        if recogniser.AcceptWaveform(audio[start : start + BLOCK].tobytes()):
            yield orjson.loads(recogniser.Result())
    yield orjson.loads(recogniser.FinalResult())
