"""From an address or a file to a transcript."""

import threading
import time
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from mesh import audio, logs
from mesh.engines import Engines
from mesh.errors import ApiError, BadInput, EngineError, NoEngine
from mesh.fetch import fetch
from mesh.settings import load_config
from mesh.upload import Upload
from mesh.wire.lang import Languages
from mesh.wire.models import ModelCard
from mesh.wire.stt import Segment, SttReply, SttRequest
from stt import decoding
from stt.config import Settings
from stt.engines import RATE, Job, Transcriber, Transcript
from stt.live import Told
from stt.workers import Workers

TEST_URL = "test.mp3"
IN_USE = "whisper-1"
"""The model that every client of OpenAI's API names: here, whichever is in use."""
log = logs.get("transcription")
_MULAW_KINDS = {"audio/basic", "audio/pcmu", "audio/x-mulaw", "audio/ulaw"}
_MULAW_NAMES = {".ulaw", ".mulaw", ".ul", ".pcmu"}


class Transcription:
    """Fetches, decodes, picks the engine."""

    def __init__(self, settings: Settings, engines: Engines[Transcriber], decoders: Workers) -> None:
        self._settings, self._engines, self._decoders = settings, engines, decoders
        self._began = int(time.time())

    async def warm_up(self) -> None:
        """Load the model of the first engine, by transcribing a moment of silence."""
        import numpy as np

        try:
            await self._engines.run(lambda engine: engine.transcribe(np.zeros(RATE, np.int16), Job()))
        except ApiError as error:
            log.warning("not warmed up", error=error.message)

    async def of_url(self, request: SttRequest) -> SttReply:
        """Transcript of the file at a public http(s) address. Raises BadInput, EngineError, Busy."""
        url = request.audio_url
        if self._settings.is_dev and url == TEST_URL:
            known = load_config("languages.yaml", Languages).get(request.language or "en")
            return SttReply(text=known.templates["test_phrase"], language=known.code, duration_s=2.0, engine="dev")
        if url == TEST_URL:
            raise BadInput(
                "dev_mode_only", f'"{TEST_URL}" is Dev Mode\'s (IS_DEV=true); give a public URL of an audio file.'
            )
        data = await fetch(
            url,
            max_bytes=int(self._settings.max_body_mb * 1024 * 1024),
            deadline_s=self._settings.stt_fetch_deadline_s,
            allowed_hosts=self._settings.fetch_allowed_hosts,
        )
        upload = Upload(data, PurePosixPath(urlsplit(url).path).name, "")
        job = Job(request.language, words="wished" if request.words else "")
        return await self.of_file(upload, job, request.expected_language)

    async def of_file(self, upload: Upload, job: Job, expected: str | None = None) -> SttReply:
        """Transcript of an audio file. Raises BadInput, EngineError, Busy."""
        pcm = await self.decode(upload)
        engine, transcript = await self.hear(pcm, job, expected)
        return SttReply(
            text=transcript.text,
            language=transcript.language or job.language or "",
            duration_s=round(len(pcm) / RATE, 2),
            engine=engine,
            segments=transcript.segments,
        )

    async def decode(self, upload: Upload) -> audio.Pcm:
        """The audio of a file. Raises BadInput, Busy."""
        return await self._decoders.run(lambda: self._decode(upload))

    async def models(self) -> dict[str, ModelCard]:
        """What a Job may name as its model: those of the engines that can run here, and the engines themselves."""
        owners: dict[str, str] = {}
        for name in self._engines.chain():
            try:
                engine = await self._engines.get(name)
            except EngineError:
                continue
            for model in (IN_USE, *engine.models(), name):
                owners.setdefault(model, name)
        return {m: ModelCard(id=m, created=self._began, owned_by=owner) for m, owner in owners.items()}

    def weak(self, engine: str) -> str:
        """What is wanting of an engine's transcripts, and the remedy."""
        return self._engines.weak(engine)

    async def hear(
        self, pcm: audio.Pcm, job: Job, expected: str | None = None, told: Told | None = None
    ) -> tuple[str, Transcript]:
        """The engine, and what it heard. `told`, if given, is told of each segment once, on any thread.

        Cancelled, an engine that works segment by segment stops at the next. Once `told` knows of one, no other engine
        takes over. Raises BadInput, EngineError, NoEngine, Busy.
        """
        spoken, model = job.language or expected, "" if job.model == IN_USE else job.model
        owner = (await self.models()).get(model) if model else None
        if model and owner is None:
            message = f"The model {model!r} does not exist; GET /v1/models lists those that do."
            raise BadInput("model_not_found", message, 404, param="model")
        one = _Hearing(self._engines, pcm, job, told)

        def can(engine: Transcriber) -> bool:
            named = not owner or owner.owned_by == engine.name
            return named and (spoken is None or engine.understands(spoken))

        try:
            return await self._engines.run(one.by, can=can)
        except NoEngine as error:
            if error.code not in ("no_engine", "language_not_supported"):
                raise
            raise NoEngine(
                "language_not_supported" if spoken else "no_engine",
                f"No speech engine here understands {spoken or 'this audio'!r}. Run ./start_all.sh models to fetch "
                "Whisper, or set STT_BASE_URL to an OpenAI-compatible server.",
            ) from error
        finally:
            one.over.set()

    def _decode(self, upload: Upload) -> audio.Pcm:
        raw = upload.kind in _MULAW_KINDS or PurePosixPath(upload.name).suffix.lower() in _MULAW_NAMES
        if raw and not upload.data.startswith((b".snd", b"RIFF")):
            if len(upload.data) > self._settings.stt_max_audio_s * 8000:
                raise BadInput("too_long", f"The audio is longer than {self._settings.stt_max_audio_s:g} s.", 413)
            return audio.decode_mulaw(upload.data, RATE)
        settings = self._settings
        return decoding.decode(
            upload.data, RATE, max_s=settings.stt_max_audio_s, deadline_s=settings.stt_decode_deadline_s
        )


