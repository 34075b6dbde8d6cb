"""PocketSphinx (https://github.com/cmusphinx/pocketsphinx): English, its model in its wheel; weak, but always there."""

import queue
from typing import Any

from mesh.audio import Pcm
from mesh.wire.stt import Segment
from stt.config import Settings
from stt.engines import RATE, Transcript
from stt.workers import Workers

FRAME_S = 0.01
PAUSE_S = 0.3  # a silence this long parts two segments


class PocketSphinx:
    """One decoder for each worker: they keep state and are not thread-safe."""

    def __init__(self, _settings: Settings, workers: Workers) -> None:
        self._workers = workers
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()

    def understands(self, language: str) -> bool:
        return language == "en"

    async def transcribe(self, audio: Pcm, language: str | None) -> Transcript:  # noqa: ARG002 (English only)
        return await self._workers.run(lambda: self._transcribe(audio))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _transcribe(self, audio: Pcm) -> Transcript:
        import pocketsphinx

        try:
            decoder = self._idle.get_nowait()
        except queue.Empty:
            decoder = pocketsphinx.Decoder(samprate=RATE, loglevel="FATAL")
        try:
            decoder.start_utt()
            decoder.process_raw(audio.tobytes(), full_utt=True)
            decoder.end_utt()
            segments = _segments(decoder.seg() or [])
        finally:
            self._idle.put(decoder)
        return Transcript(" ".join(s.text for s in segments), "en", segments)


def _segments(words: Any) -> list[Segment]:  # noqa: ANN401 (the library is untyped)
    """Words between pauses, joined. Marks like <s>, <sil> and [NOISE] are not words; "read(2)" is "read"."""
    segments: list[Segment] = []
    for word in words:
        if word.word[0] in "<[":
            continue
        text = word.word.split("(", 1)[0]
        start, end = word.start_frame * FRAME_S, (word.end_frame + 1) * FRAME_S
        if segments and start - segments[-1].end_s < PAUSE_S:
            last = segments[-1]
            segments[-1] = Segment(start_s=last.start_s, end_s=round(end, 2), text=f"{last.text} {text}")
        else:
            segments.append(Segment(start_s=round(start, 2), end_s=round(end, 2), text=text))
    return segments
