"""Piper (https://github.com/OHF-Voice/piper1-gpl): neural voices on a CPU, from models/piper/<voice>.onnx."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mesh.errors import NoEngine
from mesh.wire.tts import Voice
from tts.config import Settings
from tts.engines import Pcm, Utterance

KEPT = 3  # voices kept in memory, some 60 MB each


class Piper:
    """A voice speaks sentence by sentence, on one thread: a sentence already uses every core."""

    voice_key = "piper"

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.models_dir / "piper"
        self._thread = ThreadPoolExecutor(1, "piper")
        self._loaded: dict[Path, Any] = {}

    def speaks(self, language: str) -> bool:
        return any(voice.language.startswith(language) for voice in self.voices())

    def voices(self) -> list[Voice]:
        files = sorted(self._folder.glob("*.onnx"))
        return [Voice(name=file.stem, language=file.stem.split("-")[0].replace("_", "-").lower()) for file in files]

    async def speak(self, utterance: Utterance) -> Pcm:
        path = self._find(utterance)
        loop = asyncio.get_running_loop()
        voice = await loop.run_in_executor(self._thread, self._load, path)
        return Pcm(voice.config.sample_rate, self._pieces(voice, utterance))

    async def aclose(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _pieces(self, voice: Any, utterance: Utterance) -> AsyncIterator[bytes]:  # noqa: ANN401 (untyped library)
        from piper import SynthesisConfig

        config = SynthesisConfig(length_scale=1.0 / utterance.speed)
        chunks = voice.synthesize(utterance.text, config)
        loop = asyncio.get_running_loop()
        while (piece := await loop.run_in_executor(self._thread, _next_piece, chunks)) is not None:
            yield piece

    def _find(self, utterance: Utterance) -> Path:
        names = [voice.name for voice in self.voices() if voice.language.startswith(utterance.language)]
        chosen = self._folder / f"{utterance.voice}.onnx"
        if utterance.voice and chosen.parent == self._folder and chosen.exists():
            return chosen
        if not names:
            raise NoEngine("unknown_voice", f"Piper has no voice for {utterance.language!r}.")
        return self._folder / f"{names[0]}.onnx"

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (untyped library)
        from piper import PiperVoice

        if path not in self._loaded:
            while len(self._loaded) >= KEPT:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[path] = PiperVoice.load(path)
        return self._loaded[path]


def _next_piece(chunks: Iterator[Any]) -> bytes | None:
    chunk = next(chunks, None)
    return None if chunk is None else bytes(chunk.audio_int16_bytes)
