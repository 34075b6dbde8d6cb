"""A simulated Twilio with audio: the webhook, the stream that its TwiML opens, and a caller who speaks in real time.

It plays what it is sent as Twilio does: frames one after another, `clear` empties the buffer and sends the marks in
it back.
What it measures, it measures on the wire: when our sound stopped and began, against when the caller's did.
"""

import asyncio
import base64
import secrets
import time
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx2
import numpy as np
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from mesh.audio import decode_mulaw, encode_mulaw
from simulator.acoustics import Echo, EchoPath
from simulator.voices import noise
from simulator.webhooks import sign

FRAME, FRAME_S = 160, 0.02
SILENCE = b"\xff" * FRAME
LOUD_DB = -45.0


def is_loud(frame: bytes) -> bool:
    """Whether a frame is heard."""
    samples = decode_mulaw(frame, 8000).astype(np.float32) / 32768
    power = float(np.dot(samples, samples)) / len(samples)
    return bool(power > 10 ** (LOUD_DB / 10))


@dataclass(slots=True)
class Heard:
    """What the caller's phone noticed."""

    ours: list[tuple[float, bool]] = field(default_factory=list)
    """When a frame of the other side was played, and whether it could be heard."""
    clears: list[float] = field(default_factory=list)
    gaps: int = 0
    """Times that the buffer ran dry within speech, and was filled again within 100 ms."""
    frames: int = 0
    audio: bytearray = field(default_factory=bytearray)
    """All that was played."""

    def spoke_after(self, at: float) -> float | None:
        """The first audible frame after a time."""
        return next((when for when, loud in self.ours if loud and when >= at), None)

    def silent_after(self, at: float) -> float | None:
        """The last audible frame within an uninterrupted run that was being played at a time."""
        last = None
        for when, loud in self.ours:
            if when < at - 0.1 or not loud:
                continue
            if last is not None and when - last > 0.3:
                return last
            last = when
        return last


@dataclass(frozen=True, slots=True)
class Line:
    """How good the line is: how our voice comes back, the share of lost frames, the room's noise in dBFS."""

    echo: EchoPath | None = None
    loss: float = 0.0
    noise_db: float | None = None


CLEAN = Line()


class StreamCaller:
    """One call. Use `say`, `quiet` and `key` while it is open; `heard` has the measurements."""

    def __init__(self, socket: ClientConnection, stream_sid: str, line: "Line") -> None:
        self.heard = Heard()
        self._socket, self._sid = socket, stream_sid
        self._buffer: deque[bytes | str] = deque()
        self._mouth: deque[bytes] = deque()
        self._chunk, self._sequence = 0, 1
        self._dry_since: float | None = None
        self.over = asyncio.Event()
        self._line = line
        self._echo = Echo(line.echo) if line.echo else None
        self._hiss = noise(2.0, line.noise_db) if line.noise_db is not None else None
        self._spoken = asyncio.Event()
        self._spoken.set()

    async def say(self, audio: bytes) -> float:
        """Speak mu-law audio to its end; the time at which its last frame was sent."""
        frames = [audio[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(audio), FRAME)]
        self._mouth.extend(frames)
        if not self.over.is_set():  # to a line that is closed nobody speaks
            self._spoken.clear()
        await self._spoken.wait()
        return time.monotonic()

    async def key(self, digit: str) -> None:
        """Press a key."""
        await self._send({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})

    async def reply(self, after: float, seconds: float = 15.0) -> float:
        """Wait until the other side is heard after a time; give the time at which it began."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.over.is_set():
            began = self.heard.spoke_after(after)
            if began is not None:
                return began
            await asyncio.sleep(0.01)
        raise TimeoutError("nothing was heard")

    async def until_quiet(self, still_s: float = 0.6, seconds: float = 30.0) -> None:
        """Wait until the other side has stopped speaking."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.over.is_set():
            last = next((when for when, loud in reversed(self.heard.ours) if loud), None)
            if last is not None and time.monotonic() - last > still_s:
                return
            await asyncio.sleep(0.02)

    async def run(self) -> None:
        """The line, until it is closed."""
        reader = asyncio.create_task(self._read())
        began, ticks = time.monotonic(), 0
        try:
            while not self.over.is_set():
                ticks += 1
                await asyncio.sleep(max(0.0, began + ticks * FRAME_S - time.monotonic()))
                await self._tick()
        except ConnectionClosed:
            pass
        finally:
            reader.cancel()
            self.over.set()
            self._spoken.set()

    async def _tick(self) -> None:
        """20 ms: play a frame, speak a frame."""
        now = time.monotonic()
        while self._buffer and isinstance(self._buffer[0], str):
            await self._mark(str(self._buffer.popleft()))
        played = self._buffer.popleft() if self._buffer else None
        if isinstance(played, bytes):
            if self._dry_since is not None and now - self._dry_since < 0.1:
                self.heard.gaps += 1
            self._dry_since = None
            self.heard.frames += 1
            self.heard.audio += played
            self.heard.ours.append((now, is_loud(played)))
        elif self._dry_since is None:
            self._dry_since = now
        frame = self._mouth.popleft() if self._mouth else SILENCE
        if not self._mouth:
            self._spoken.set()
        self._chunk += 1
        if self._line.loss and secrets.randbelow(10_000) < self._line.loss * 10_000:
            return
        frame = self._through_the_air(frame, played if isinstance(played, bytes) else None)
        media = {"track": "inbound", "chunk": str(self._chunk), "timestamp": str(self._chunk * 20)}
        await self._send({"event": "media", "media": {**media, "payload": base64.b64encode(frame).decode()}})

    def _through_the_air(self, frame: bytes, played: bytes | None) -> bytes:
        """What the microphone takes up: the caller, our voice from the loudspeaker, the room."""
        if self._hiss is None and self._echo is None:
            return frame
        mixed = decode_mulaw(frame, 8000).astype(np.float64)
        if self._echo is not None:
            mixed += self._echo.feed(decode_mulaw(played or SILENCE, 8000).astype(np.float64))
        if self._hiss is not None:
            at = self._chunk * FRAME % (len(self._hiss) - FRAME)
            mixed += self._hiss[at : at + FRAME]
        return encode_mulaw(np.clip(mixed, -32768, 32767).astype(np.int16))

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                event = orjson.loads(message)
                if event["event"] == "media":
                    data = base64.b64decode(event["media"]["payload"])
                    self._buffer.extend(data[at : at + FRAME] for at in range(0, len(data), FRAME))
                elif event["event"] == "mark":
                    self._buffer.append(event["mark"]["name"])
                elif event["event"] == "clear":
                    self.heard.clears.append(time.monotonic())
                    marks = [item for item in self._buffer if isinstance(item, str)]
                    self._buffer.clear()
                    for name in marks:
                        await self._mark(name)
        except ConnectionClosed:
            pass
        self.over.set()

    async def _mark(self, name: str) -> None:
        await self._send({"event": "mark", "mark": {"name": name}})

    async def _send(self, event: dict[str, object]) -> None:
        self._sequence += 1
        body = {**event, "sequenceNumber": str(self._sequence), "streamSid": self._sid}
        await self._socket.send(orjson.dumps(body).decode())


