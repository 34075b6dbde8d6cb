"""Both voices at once, in virtual time: the engine with its real VAD, real voices, echoes and noises, and no sockets.

`Booth` is tests/gateway/realtime/world.py's telephone with sound: what we say comes back over an `Echo`, is mixed with
the caller and the room, coded as mu-law and fed to the engine in frames of 20 ms. A trial of ten seconds takes a tenth.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import numpy as np

from gateway.vad import Stream, Vad
from mesh.audio import decode_mulaw, encode_mulaw
from mesh.wire.realtime import ServerEvent
from mesh.wire.stt import SttReply
from simulator.acoustics import Echo, EchoPath
from simulator.voices import RATE, noise
from tests.gateway.realtime.world import Telephone, World, run

TICK_S, TICK = 0.02, 160
QUESTION = "How much does it cost?"
ANSWER = (
    "Of course, I am glad to tell you. We are open every day of the week, from eight in the morning until ten at night."
)
LATE_TICKS = 1
"""What a telephone says that it plays begins to sound up to so much later, now sooner, now later."""
STILL_S = 2.5
"""What a sound brings about is known so long after it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A call: our greeting, the caller's question, our answer, and a sound over it at `at_s`."""

    ours: Any
    """Our voice, samples."""
    question: Any
    sound: Any = None
    """What the caller utters while we speak, samples; None: the answer is heard to its end."""
    words: str = ""
    at_s: float = 0.6
    path: EchoPath | None = None
    noise_db: float = -55.0
    seed: int = 0
    greeting: bool = False
    """The sound comes over the greeting already."""


@dataclass(slots=True)
class Outcome:
    """What came of it. Seconds."""

    stop_s: float | None = None
    """From the first sound until we were silent."""
    confirmed: bool = False
    """The caller got the floor."""
    pauses: list[float] = field(default_factory=list)
    """How long we were silent for nothing."""
    cuts: int = 0
    """Replies that were not said to their end."""
    turns: int = 0
    """Turns of the caller, beyond what they said."""


class Inline(Vad):
    """The real network, at once."""

    def wake(self, stream: Stream) -> None:
        while stream.pending:
            ((probability, level),) = _network().run([stream], [stream.pending.popleft()])
            stream.heard(probability, level)


@cache
def _network() -> Any:  # noqa: ANN401 (the VAD's own)
    return Vad()._load()  # noqa: SLF001


class Studio(World):
    """Peers: a voice that is `ours`, and a recogniser that knows what is being said."""

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self.answer = ANSWER
        self.said: list[tuple[float, float, str]] = []
        """From when to when, and the words."""
        self._ours, self._at = trial.ours, 0

    async def _speech(self, text: str) -> AsyncIterator[bytes]:
        await asyncio.sleep(self.tts_s)
        size = len(text) * 480
        place = np.arange(self._at, self._at + size) % len(self._ours)
        self._at += size
        yield encode_mulaw(self._ours[place].astype(np.int16))

    async def _hear(self, audio: bytes) -> SttReply:
        now = asyncio.get_running_loop().time()
        first, found = now - len(audio) / RATE, []
        await asyncio.sleep(self.stt_s)
        for began, ended, words in self.said:
            if min(now, ended) - max(began, first) >= 0.15 and words:
                known = words.split()
                found.append(" ".join(known[: max(1, round((now - began) / (ended - began) * len(known)))]))
        return SttReply(text=" ".join(found), language="en", duration_s=1.0, engine="studio")


