"""A whole call in virtual time: the engine itself, its peers as functions, and a clock that jumps.

The loop never waits: when nothing is ready, its time is the time of the next timer. Audio is written as 0 (silence) and
1 (voice), so that the voice activity of a frame is read off it.
"""

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import orjson

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.conversation.steps import Turn
from gateway.conversation.text import TextTurns
from gateway.peers import Peers
from gateway.realtime.hearing import Pace
from gateway.realtime.protocol import Protocol
from gateway.realtime.setup import Config, House
from gateway.realtime.sound import PCMU
from gateway.realtime.spans import Spans
from gateway.realtime.talk import Talk
from gateway.realtime.voice import Voice
from gateway.vad import NARROW
from mesh.errors import PeerDown, PeerRefused
from mesh.wire.gpt import REPLY, GptReply
from mesh.wire.lang import LangReply
from mesh.wire.lead_sender import SAVE
from mesh.wire.logger import APPEND, EVENTS, Events
from mesh.wire.realtime import ServerEvent, answers, from_server, server
from mesh.wire.stt import SttReply
from mesh.wire.tts import PREPARE, Speech

LONGEST_S = 900.0
FRAME, VOICE, SILENCE = 160, b"\x01", b"\x00"


class JumpingLoop(asyncio.SelectorEventLoop):
    """Nobody waits: `time()` is where the next timer is."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout:
            self._loop.jump(timeout)
        return found


class Ears:
    """The VAD's place: a frame is voice where it says so."""

    def open(self, _size: int, heard: Callable[[float, float], None]) -> "Ears":
        ears = Ears()
        ears.heard, ears.rest, ears.pending = heard, b"", ()  # type: ignore[attr-defined]
        return ears

    def feed(self, data: bytes) -> None:
        self.rest = getattr(self, "rest", b"") + data
        while len(self.rest) >= NARROW:
            frame, self.rest = self.rest[:NARROW], self.rest[NARROW:]
            voiced = frame.count(VOICE) > NARROW // 2
            self.heard(0.95 if voiced else 0.01, -20.0 if voiced else -70.0)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Nothing is open."""


class World:
    """The peers of one call. Delays in (virtual) seconds; whatever is in `down` refuses."""

    def __init__(self) -> None:
        self.stt_s, self.lang_s, self.values_s, self.token_s, self.tts_s = 0.12, 0.0, 0.33, 0.15, 0.1
        self.values: dict[str, str] | None = None
        """What the model finds, by field, in words that hold it; None: there is no model."""
        self.down: set[str] = set()
        self.lines: list[tuple[int, str]] = []
        """Voiced bytes of what the caller is saying now, and its words."""
        self.answer = ""
        """Said instead of the form's question."""
        self.events: list[Any] = []
        self.leads: list[Any] = []
        self.asked: list[str] = []
        self.legs: list[tuple[str, float, float]] = []
        """Each answer of a peer: from when to when it took."""

    async def _takes(self, leg: str, seconds: float) -> None:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        self.legs.append((leg, began, asyncio.get_running_loop().time()))

    async def call(self, route: Any, body: Any = None, *, files: Any = None, **_: Any) -> Any:
        if route is EVENTS:
            return Events(events=[])
        if route is APPEND:
            self.events.extend(body.events)
            return None
        if route is SAVE:
            self.leads.append(body)
            return None
        if route is PREPARE:
            self._alive("tts")
            await self._takes("tts", self.tts_s)
            return Speech(key="0" * 64, content_type="audio/mpeg", engine="world", cached=False)
        if route is REPLY:
            return await (self._structured(body) if body.json_schema else self._whole(body))
        if files is not None:
            return await self._hear(files["file"][1])
        self._alive("lang")
        await self._takes("lang", self.lang_s)
        return LangReply(detected_language="en", confidence=0.99, by="model")

    @asynccontextmanager
    async def stream(self, route: Any, body: Any = None, **_: Any) -> AsyncIterator[Any]:
        if hasattr(body, "user_input"):
            self._alive("gpt")
            yield self._tokens(body)
        else:
            self._alive("tts")
            yield self._speech(body.text)

    async def pieces(self, response: Any, *_: Any) -> AsyncIterator[bytes]:
        async for piece in response:
            yield piece

    def _alive(self, name: str) -> None:
        if name in self.down:
            raise PeerDown(name, "no connection")

    async def _hear(self, audio: bytes) -> SttReply:
        await self._takes("stt", self.stt_s)
        self._alive("stt")
        voiced, said = audio.count(VOICE), []
        for size, text in self.lines:
            if voiced <= 0:
                break
            words = text.split()
            said.append(" ".join(words[: max(1, round(min(1.0, voiced / size) * len(words)))]))
            voiced -= size
        return SttReply(text=" ".join(said), language="en", duration_s=1.0, engine="world")

    async def _structured(self, body: Any) -> GptReply:
        self._alive("gpt")
        if self.values is None:
            raise PeerRefused("gpt", 422, "no_model", "no model in this world")
        self._alive("values")
        await self._takes("values", self.values_s)
        said = {name: value for name, value in self.values.items() if value in body.user_input}
        return GptReply(response=orjson.dumps(said).decode(), engine="world")

    async def _whole(self, body: Any) -> GptReply:
        self._alive("gpt")
        await self._takes("token", self.token_s)
        return GptReply(response=self._words(body), engine="world")

    def _words(self, body: Any) -> str:
        return self.answer or (body.dialogue.question if body.dialogue else "") or "Of course."

    async def _tokens(self, body: Any) -> AsyncIterator[bytes]:
        self.asked.append(body.user_input)
        await self._takes("token", self.token_s)
        text = self._words(body)
        for word in text.split():
            yield b"data: " + orjson.dumps({"delta": word + " "}) + b"\n\n"
        done = GptReply(response=text, engine="world").model_dump()
        yield b"data: " + orjson.dumps({"done": done}) + b"\n\n"

    async def _speech(self, text: str) -> AsyncIterator[bytes]:
        await self._takes("tts", self.tts_s)
        yield b"\x20" * (len(text) * 480)  # 60 ms a character


