"""Asterisk's AudioSocket: the road for SIP, and for every telephone system that Asterisk speaks to.

One TCP connection per call; each message is a type, a length (16 bits, big-endian) and a payload. The dialplan tells us
first who calls (POST /audiosocket/calls gives the call's UUID) and asks at the end what comes next. A UUID is good for
one connection, within ANNOUNCED_S; any other connection is closed at once.

Source: https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/
"""

import asyncio
import struct
import time
import uuid
from typing import Any

from call_handler.media import MediaCall
from call_handler.switchboard import Switchboard
from call_handler.then import Then
from mesh import logs

HANGUP, UUID, DTMF, ERROR = 0x00, 0x01, 0x03, 0xFF
RATES = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""16-bit little-endian mono PCM, by the type of its message."""
FIRST_S, IDLE_S = 3.0, 30.0
"""Time for the first message, and for each of the others: Asterisk sends one every 20 ms."""
ANNOUNCED_S, MAX_ANNOUNCED = 60.0, 1_000
MAX_STRANGERS = 64
"""Connections that have not named their call yet; one more takes the place of the oldest."""
UNREAD_S = 10.0
"""Time in which somebody who is spoken to must listen."""
log = logs.get("audiosocket")


class Codec:
    """Between mu-law at 8 kHz and the PCM of one connection, which answers at the rate that it is spoken to in.

    Its libraries take 17 MB, which only a call of Asterisk's pays for.
    """

    def __init__(self) -> None:
        self._speak(0x10)

    def decode(self, kind: int, data: bytes) -> bytes:
        """PCM as mu-law."""
        import numpy as np

        from mesh.audio import encode_mulaw

        if kind != self.kind:
            self._speak(kind)
        pcm = np.frombuffer(data, "<i2", len(data) // 2)
        return encode_mulaw(self._down.resample_chunk(pcm) if self._down else pcm)

    def encode(self, frame: bytes) -> bytes:
        """Mu-law as a message."""
        from mesh.audio import decode_mulaw

        pcm = decode_mulaw(frame, 8_000)
        return message(self.kind, (self._up.resample_chunk(pcm) if self._up else pcm).tobytes())

    def _speak(self, kind: int) -> None:
        """Begin anew, at the rate of a kind of message."""
        self.kind = kind
        self._down, self._up = (_resampler(RATES[kind], 8_000), _resampler(8_000, RATES[kind]))


def _resampler(came: int, wanted: int) -> Any:  # noqa: ANN401 (soxr has no types)
    """Of a stream; None where there is nothing to do. Cubic: it holds back one sample, where better ones hold 60 ms."""
    if came == wanted:
        return None
    import soxr

    return soxr.ResampleStream(came, wanted, 1, dtype="int16", quality="QQ")


class AudioSocketCall:
    """One connection: the Carrier of its call."""

    marks = False
    lead_ms = 60  # Asterisk passes on what it gets at once, and cannot be told to forget it

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer, self.codec = writer, Codec()
        self.then: Then | None = None

    async def send_audio(self, frame: bytes) -> None:
        """20 ms."""
        await self._send(self.codec.encode(frame))

    async def send_mark(self, name: str) -> None:
        """There are no marks: they count by the clock."""
        raise NotImplementedError(name)

    async def send_clear(self) -> None:
        """What has been sent is heard: 60 ms at most."""

    async def hang_up(self, then: Then) -> None:
        """Close the connection: the dialplan goes on."""
        self.then = then
        await self._send(message(HANGUP, b""))
        self._writer.close()

    async def _send(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(data)
        try:
            async with asyncio.timeout(UNREAD_S):
                await self._writer.drain()
        except TimeoutError:
            log.warning("asterisk does not read")
            self._writer.transport.abort()
        except ConnectionError:
            log.info("asterisk is gone")  # its reader notices, and ends the call


class AudioSocket:
    """The listener, and the calls that have been announced."""

    def __init__(self, switchboard: Switchboard, host: str, port: int) -> None:
        self._switchboard, self._host, self._port = switchboard, host, port
        self._announced: dict[str, tuple[float, dict[str, str]]] = {}
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._strangers: dict[asyncio.StreamWriter, None] = {}
        self.where, self.trouble = "off", ""

    async def start(self) -> None:
        """Listen, where a port is set. A port that is taken does not stop the other roads."""
        if not self._port:
            return
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self._port)
        except OSError as error:
            self.trouble = f"port {self._port} cannot be had: {error.strerror}"
            log.error("audiosocket is off", port=self._port, error=str(error))
        else:
            self.where = f"{self._host}:{self._port}"

    async def aclose(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.close()

    def announce(self, query: dict[str, str]) -> str:
        """A call is about to come; its UUID, or nothing when we are busy."""
        if self._switchboard.full:
            return ""
        now = time.monotonic()
        self._announced = {key: kept for key, kept in self._announced.items() if kept[0] > now}
        if len(self._announced) >= MAX_ANNOUNCED:
            return ""
        key = str(uuid.uuid4())
        self._announced[key] = (now + ANNOUNCED_S, query)
        return key

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self._strangers[writer] = None
        if len(self._strangers) > MAX_STRANGERS:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.close()
        try:
            async with asyncio.timeout(FIRST_S):
                payload = await _name(reader)
            self._strangers.pop(writer, None)
            key = str(uuid.UUID(bytes=payload)) if payload else ""
            until, query = self._announced.pop(key, (0.0, {}))
            if until < time.monotonic() or self._switchboard.full:
                log.warning("connection refused", announced=until > 0, full=self._switchboard.full)
                writer.write(message(HANGUP, b""))
                return
            carrier = AudioSocketCall(writer)

            async def listen(call: MediaCall, running: "asyncio.Task[None]") -> bool:
                return await _listen(reader, carrier, call, running)

            await self._switchboard.connect(carrier, key, query, listen)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            log.warning("connection said nothing")
        finally:
            self._open.discard(writer)
            self._strangers.pop(writer, None)
            writer.close()


def message(kind: int, payload: bytes) -> bytes:
    """A message."""
    return struct.pack(">BH", kind, len(payload)) + payload


async def _name(reader: asyncio.StreamReader) -> bytes:
    """The first message, which names the call; nothing where it is anything else, of which nothing more is read."""
    head = await reader.readexactly(3)
    return await reader.readexactly(16) if head == struct.pack(">BH", UUID, 16) else b""


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, length = struct.unpack(">BH", await reader.readexactly(3))
    return kind, await reader.readexactly(length) if length else b""


async def _listen(
    reader: asyncio.StreamReader, carrier: AudioSocketCall, call: MediaCall, running: "asyncio.Task[None]"
) -> bool:
    """Read until the call ends: a connection that is gone is a caller who is gone."""
    while not running.done():
        try:
            async with asyncio.timeout(IDLE_S):
                kind, payload = await _read(reader)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            return True
        if kind in RATES:
            await call.frame(carrier.codec.decode(kind, payload))
        elif kind == DTMF and len(payload) == 1 and payload in b"0123456789*#ABCDabcd":
            await call.key(payload.decode().upper())
        elif kind == HANGUP:
            return True
        elif kind == ERROR:
            log.error("asterisk reports an error", code=payload.hex())
            return True
    return False
