"""Speech in a stream of VAD probabilities. Times are milliseconds of the caller's audio."""

FRAME_MS = 32
"""One probability is of so much audio: what Silero takes."""
BEGIN_FRAMES, AT_ONCE = 2, 1
"""Voiced frames in a row that begin speech: one alone is a click; and those that pause us, if they do."""
HYSTERESIS = 0.15
"""Speech goes on down to this much below the threshold that it began at."""


class SpeechDetector:
    """Where speech began and ended last."""

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = threshold
        self.begin_frames = BEGIN_FRAMES
        self.speaking = False
        """Between the beginning of speech and `reset`."""
        self.voiced = False
        """The last frame was voice."""
        self.began_ms = 0
        self.voice_end_ms = 0
        self.voiced_ms = 0
        """Voice since the beginning, without the pauses."""
        self.now_ms = 0
        self._run = 0

    @property
    def silence_ms(self) -> int:
        """Since the last voice."""
        return self.now_ms - self.voice_end_ms

    def frame(self, probability: float) -> bool:
        """Take the next frame; whether speech has just begun."""
        self.now_ms += FRAME_MS
        self.voiced = probability >= self.threshold - (HYSTERESIS if self.speaking else 0.0)
        self._run = self._run + 1 if self.voiced else 0
        if self.speaking:
            if self.voiced:
                self.voice_end_ms = self.now_ms
                self.voiced_ms += FRAME_MS
            return False
        if self._run < self.begin_frames:
            return False
        self.speaking = True
        self.began_ms = self.now_ms - self._run * FRAME_MS
        self.voice_end_ms = self.now_ms
        self.voiced_ms = self._run * FRAME_MS
        return True

    def reset(self) -> None:
        """The turn is over: the next voice begins a new one."""
        self.speaking, self._run = False, 0
