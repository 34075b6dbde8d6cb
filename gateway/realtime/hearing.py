"""What the caller says: the audio of the turn, and its transcripts while it grows.

| stt is | then                                                                                |
| ------ | ----------------------------------------------------------------------------------- |
| fast   | it is asked now and then while the caller speaks, so that most is known at the end  |
| slow   | it is asked at pauses only                                                          |
| down   | asked again every RETRY_S while the turn is wanted; the supervisor masks and gives up |
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.turns.speech import FRAME_MS
from mesh import logs
from mesh.audio import wav_header
from mesh.client import Client
from mesh.errors import PeerError, PeerRefused
from mesh.wire.stt import TRANSCRIBE

RETRY_S = 0.3
FAST_S = 0.3
"""Up to this latency stt is asked while the caller speaks."""
PARTIAL_MS, PARTIALS = 96, 2
"""Least new audio for that, and how many may be on their way: the words are known, and thought about, while the caller
still speaks the last one."""
KEEP_MS = 1_000
"""Audio kept from before speech is noticed."""
MAX_MS = 120_000
"""Longest turn that is transcribed whole; of a longer one, its end."""
log = logs.get("hearing")


class Pace:
    """How fast stt has been lately, for all calls of the process."""

    def __init__(self) -> None:
        self.latency_s = FAST_S
        self.in_flight = 0

    def took(self, seconds: float) -> None:
        """A transcription took so long."""
        self.latency_s += 0.2 * (seconds - self.latency_s)

    @property
    def fast(self) -> bool:
        """Whether there is room for transcripts that are only a help."""
        return self.latency_s <= FAST_S and self.in_flight < 8


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript of the turn from its beginning until `until_ms`."""

    text: str
    language: str
    until_ms: int
    asked_at: float
    came_at: float


class Hearing:
    """One call's ear. `transcribed` is called with each transcript, `failed` when stt refuses the audio."""

    def __init__(
        self,
        stt: Client,
        pace: Pace,
        *,
        narrow: bool,
        transcribed: Callable[[Transcript], None],
        failed: Callable[[PeerError], None],
        deadline_s: float,
        expected: Callable[[], str],
    ) -> None:
        self._stt, self._pace, self._narrow, self._deadline_s = stt, pace, narrow, deadline_s
        self._transcribed, self._failed = transcribed, failed
        self.per_ms = 8 if narrow else 32
        self.language: str | None = None
        """Set when the caller's language is known beyond doubt; else the recogniser finds it out."""
        self._expected = expected
        # The conversation's language so far: a recogniser that knows one language only must not hear it in another.
        self.keep_ms = KEEP_MS
        self.received_ms = 0.0
        self._audio = bytearray()
        self._from_ms = 0.0
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._last_ms = 0

    def add(self, data: bytes) -> None:
        """More audio: G.711 mu-law at 8 kHz, or PCM at 16 kHz."""
        self._audio += data
        self.received_ms += len(data) / self.per_ms
        if len(self._audio) > 2 * MAX_MS * self.per_ms:  # of a longer turn its end is transcribed
            del self._audio[: -MAX_MS * self.per_ms]
            self._from_ms = self.received_ms - MAX_MS

    def audio(self, from_ms: float, until_ms: float) -> bytes:
        """The audio between two times, as far as it is kept."""
        first = max(0, int(from_ms - self._from_ms)) * self.per_ms
        return bytes(self._audio[first : max(0, int(until_ms - self._from_ms)) * self.per_ms])

    def forget(self, before_ms: float) -> None:
        """Let go of audio, all but a moment."""
        gone = int(before_ms - self.keep_ms - self._from_ms)
        if gone > KEEP_MS:
            del self._audio[: gone * self.per_ms]
            self._from_ms += gone

    def clear(self) -> None:
        """Let go of all audio."""
        self._audio.clear()
        self._from_ms = self.received_ms

    def wants_partial(self, until_ms: int, voice_end_ms: int) -> bool:
        """Whether it is worth while to ask now: in the middle of speech, or at its first silent frame."""
        if not self._pace.fast or self._last_ms >= voice_end_ms:
            return False
        room = len(self._tasks) < PARTIALS and until_ms - self._last_ms >= PARTIAL_MS
        return room or until_ms - voice_end_ms == FRAME_MS

    @property
    def fast(self) -> bool:
        """Stt answers in time for transcripts that are only a help."""
        return self._pace.fast

    @property
    def busy(self) -> bool:
        """A transcript is on its way."""
        return bool(self._tasks)

    @property
    def held_ms(self) -> float:
        """Audio that is kept."""
        return len(self._audio) / self.per_ms

    def asking(self, until_ms: int) -> bool:
        """Whether a transcript until then is on its way."""
        return any(asked >= until_ms for asked in self._tasks.values())

    def transcribe(self, from_ms: float, until_ms: int) -> None:
        """Have a part of the audio transcribed."""
        if self.asking(until_ms):
            return
        self._last_ms = until_ms
        audio = self.audio(max(from_ms, until_ms - MAX_MS), until_ms)
        task = asyncio.create_task(self._ask(audio, until_ms))
        self._tasks[task] = until_ms
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def drop(self) -> None:
        """The turn is taken or was none: nobody waits for its transcripts any more."""
        for task in list(self._tasks):
            task.cancel()

    async def _ask(self, audio: bytes, until_ms: int) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        name, kind = ("audio.ulaw", "audio/basic") if self._narrow else ("audio.wav", "audio/wav")
        data = audio if self._narrow else wav_header(16_000, len(audio)) + audio
        form = {"language": self.language} if self.language else {}
        form |= {"expected_language": self._expected()} if not self.language else {}
        while True:
            asked = loop.time()
            self._pace.in_flight += 1
            try:
                reply = await self._stt.call(
                    TRANSCRIBE, files={"file": (name, data, kind)}, data=form, deadline_s=self._deadline_s, retries=0
                )
            except PeerRefused as error:
                if error.status not in (429, 503):
                    log.error("stt refuses", code=error.code, error=error.message)
                    self._failed(error)
                    return
            except PeerError as error:
                log.warning("stt is asked again", reason=error.reason, waited_s=round(loop.time() - began, 1))
            else:
                self._pace.took(loop.time() - asked)
                self._transcribed(Transcript(reply.text.strip(), reply.language, until_ms, began, loop.time()))
                return
            finally:
                self._pace.in_flight -= 1
            await asyncio.sleep(RETRY_S)