class _NobodyListens(Exception):
    """Ends an engine's work on its thread."""


class _Hearing:
    """One job, by the engine that is tried first, or by the next."""

    def __init__(self, engines: Engines[Transcriber], pcm: audio.Pcm, job: Job, told: Told | None) -> None:
        self._engines, self._pcm, self._told = engines, pcm, told
        self._job = job
        self._began = False
        self.over = threading.Event()

    async def by(self, engine: Transcriber) -> Transcript:
        """What it hears. Raises EngineError; ApiError where it broke off in the middle of what somebody has read."""
        model = self._job.model
        if model and model not in engine.models():  # an engine's own name, or that of whichever is in use
            model = ""
        job = replace(self._job, model=model, heard=lambda segment: self._heard(engine, segment))
        try:
            transcript = await engine.transcribe(self._pcm, job)
        except Exception as error:
            if not self._began:
                raise
            self._engines.broke_off(engine.name, error)
            raise ApiError(502, "engine_failed", "The transcription broke off.") from error
        if job.words == "needed" and any(s.words is None for s in _whole(transcript, self._pcm)):
            raise NoEngine("no_words", f"The engine {engine.name} does not give the times of words.")
        if not self._began:
            for segment in _whole(transcript, self._pcm):
                self._heard(engine, segment)
        return transcript

    def _heard(self, engine: Transcriber, segment: Segment) -> None:
        if self.over.is_set():
            raise _NobodyListens
        if self._told is not None:
            self._began = True
            self._told(engine.name, segment)


def _whole(transcript: Transcript, pcm: audio.Pcm) -> list[Segment]:
    """The segments; of a text that has none, one for all of it."""
    if transcript.segments or not transcript.text:
        return transcript.segments
    return [Segment(start_s=0.0, end_s=round(len(pcm) / RATE, 2), text=transcript.text)]
