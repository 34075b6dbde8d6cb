"""WS /v1/realtime: one session a socket. Also the ten ticks a second of all live calls."""

import asyncio
import contextlib
import secrets
from typing import Annotated, Any

import orjson
from fastapi import Header, Query, WebSocket, WebSocketDisconnect
from prometheus_client import Gauge

from gateway.chain import Conversation
from gateway.config import Settings
from gateway.peers import Peers
from gateway.realtime.hearing import Pace
from gateway.realtime.objects import session_of
from gateway.realtime.protocol import Protocol
from gateway.realtime.setup import Config, House
from gateway.realtime.sound import PCM, PCMU
from gateway.realtime.spans import Spans
from gateway.realtime.talk import Talk
from gateway.realtime.voice import Voice
from gateway.record import Recorder
from gateway.session import Session
from gateway.steps import Turn
from gateway.vad import Vad
from mesh import logs
from mesh.errors import BadInput
from mesh.settings import load_config
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import CloseRequest
from mesh.wire.lang import Languages

TICK_S = 0.1
MAX_UNSENT = 5_000
"""Events that wait for a client that does not read, before it is let go."""
TOO_MANY, POLICY, GONE = 1013, 1008, 1001
LIVE = Gauge("gateway_live_calls", "Realtime sockets that are open.")
log = logs.get("realtime")
Id = Annotated[str | None, Query(pattern=SESSION_ID)]
Name = Annotated[str | None, Query(max_length=64)]
Party = Annotated[str | None, Header(max_length=64)]