class Telephone:
    """The other end: speaks in frames of 20 ms, plays what it is sent, and tells us what it has played."""

    def __init__(self, world: World, scenario: str = "generic") -> None:
        self.world, self.loop = world, asyncio.get_running_loop()
        client: Any = world
        peers = Peers(*[client] * len(Peers.__slots__))
        settings = Settings(scenarios_dir=Path("config/scenarios"), resume_s=1.0)
        recorder = Recorder(settings, peers)
        self.conversation = Conversation(settings, peers, recorder)
        self.texts = TextTurns(settings, self.conversation, recorder, peers)
        languages = self.conversation.languages
        self.house = House(settings, self.conversation, recorder, peers, Voice(client, languages), Spans(), languages)
        self.recorder, self.scenario = recorder, scenario
        self.heard: list[tuple[float, float, str]] = []
        """From when to when each item was heard, and its text."""
        self.hung_up = asyncio.Event()
        self.ears: Any = Ears()
        self.paused = False
        self._item, self._text, self._left, self._until = "", "", 0.0, 0.0
        self._mouth = bytearray()
        self.talking_since: float | None = None

    async def __aenter__(self) -> Self:
        session = await self.conversation.lookup.session(Turn(), "CAvirtual", self.scenario, None)
        session.caller = "+14155550123"
        config = Config(phone=True, sound_in=PCMU, sound_out=PCMU)
        talk = Talk(self.house, config, session, self, clock=self.loop.time)
        self.protocol = Protocol(talk, self.ears, Pace(), self, called=None, model=self.scenario)
        talk.warm()
        self.recorder.start()
        self.session = session
        self._line = asyncio.create_task(self._run())
        self.protocol.receive('{"type":"response.create"}')
        return self

    async def __aexit__(self, *_: object) -> None:
        self._line.cancel()
        self.protocol.live.close()
        await self.protocol.talk.aclose()
        await self.recorder.aclose()

    def event(self, event: ServerEvent) -> None:
        """Gateway's events, as they come over the socket."""
        match from_server(event.model_dump_json()):
            case answers.ResponseCreated() as begun:
                self._item = begun.response.id
            case answers.WordsDelta() as more:
                self._item, self._text = more.item_id, self._text + more.delta
            case answers.Pause():
                self.paused = True
            case answers.Resume():
                self.paused = False
            case answers.Cleared():
                self._over()
            case server.HangUp():
                self.hung_up.set()

    def audio(self, data: bytes) -> None:
        """Gateway's voice."""
        self.talking_since = self.talking_since or self.loop.time()
        self._left += len(data) / 8

    async def say(self, text: str, *, seconds: float = 0.0, within: bool = False) -> float:
        """Speak; the time at which it ended. `within`: more of the same utterance follows."""
        size = int((seconds or 0.06 * len(text)) * 8000) // FRAME * FRAME
        self.world.lines.append((size, text))
        self._mouth += VOICE * size
        while self._mouth:
            await asyncio.sleep(0.02)
        ended = self.loop.time()
        if not within:
            await asyncio.sleep(0)
        return ended

    async def tick(self) -> None:
        """A frame's time."""
        await asyncio.sleep(0.02)

    async def quiet(self) -> None:
        """Until we have been heard to our end; what the caller says next is a new turn."""
        while self.talking_since is not None or not self.heard:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        self.world.lines.clear()

    async def reply(self, after: float) -> float:
        """When our next sound after a time began."""
        while self.talking_since is None or self.talking_since < after:
            await asyncio.sleep(0.01)
        return self.talking_since

    def _over(self) -> None:
        if self.talking_since is not None:
            self.heard.append((self.talking_since, self.loop.time(), self._text.strip()))
        self._left, self._text, self.talking_since, self.paused, self._until = 0.0, "", None, False, 0.0

    async def _run(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(0.02)
            ticks += 1
            frame = bytes(self._mouth[:FRAME]) or SILENCE * FRAME
            del self._mouth[:FRAME]
            self.protocol.binary(frame)
            if ticks % 5 == 0:
                self.protocol.live.tick(self.loop.time())
            if self._left > 0 and not self.paused:
                self._left -= 20
                self._until += 20
                if self._left <= 0:
                    await self._played()

    async def _played(self) -> None:
        response = self.protocol.talk.speaker.current
        done = response is not None and response.sent
        played = {"type": "output_audio_buffer.played", "item_id": self._item, "audio_end_ms": self._until}
        self.protocol.receive(orjson.dumps(played | {"done": done}).decode())
        if done:
            self._over()


def run(call: Callable[[], Any]) -> SimpleNamespace:
    """Run a coroutine function on a jumping clock."""
    loop = JumpingLoop()
    try:
        loop.run_until_complete(asyncio.wait_for(call(), LONGEST_S))
        return SimpleNamespace(seconds=loop.time())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
