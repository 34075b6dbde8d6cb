"""Whisper on CTranslate2, on the CPU or a GPU (https://github.com/SYSTRAN/faster-whisper)."""

from pathlib import Path
from typing import Any, ClassVar

from mesh.audio import Pcm
from mesh.errors import NoEngine
from mesh.wire.stt import Segment, Word
from stt.config import Settings
from stt.engines import Job, Transcript, cannot_translate
from stt.models import ModelCache, find_model, models_in
from stt.workers import Workers

PATTERN = "*/model.bin"


class FasterWhisper:
    """Models from models/whisper/<name>/; int8 on a CPU, float16 on a GPU."""

    name: ClassVar[str] = "faster-whisper"

    def __init__(self, settings: Settings, workers: Workers) -> None:
        self._settings, self._workers = settings, workers
        self._models: ModelCache[Any] = ModelCache(settings.max_models, self._load)

    def understands(self, language: str) -> bool:
        from faster_whisper.tokenizer import _LANGUAGE_CODES

        return language in _LANGUAGE_CODES

    def models(self) -> list[str]:
        return list(models_in(self._settings.models_dir / "whisper", PATTERN))

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        return await self._workers.run(lambda: self._transcribe(audio, job))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (the library is untyped)
        import ctranslate2
        from faster_whisper import WhisperModel

        gpu = ctranslate2.get_cuda_device_count() > 0
        return WhisperModel(str(path), device="cuda" if gpu else "cpu", compute_type="float16" if gpu else "int8")

    def _transcribe(self, audio: Pcm, job: Job) -> Transcript:
        import numpy as np

        path = find_model(self._settings.models_dir / "whisper", PATTERN, job.model or self._settings.stt_model)
        model = self._models.get(path)
        if job.language and job.language not in model.supported_languages:
            raise NoEngine("language_not_supported", f"The Whisper model {path.name} is for English only.")
        if job.translate and not model.model.is_multilingual:
            raise cannot_translate(f"The Whisper model {path.name} is for English only.")
        # Without the previous text as a prompt, and with VAD: both stop Whisper's loops on silence.
        pieces, info = model.transcribe(
            audio.astype(np.float32) / 32768.0,
            language=job.language,
            task="translate" if job.translate else "transcribe",
            beam_size=1,
            vad_filter=True,
            condition_on_previous_text=False,
            word_timestamps=bool(job.words),
            initial_prompt=job.prompt or None,
            **({"temperature": job.temperature} if job.temperature else {}),
        )
        segments = []
        for piece in pieces:  # each is decoded when it is asked for
            segments.append(_segment(piece))
            job.heard(segments[-1])
        return Transcript(" ".join(s.text for s in segments if s.text), info.language, segments)


def _segment(piece: Any) -> Segment:  # noqa: ANN401 (the library is untyped)
    words = [Word(text=w.word.strip(), start_s=round(w.start, 2), end_s=round(w.end, 2)) for w in piece.words or ()]
    return Segment(
        start_s=round(piece.start, 2),
        end_s=round(piece.end, 2),
        text=piece.text.strip(),
        words=None if piece.words is None else words,
        avg_logprob=piece.avg_logprob,
        no_speech_prob=piece.no_speech_prob,
    )