@dataclass(slots=True)
class Phone:
    """A Twilio account that calls one number of ours. With `token` it signs as Twilio does."""

    base_url: str
    token: str = ""
    caller: str = "+14155550123"

    async def webhook(self, path: str, sid: str, **form: str) -> ET.Element:
        """Post to a webhook; the TwiML that it answers."""
        return ET.fromstring(await self.post(path, sid, **form))  # noqa: S314 (our own service's answer)

    async def post(self, path: str, sid: str, **form: str) -> str:
        """Post to a webhook; its answer."""
        url = urljoin(self.base_url, path)
        data = {"CallSid": sid, "From": self.caller, "To": "+18005550199", "CallStatus": "in-progress", **form}
        async with httpx2.AsyncClient(timeout=15, trust_env=False) as http:
            response = await http.post(url, data=data, headers=sign(self.token, url, data))
        response.raise_for_status()
        return response.text

    @asynccontextmanager
    async def call(
        self,
        *,
        sid: str = "",
        query: str = "",
        line: Line = CLEAN,
        document: ET.Element | None = None,
    ) -> AsyncIterator[StreamCaller]:
        """A call from its webhook on; leaving the block hangs up."""
        sid = sid or "CA" + secrets.token_hex(16)
        document = document if document is not None else await self.webhook(f"/twilio/voice?mode=stream{query}", sid)
        stream = document.find("./Connect/Stream")
        if stream is None:
            raise ValueError(f"no stream: {ET.tostring(document, encoding='unicode')}")
        parameters = {p.attrib["name"]: p.attrib["value"] for p in stream.findall("Parameter")}
        url, stream_sid = stream.attrib["url"], "MZ" + secrets.token_hex(16)
        async with connect(
            url, compression=None, proxy=None, additional_headers=sign(self.token, url, {}), ping_interval=None
        ) as socket:
            form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
            start = {
                "accountSid": "AC0",
                "streamSid": stream_sid,
                "callSid": sid,
                "tracks": ["inbound"],
                "customParameters": parameters,
                "mediaFormat": form,
            }
            await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
            await socket.send(
                orjson.dumps(
                    {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": stream_sid}
                ).decode()
            )
            caller = StreamCaller(socket, stream_sid, line)
            running = asyncio.create_task(caller.run())
            try:
                yield caller
            finally:
                if not caller.over.is_set():
                    stop = {"event": "stop", "streamSid": stream_sid, "stop": {"callSid": sid}}
                    await socket.send(orjson.dumps(stop).decode())
                running.cancel()
