"""What comes in of one call: its audio, the voice in it, and its transcripts."""

import asyncio
from collections.abc import Callable

from gateway.realtime.hearing import KEEP_MS, Hearing, Pace, Transcript
from gateway.realtime.sound import PCMU
from gateway.realtime.talk import Talk
from gateway.turns.speech import FRAME_MS
from gateway.turns.taker import TurnTaker
from gateway.vad import NARROW, SILENCE_DB, WIDE, Vad
from mesh.errors import PeerError

PREFIX_MS = 400
"""Audio before the first voiced frame that belongs to the turn: weak first sounds are no voice to the VAD."""
PATIENCE = {"low": 2.0, "auto": 1.0, "medium": 1.0, "high": 0.7}
"""By the eagerness of semantic_vad: how much longer than usual a caller may go on."""
STALLED_S = 0.4
"""Audio that stops coming in the middle of a turn is silence."""


class Ears:
    """One call's. `frame` is told of each frame of 32 ms that was judged, with the probability of a voice in it."""

    def __init__(
        self,
        talk: Talk,
        vad: Vad,
        pace: Pace,
        *,
        frame: Callable[[float], None],
        transcribed: Callable[[Transcript], None],
        failed: Callable[[PeerError], None],
    ) -> None:
        self._talk, self._frame = talk, frame
        narrow = talk.config.sound_in is PCMU
        self.hearing = Hearing(
            talk.house.peers.stt,
            pace,
            narrow=narrow,
            transcribed=transcribed,
            failed=failed,
            deadline_s=talk.house.settings.stt_deadline_s,
            expected=lambda: talk.session.language,
        )
        self.taker = TurnTaker(talk.question)
        self._stream = vad.open(NARROW if narrow else WIDE, self._on_frame)
        self._silence = b"\xff" * NARROW if narrow else bytes(WIDE)
        self.audio_at = talk.clock()
        """When audio came last."""
        self.configure()

    def configure(self) -> None:
        """Take over the turn detection that the client has set."""
        detection, speech = self._talk.config.detection, self.taker.speech
        fixed = detection if detection is not None and detection.type == "server_vad" else None
        speech.threshold = fixed.threshold if fixed else 0.5
        speech.now_ms = max(speech.now_ms, int(self.hearing.received_ms))
        self.taker.fixed_ms = fixed.silence_duration_ms if fixed else None
        self.taker.patience = PATIENCE[detection.eagerness] if detection is not None else 1.0
        self._prefix_ms = fixed.prefix_padding_ms if fixed else PREFIX_MS
        self.hearing.keep_ms = max(KEEP_MS, self._prefix_ms + KEEP_MS // 2)

    def feed(self, data: bytes) -> None:
        """Audio of the caller, as it comes."""
        self.hearing.add(data)
        self.audio_at = self._talk.clock()
        if self._talk.config.detection is not None:
            self._stream.feed(data)

    def tick(self, now: float) -> None:
        """A tenth of a second has passed."""
        if self.taker.open and now - self.audio_at >= STALLED_S and not self._stream.pending:
            for _ in range(100 // FRAME_MS):
                self.hearing.add(self._silence)
                self._on_frame(0.0, SILENCE_DB)

    def transcribe(self) -> None:
        """Have all of the turn so far transcribed."""
        speech = self.taker.speech
        self.hearing.transcribe(speech.began_ms - self._prefix_ms, speech.now_ms)

    def commit(self) -> None:
        """Have all audio transcribed, and let go of it."""
        self.hearing.transcribe(0, int(self.hearing.received_ms))
        self.hearing.clear()

    def end_turn(self) -> None:
        """The turn is over, or was none."""
        self.taker.end()
        self.hearing.drop()

    async def settled(self) -> None:
        """Return when all audio has been judged."""
        while self._stream.pending:  # noqa: ASYNC110 (once a call at most)
            await asyncio.sleep(0.02)

    def close(self) -> None:
        """Hear no more."""
        self._stream.close()
        self.hearing.drop()

    def _on_frame(self, probability: float, _level_db: float) -> None:
        self._frame(probability)
