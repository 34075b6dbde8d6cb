"""PocketSphinx (https://github.com/cmusphinx/pocketsphinx): English, its model in its wheel; weak, but always there."""

import queue
from typing import Any, ClassVar

from mesh.audio import Pcm
from mesh.wire.stt import Word
from stt.config import Settings
from stt.engines import RATE, Job, Transcript, cannot_translate, segment_of
from stt.workers import Workers

FRAME_S = 0.01
PAUSE_S = 0.3  # a silence this long parts two segments


class PocketSphinx:
    """One decoder for each worker: they keep state and are not thread-safe."""

    name: ClassVar[str] = "pocketsphinx"

    def __init__(self, _settings: Settings, workers: Workers) -> None:
        self._workers = workers
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()

    def understands(self, language: str) -> bool:
        return language == "en"

    def models(self) -> tuple[str, ...]:
        return ()

    async def transcribe(self, audio: Pcm, job: Job) -> Transcript:
        if job.translate:
            raise cannot_translate("PocketSphinx does not translate.")
        return await self._workers.run(lambda: self._transcribe(audio, job))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _transcribe(self, audio: Pcm, job: Job) -> Transcript:
        import pocketsphinx

        try:
            decoder = self._idle.get_nowait()
        except queue.Empty:
            decoder = pocketsphinx.Decoder(samprate=RATE, loglevel="FATAL")
        try:
            decoder.start_utt()
            decoder.process_raw(audio.tobytes(), full_utt=True)
            decoder.end_utt()
            segments = [segment_of(words, timed=bool(job.words)) for words in _utterances(decoder.seg() or [])]
        finally:
            self._idle.put(decoder)
        return Transcript(" ".join(s.text for s in segments), "en", segments)


def _utterances(words: Any) -> list[list[Word]]:  # noqa: ANN401 (the library is untyped)
    """Words, parted by pauses. Marks like <s>, <sil> and [NOISE] are not words; "read(2)" is "read"."""
    found: list[list[Word]] = []
    for word in words:
        if word.word[0] in "<[":
            continue
        start, end = round(word.start_frame * FRAME_S, 2), round((word.end_frame + 1) * FRAME_S, 2)
        if not found or start - found[-1][-1].end_s >= PAUSE_S:
            found.append([])
        found[-1].append(Word(text=word.word.split("(", 1)[0], start_s=start, end_s=end))
    return found
