"""OpenAI's own Whisper on PyTorch (https://github.com/openai/whisper); `pip install torch openai-whisper` first."""

from pathlib import Path
from typing import Any, ClassVar

from mesh.audio import Pcm
from mesh.wire.stt import Segment, Word
from stt.config import Settings
from stt.engines import Job, Transcript, cannot_translate
from stt.models import ModelCache, find_model, models_in
from stt.workers import Workers

PATTERN = "*.pt"


class OpenAIWhisper:
    """Checkpoints from models/whisper/<name>.pt."""

    name: ClassVar[str] = "openai-whisper"

    def __init__(self, settings: Settings, workers: Workers) -> None:
        self._settings, self._workers = settings, workers
        self._models: ModelCache[Any] = ModelCache(settings.max_models, self._load)

    def understands(self, language: str) -> bool:
        from whisper.tokenizer import LANGUAGES

        return language in LANGUAGES

    def models(self) -> list[str]:
        return list(models_in(self._settings.models_dir / "whisper", PATTERN))

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        return await self._workers.run(lambda: self._transcribe(audio, job))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _load(self, path: Path) -> Any:  # noqa: ANN401 (the library is untyped)
        import whisper

        return whisper.load_model(str(path))

    def _transcribe(self, audio: Pcm, job: Job) -> Transcript:
        import numpy as np

        path = find_model(self._settings.models_dir / "whisper", PATTERN, job.model or self._settings.stt_model)
        model = self._models.get(path)
        if job.translate and not model.is_multilingual:
            raise cannot_translate(f"The Whisper model {path.name} is for English only.")
        result = model.transcribe(
            audio.astype(np.float32) / 32768.0,
            language=job.language,
            task="translate" if job.translate else "transcribe",
            fp16=model.device.type == "cuda",
            condition_on_previous_text=False,
            word_timestamps=bool(job.words),
            initial_prompt=job.prompt or None,
            **({"temperature": job.temperature} if job.temperature else {}),
        )
        return Transcript(result["text"].strip(), result["language"], [_segment(piece) for piece in result["segments"]])


def _segment(piece: dict[str, Any]) -> Segment:
    words = [
        Word(text=w["word"].strip(), start_s=round(w["start"], 2), end_s=round(w["end"], 2))
        for w in piece.get("words", ())
    ]
    return Segment(
        start_s=round(piece["start"], 2),
        end_s=round(piece["end"], 2),
        text=piece["text"].strip(),
        words=words if "words" in piece else None,
        avg_logprob=piece["avg_logprob"],
        no_speech_prob=piece["no_speech_prob"],
    )
