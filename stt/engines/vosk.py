"""Vosk (https://alphacephei.com/vosk/): small streaming models, one per language; `pip install vosk` first."""

from pathlib import Path
from typing import Any

import orjson

from mesh.audio import Pcm
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.engines import RATE, Transcript
from stt.models import ModelCache
from stt.workers import Workers

BLOCK = RATE  # samples fed at a time: one second


class VoskTranscriber:
    """Models from models/vosk/<language>/, as unpacked from their zip."""

    def __init__(self, settings: Settings, workers: Workers) -> None:
        self._folder, self._workers = settings.models_dir / "vosk", workers
        self._models: ModelCache[Any] = ModelCache(settings.max_models, self._load)

    def understands(self, language: str) -> bool:
        return (self._folder / language).is_dir()

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        chosen = language or min(path.name for path in self._folder.iterdir() if path.is_dir())
        return await self._workers.run(lambda: self._transcribe(audio, chosen))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (the library is untyped)
        import vosk

        vosk.SetLogLevel(-1)
        return vosk.Model(str(path))

    def _transcribe(self, audio: Pcm, language: str) -> Transcript:
        import vosk

        recogniser = vosk.KaldiRecognizer(self._models.get(self._folder / language), RATE)
        recogniser.SetWords(True)
        blocks = (audio[start : start + BLOCK].tobytes() for start in range(0, len(audio), BLOCK))
        results = [orjson.loads(recogniser.Result()) for block in blocks if recogniser.AcceptWaveform(block)]
        results.append(orjson.loads(recogniser.FinalResult()))
        segments = [
            Segment(start_s=r["result"][0]["start"], end_s=r["result"][-1]["end"], text=r["text"])
            for r in results
            if r.get("result")
        ]
        return Transcript(" ".join(s.text for s in segments), language, segments)
