"""Twilio Media Streams, both ways.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages and
https://www.twilio.com/docs/voice/twiml/stream (a bidirectional stream: `<Connect><Stream>`; TwiML after it is fetched
when
we close the socket).
"""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import secrets
import time
from typing import Any

import orjson
from fastapi import WebSocket, WebSocketDisconnect

from call_handler.media import MediaCall
from call_handler.playout import FRAME, SILENCE
from call_handler.switchboard import Switchboard
from call_handler.then import Then
from mesh import logs
from mesh.numbers import LATEST, whole

TOKEN_S = 60.0
START_S = 10.0
HELD = 3
"""Frames that wait for one that is missing before it counts as lost."""
MAX_FILLED = 50
POLICY = 1008
log = logs.get("media_stream")


class Tokens:
    """One-time tokens: the webhook, which Twilio has signed, gives one to the stream that it opens."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode() or secrets.token_bytes(32)
        self._used: dict[str, float] = {}

    def issue(self, sid: str) -> str:
        """A token for a call's stream."""
        until, nonce = int(time.time() + TOKEN_S), secrets.token_hex(8)
        return f"{until}.{nonce}.{self._sign(sid, until, nonce)}"

    def redeem(self, sid: str, token: str) -> bool:
        """Whether the token is of this call, in time, and was not used before."""
        now = time.time()
        self._used = {used: until for used, until in self._used.items() if until > now}
        head, _, rest = token.partition(".")
        nonce, _, signature = rest.partition(".")
        until = whole(head, LATEST)
        if until is None or until < now or nonce in self._used:
            return False
        if not hmac.compare_digest(signature.encode(), self._sign(sid, until, nonce).encode()):
            return False
        self._used[nonce] = float(until)
        return True

    def _sign(self, sid: str, until: int, nonce: str) -> str:
        return hmac.new(self._key, f"{sid}.{until}.{nonce}".encode(), hashlib.sha256).hexdigest()


class Frames:
    """Puts frames in order by their `chunk` number. A missing one is waited for, for HELD frames, then silence."""

    def __init__(self) -> None:
        self._next = 0
        self._held: dict[int, bytes] = {}
        self.lost = self.late = 0

    def add(self, chunk: int, data: bytes) -> list[bytes]:
        """A frame as it came; those that can go on."""
        if not self._next:
            self._next = chunk
        if chunk < self._next:
            self.late += 1
            return []
        self._held[chunk] = data
        ready = self._ready()
        if len(self._held) > HELD:
            missing = min(self._held) - self._next
            self.lost += missing
            ready += [SILENCE * FRAME] * min(missing, MAX_FILLED)
            self._next = min(self._held)
            ready += self._ready()
        return ready

    def _ready(self) -> list[bytes]:
        ready = []
        while self._next in self._held:
            ready.append(self._held.pop(self._next))
            self._next += 1
        return ready


class TwilioStream:
    """One `<Stream>`: the Carrier of its call."""

    marks = True
    lead_ms = 220  # what a hiccup of ours may take, and what a `clear` throws away

    def __init__(self, socket: WebSocket, sid: str) -> None:
        self._socket, self._sid = socket, sid
        self._media_head = f'{{"event":"media","streamSid":"{sid}","media":{{"payload":"'
        self.then: Then | None = None

    async def send_audio(self, frame: bytes) -> None:
        """A `media` message."""
        await self._send(f'{self._media_head}{binascii.b2a_base64(frame, newline=False).decode()}"}}}}')

    async def send_mark(self, name: str) -> None:
        """A `mark` message."""
        await self._send(orjson.dumps({"event": "mark", "streamSid": self._sid, "mark": {"name": name}}).decode())

    async def send_clear(self) -> None:
        """A `clear` message."""
        await self._send(orjson.dumps({"event": "clear", "streamSid": self._sid}).decode())

    async def hang_up(self, then: Then) -> None:
        """Close the stream: Twilio goes on with the TwiML after `<Connect>`."""
        self.then = then
        with contextlib.suppress(RuntimeError):
            await self._socket.close()

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send_text(text)
        except (RuntimeError, WebSocketDisconnect):
            # The stream is closed: its reader notices, and ends the call.
            await asyncio.sleep(0)


class MediaStreams:
    """WS /twilio/media."""

    def __init__(self, switchboard: Switchboard, tokens: Tokens) -> None:
        self._switchboard, self._tokens = switchboard, tokens

    async def serve(self, socket: WebSocket) -> None:
        """One socket that Twilio has opened; its upgrade has been checked."""
        await socket.accept()
        try:
            async with asyncio.timeout(START_S):
                start = await _start(socket)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            start = None
        if start is None or not self._tokens.redeem(start["callSid"], start["customParameters"].get("token", "")):
            log.warning("stream refused")
            with contextlib.suppress(RuntimeError):
                await socket.close(POLICY)
            return
        given = start["customParameters"]
        query = {name: given.get(name, "") for name in ("scenario", "language", "caller", "called")}

        async def listen(call: MediaCall, running: "asyncio.Task[None]") -> bool:
            return await _listen(socket, call, running)

        await self._switchboard.connect(TwilioStream(socket, start["streamSid"]), start["callSid"], query, listen)


async def _start(socket: WebSocket) -> dict[str, Any] | None:
    """The `start` message, which follows `connected`; None when something else comes."""
    for _ in range(5):
        event = _json(await socket.receive_text())
        if event.get("event") == "connected":
            continue
        start = event.get("start")
        if event.get("event") == "start" and isinstance(start, dict):
            told = start.get("mediaFormat")
            form: dict[str, Any] = told if isinstance(told, dict) else {}
            named = isinstance(start.get("callSid"), str) and isinstance(start.get("streamSid"), str)
            right = form.get("encoding", "audio/x-mulaw") == "audio/x-mulaw" and form.get("sampleRate", 8000) == 8000
            given = start["customParameters"] = start.get("customParameters") or {}
            plain = isinstance(given, dict) and all(isinstance(value, str) for value in given.values())
            return start if named and right and plain else None
    return None


async def _listen(socket: WebSocket, call: MediaCall, running: "asyncio.Task[None]") -> bool:
    """Read until the stream ends; whether Twilio said `stop`: a stream that breaks off comes back."""
    frames = Frames()
    while not running.done():
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return False
        event = _json(message.get("text") or "")
        kind = event.get("event")
        try:
            if kind == "media":
                media = event["media"]
                if media.get("track", "inbound") == "inbound":
                    for frame in frames.add(int(media["chunk"]), base64.b64decode(media["payload"])):
                        await call.frame(frame)
            elif kind == "mark":
                call.playout.marked(event["mark"]["name"])
            elif kind == "dtmf":
                await call.key(event["dtmf"]["digit"])
            elif kind == "stop":
                return True
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            log.warning("message makes no sense", kind=str(kind), error=type(error).__name__)
    return False


def _json(text: str) -> dict[str, Any]:
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return event if isinstance(event, dict) else {}
