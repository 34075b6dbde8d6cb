"""From an address or a file to a transcript."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from mesh import audio, logs
from mesh.engines import Engines
from mesh.errors import ApiError, BadInput, NoEngine
from mesh.fetch import fetch
from mesh.settings import load_config
from mesh.upload import Upload
from mesh.wire.lang import Languages
from mesh.wire.stt import SttReply
from stt import decoding
from stt.config import Settings
from stt.engines import RATE, Transcriber
from stt.workers import Workers

TEST_URL = "test.mp3"
log = logs.get("transcription")
_MULAW_KINDS = {"audio/basic", "audio/pcmu", "audio/x-mulaw", "audio/ulaw"}
_MULAW_NAMES = {".ulaw", ".mulaw", ".ul", ".pcmu"}


class Transcription:
    """Fetches, decodes, picks the engine."""

    def __init__(self, settings: Settings, engines: Engines[Transcriber], decoders: Workers) -> None:
        self._settings, self._engines, self._decoders = settings, engines, decoders

    async def warm_up(self) -> None:
        """Load the model of the first engine, by transcribing a moment of silence."""
        import numpy as np

        try:
            await self._engines.run(lambda engine: engine.transcribe(np.zeros(RATE, np.int16), None))
        except ApiError as error:
            log.warning("not warmed up", error=error.message)

    async def of_url(self, url: str, language: str | None, expected: str | None = None) -> SttReply:
        """Transcript of the file at a public http(s) address. Raises BadInput, EngineError, Busy."""
        if self._settings.is_dev and url == TEST_URL:
            known = load_config("languages.yaml", Languages).get(language or "en")
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
        return await self.of_file(Upload(data, PurePosixPath(urlsplit(url).path).name, ""), language, expected)

    async def of_file(self, upload: Upload, language: str | None, expected: str | None = None) -> SttReply:
        """Transcript of an audio file. Raises BadInput, EngineError, Busy."""
        pcm = await self._decoders.run(lambda: self._decode(upload))
        spoken = language or expected
        try:
            engine, transcript = await self._engines.run(
                lambda engine: engine.transcribe(pcm, language),
                can=lambda engine: spoken is None or engine.understands(spoken),
            )
        except NoEngine as error:
            raise NoEngine(
                "language_not_supported" if spoken else "no_engine",
                f"No speech engine here understands {spoken or 'this audio'!r}. Run ./start_all.sh models to fetch "
                "Whisper, or set STT_BASE_URL to an OpenAI-compatible server.",
            ) from error
        return SttReply(
            text=transcript.text,
            language=transcript.language or language or "",
            duration_s=round(len(pcm) / RATE, 2),
            engine=engine,
            segments=transcript.segments,
        )

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
