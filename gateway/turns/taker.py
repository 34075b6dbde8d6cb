"""One turn of the caller: when it begins, when to speculate on its end, when it is over."""

from collections.abc import Callable
from enum import Enum

from gateway.turns.endpointing import Question, patience_ms, unheard_ms
from gateway.turns.speech import FRAME_MS, SpeechDetector

PAUSE_MS = 2 * FRAME_MS
"""The first short pause: what comes next is speculation until the wait is over."""
COVERED_MS = 160
"""A transcript of audio that ended at most this long before the voice did is one of all that was said."""


class Signal(Enum):
    """What a frame or a transcript brought about."""

    BEGAN = "began"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


class TurnTaker:
    """Feed it probabilities and transcripts; it says what they mean.

    `fixed_ms` is a silence that always ends a turn (server_vad); without it the wait follows from the transcript.
    """

    def __init__(
        self, question: Callable[[], Question], *, threshold: float = 0.5, fixed_ms: int | None = None
    ) -> None:
        self.speech = SpeechDetector(threshold)
        self.fixed_ms = fixed_ms
        self.patience = 1.0
        """How much longer, or shorter, than usual the words of a turn are waited for."""
        self.wait_ms = 0
        """The wait that applies now."""
        self._question = question
        self._paused = False

    @property
    def open(self) -> bool:
        """A turn has begun and is not over."""
        return self.speech.speaking

    def frame(self, probability: float) -> list[Signal]:
        """Take the next 32 ms."""
        if self.speech.frame(probability):
            self._paused = False
            self.wait_ms = self._wait_ms(unheard_ms(self._question()))
            return [Signal.BEGAN]
        if not self.speech.speaking:
            return []
        if self.speech.voiced:
            if self._paused:
                self._paused = False
                self.wait_ms = self._wait_ms(unheard_ms(self._question()))
                return [Signal.RESUMED]
            return []
        signals = []
        if not self._paused and self.speech.silence_ms >= PAUSE_MS:
            self._paused = True
            signals.append(Signal.PAUSED)
        return signals + self._over()

    def transcript(self, text: str, until_ms: int) -> list[Signal]:
        """What was said in this turn until `until_ms` of the audio."""
        if not self.speech.speaking or not self.covers(until_ms):
            return []
        self.wait_ms = self._wait_ms(patience_ms(text, self._question()))
        return self._over()

    def covers(self, until_ms: int) -> bool:
        """Whether audio until then holds all that was said in this turn so far."""
        return until_ms >= self.speech.voice_end_ms - COVERED_MS

    def end(self) -> None:
        """The turn is taken: the next voice begins a new one."""
        self.speech.reset()
        self._paused = False

    def _wait_ms(self, usual_ms: int) -> int:
        return self.fixed_ms or round(usual_ms * self.patience)

    def _over(self) -> list[Signal]:
        return [Signal.ENDED] if self._paused and self.speech.silence_ms >= self.wait_ms else []
