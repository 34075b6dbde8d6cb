"""Whisper on CTranslate2, on the CPU or a GPU (https://github.com/SYSTRAN/faster-whisper)."""

from pathlib import Path
from typing import Any

from mesh.audio import Pcm
from mesh.errors import NoEngine
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.engines import Transcript
from stt.models import ModelCache, find_model
from stt.workers import Workers


class FasterWhisper:
    """Models from models/whisper/<name>/; int8 on a CPU, float16 on a GPU."""

    def __init__(self, settings: Settings, workers: Workers) -> None:
        self._settings, self._workers = settings, workers
        self._models: ModelCache[Any] = ModelCache(settings.max_models, self._load)

    def understands(self, language: str) -> bool:
        from faster_whisper.tokenizer import _LANGUAGE_CODES

        return language in _LANGUAGE_CODES

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        return await self._workers.run(lambda: self._transcribe(audio, language))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (the library is untyped)
        import ctranslate2
        from faster_whisper import WhisperModel

        gpu = ctranslate2.get_cuda_device_count() > 0
        return WhisperModel(str(path), device="cuda" if gpu else "cpu", compute_type="float16" if gpu else "int8")

    def _transcribe(self, audio: Pcm, language: str | None) -> Transcript:
        import numpy as np

        path = find_model(self._settings.models_dir / "whisper", "*/model.bin", self._settings.stt_model)
        model = self._models.get(path)
        if language and language not in model.supported_languages:
            raise NoEngine("language_not_supported", f"The Whisper model {path.name} is for English only.")
        # Without the previous text as a prompt, and with VAD: both stop Whisper's loops on silence.
        pieces, info = model.transcribe(
            audio.astype(np.float32) / 32768.0,
            language=language,
            beam_size=1,
            vad_filter=True,
            condition_on_previous_text=False,
        )
        segments = [Segment(start_s=round(p.start, 2), end_s=round(p.end, 2), text=p.text.strip()) for p in pieces]
        return Transcript(" ".join(s.text for s in segments), info.language, segments)