class Booth(Telephone):
    """The telephone, with sound."""

    def __init__(self, trial: Trial, studio: Studio) -> None:
        super().__init__(studio)
        self.ears, self.studio = Inline(), studio
        self.random = np.random.default_rng(trial.seed)
        self.stops: list[float] = []
        self.pauses: list[tuple[float, float]] = []
        self.cuts = self.turns = 0
        self._paused_at = 0.0
        self._echo = Echo(trial.path) if trial.path else None
        self._hiss, self._ticks = noise(4.0, trial.noise_db, trial.seed), count()
        self._buffer, self._voice = bytearray(), np.zeros(0)
        self._next_s, self._wait = 0.0, 0
        self._lead_s = float(self.random.uniform(0.0, TICK_S))

    def event(self, event: ServerEvent) -> None:
        now, kind = self.loop.time(), event.type
        if kind in ("output_audio_buffer.pause", "output_audio_buffer.cleared") and not self.paused and self._buffer:
            self.stops.append(now)
        if kind == "output_audio_buffer.pause":
            self._paused_at = now
        elif kind == "output_audio_buffer.resume":
            self.pauses.append((self._paused_at, now))
        elif kind == "output_audio_buffer.cleared":
            self.cuts += 1
        elif kind == "input_audio_buffer.committed":
            self.turns += 1
        super().event(event)

    def audio(self, data: bytes) -> None:
        if self.talking_since is None:
            self._report(0.0, done=False)
            self._wait = int(self.random.integers(0, LATE_TICKS + 1))
        super().audio(data)
        self._buffer += data

    async def utter(self, sound: Any, words: str) -> tuple[float, float]:  # noqa: ANN401 (an array)
        """Make a sound; when it began and ended."""
        began = self._next_s - TICK_S  # the frame that is sent then began a frame earlier
        self.studio.said.append((began, began + len(sound) / RATE, words))
        self._voice = sound
        while len(self._voice):  # noqa: ASYNC110 (time is virtual)
            await asyncio.sleep(TICK_S)
        return began, self.loop.time()

    def _over(self) -> None:
        super()._over()
        self._buffer.clear()

    def _report(self, until_ms: float, *, done: bool) -> None:
        item = self.protocol.talk.speaker.current
        if item is not None:
            self.protocol.talk.speaker.played(item.item_id, until_ms, done=done)

    async def _run(self) -> None:
        await asyncio.sleep(self._lead_s)
        while True:
            self._next_s = self.loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            played = np.zeros(TICK)
            self._wait = max(0, self._wait - 1)
            if self._buffer and not self.paused and not self._wait:
                frame = bytes(self._buffer[:TICK]).ljust(TICK, b"\xff")
                del self._buffer[:TICK]
                played = decode_mulaw(frame, RATE).astype(np.float64)
                self._until += 20
            self.protocol.binary(self._mixed(played))
            if self.talking_since is not None and not self._buffer and not self.paused:
                await self._played()
            if next(self._ticks) % 5 == 0:
                self.protocol.live.tick(self.loop.time())

    def _mixed(self, played: Any) -> bytes:  # noqa: ANN401 (an array)
        at = int(self.random.integers(0, len(self._hiss) - TICK))
        mixed = self._hiss[at : at + TICK].copy()
        if self._echo is not None:
            mixed += self._echo.feed(played)
        said, self._voice = self._voice[:TICK], self._voice[TICK:]
        mixed[: len(said)] += said
        return encode_mulaw(np.clip(mixed, -32_000, 32_000).astype(np.int16))


def perform(trial: Trial) -> Outcome:
    """One call from its beginning."""
    studio, outcome = Studio(trial), Outcome()

    async def call() -> None:
        async with Booth(trial, studio) as booth:
            began = await booth.reply(0.0)
            if not trial.greeting:
                await booth.quiet()
                _, ended = await booth.utter(trial.question, QUESTION)
                began = await booth.reply(ended)
            if trial.sound is None:
                await booth.quiet()
                await asyncio.sleep(STILL_S)
            else:
                await asyncio.sleep(max(0.0, began + trial.at_s - booth.loop.time()))
                began, ended = await booth.utter(trial.sound, trial.words)
                outcome.stop_s = next((at - began for at in booth.stops if at >= began), None)
                await asyncio.sleep(STILL_S)
            outcome.pauses = [resumed - paused for paused, resumed in booth.pauses]
            outcome.cuts, outcome.turns = booth.cuts, booth.turns - (not trial.greeting)

    run(call)
    verdicts = [event.data for event in studio.events if event.type == "interruption"]
    outcome.confirmed = any(said["verdict"] == "confirmed" for said in verdicts)
    return outcome