class Mailbox:
    """Events and audio on their way to one client, in order."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    def event(self, kind: str, **fields: Any) -> None:  # noqa: ANN401 (JSON)
        """One server event."""
        body = {"type": kind, "event_id": f"event_{secrets.token_hex(8)}", **fields}
        self.waiting.put_nowait(orjson.dumps(body).decode())

    def audio(self, data: bytes) -> None:
        """Audio as a binary frame."""
        self.waiting.put_nowait(data)


class Realtime:
    """All realtime sockets of the process."""

    def __init__(self, settings: Settings, conversation: Conversation, recorder: Recorder, peers: Peers) -> None:
        self._settings, self._conversation = settings, conversation
        languages = load_config("languages.yaml", Languages)
        self._house = House(settings, conversation, recorder, peers, Voice(peers.tts, languages), Spans(), languages)
        self._vad, self._pace = Vad(), Pace()
        self._calls: dict[str, tuple[Protocol, WebSocket]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._ticking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._ticking = asyncio.create_task(self._tick())

    async def aclose(self) -> None:
        """Let go of everything; the calls go on elsewhere."""
        if self._ticking:
            self._ticking.cancel()
        for task in self._closing.values():
            task.cancel()
        await self._house.voice.aclose()
        await asyncio.to_thread(self._house.spans.close)
        self._vad.close()

    @property
    def open(self) -> int:
        """Sockets that are open."""
        return len(self._calls)

    async def serve(
        self,
        socket: WebSocket,
        *,
        model: Name = None,
        session_id: Id = None,
        scenario: Name = None,
        language: Annotated[str | None, Query(pattern="^[a-z]{2,3}$")] = None,
        caller: Name = None,
        called: Name = None,
        x_caller: Party = None,
        x_called: Party = None,
        phone: bool = False,
    ) -> None:
        """One socket, from its upgrade to its end. `model` may be a scenario's name.

        Our own telephony names the two numbers in headers: addresses end in logs.
        """
        caller, called = caller or x_caller, called or x_called
        if len(self._calls) >= self._settings.max_sockets:
            await socket.accept()
            await socket.close(TOO_MANY, "too many sessions")
            return
        try:
            name = scenario or (model if model in self._conversation.scenarios.by_name else None)
            session = await self._conversation.lookup.session(Turn(), session_id, name, called)
        except BadInput as error:
            await _reject(socket, error)
            return
        offered = socket.scope.get("subprotocols") or []
        await socket.accept(subprotocol="realtime" if "realtime" in offered else None)
        self._vad.warm()  # at the first call, while its greeting is heard: memory that an idle mesh does not need
        await self._displace(session.id)
        session.caller = self._conversation.caller(session, caller) or session.caller
        if language and not session.begun:
            session.language = language if language in session.scenario.languages else session.language
        mailbox = Mailbox()
        sound = PCMU if phone else PCM
        config = Config(phone=phone, sound_in=sound, sound_out=sound)
        clock = asyncio.get_running_loop().time
        talk = Talk(self._house, config, session, mailbox, clock=clock)
        protocol = Protocol(talk, self._vad, self._pace, mailbox, called=called, model=model or session.scenario.name)
        self._calls[session.id] = (protocol, socket)
        LIVE.set(len(self._calls))
        try:
            await self._run(socket, protocol, mailbox, session)
        finally:
            if self._calls.get(session.id, (None,))[0] is protocol:
                del self._calls[session.id]
            LIVE.set(len(self._calls))
            protocol.live.close()
            await talk.aclose()
            self._after(session, protocol)

    async def _run(self, socket: WebSocket, protocol: Protocol, mailbox: Mailbox, session: Session) -> None:
        mailbox.event("session.created", session=session_of(protocol.talk.config, session, protocol.model))
        if protocol.talk.config.phone:
            record = session.scenario.recording is not None
            mailbox.event("voiceblock.session", session_id=session.id, language=session.language, record=record)
        protocol.talk.warm()
        writer = asyncio.create_task(_write(socket, mailbox))
        try:
            while not protocol.ended:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                data = message.get("bytes")
                if data is not None:
                    protocol.binary(data)
                else:
                    protocol.take(message.get("text") or "")
                if mailbox.waiting.qsize() > MAX_UNSENT:
                    log.warning("client does not read", session_id=session.id)
                    break
        except WebSocketDisconnect:
            pass
        finally:
            writer.cancel()
            with contextlib.suppress(RuntimeError):
                await socket.close()

    def _after(self, session: Session, protocol: Protocol) -> None:
        """A session that was ended is closed now, one whose socket broke after a while in which it may come back."""
        if session.id in self._calls:
            return
        wait_s = 0.0 if protocol.ended or not protocol.talk.config.phone else self._settings.resume_s
        task = asyncio.create_task(self._close(session.id, wait_s, protocol.ended or "lost"))
        self._closing[session.id] = task
        task.add_done_callback(lambda _: self._closing.pop(session.id, None))

    async def _close(self, session_id: str, wait_s: float, reason: str) -> None:
        await asyncio.sleep(wait_s)
        if session_id not in self._calls:
            await self._conversation.close(session_id, CloseRequest(reason=reason))

    async def _displace(self, session_id: str) -> None:
        """A session has one socket: a newer one (its telephone came back) takes it over."""
        closing = self._closing.pop(session_id, None)
        if closing is not None:
            closing.cancel()
        if session_id in self._calls:
            _, socket = self._calls.pop(session_id)
            with contextlib.suppress(RuntimeError):
                await socket.close(GONE, "taken over by a newer socket")

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_S)
            for protocol, _ in list(self._calls.values()):
                try:
                    protocol.live.tick(loop.time())
                except Exception:  # one call's trouble must not stop the others' clocks
                    log.exception("tick failed", session_id=protocol.talk.session.id)


async def _write(socket: WebSocket, mailbox: Mailbox) -> None:
    while True:
        item = await mailbox.waiting.get()
        try:
            if isinstance(item, bytes):
                await socket.send_bytes(item)
            elif item is not None:
                await socket.send_text(item)
        except (RuntimeError, WebSocketDisconnect):
            return


async def _reject(socket: WebSocket, error: BadInput) -> None:
    """The reason as an event: a refused upgrade would not tell it."""
    await socket.accept()
    body = {
        "type": "invalid_request_error",
        "code": error.code,
        "message": error.message,
        "param": None,
        "event_id": None,
    }
    await socket.send_text(orjson.dumps({"type": "error", "event_id": "event_0", "error": body}).decode())
    await socket.close(POLICY, error.code)
