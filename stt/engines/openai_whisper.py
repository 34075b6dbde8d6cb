"""OpenAI's own Whisper on PyTorch (https://github.com/openai/whisper); `pip install torch openai-whisper` first."""

from pathlib import Path
from typing import Any

from mesh.audio import Pcm
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.engines import Transcript
from stt.models import ModelCache, find_model
from stt.workers import Workers


class OpenAIWhisper:
    """Checkpoints from models/whisper/<name>.pt."""

    def __init__(self, settings: Settings, workers: Workers) -> None:
        self._settings, self._workers = settings, workers
        self._models: ModelCache[Any] = ModelCache(settings.max_models, self._load)

    def understands(self, language: str) -> bool:
        from whisper.tokenizer import LANGUAGES

        return language in LANGUAGES

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        return await self._workers.run(lambda: self._transcribe(audio, language))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (the library is untyped)
        import whisper

        return whisper.load_model(str(path))

    def _transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        import numpy as np

        path = find_model(self._settings.models_dir / "whisper", "*.pt", self._settings.stt_model)
        model = self._models.get(path)
        result = model.transcribe(
            audio.astype(np.float32) / 32768.0,
            language=language,
            fp16=model.device.type == "cuda",
            condition_on_previous_text=False,
        )
        segments = [
            Segment(start_s=round(s["start"], 2), end_s=round(s["end"], 2), text=s["text"].strip())
            for s in result["segments"]
        ]
        return Transcript(result["text"].strip(), result["language"], segments)
