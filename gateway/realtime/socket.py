"""WS /v1/realtime: one session a socket. Also the ten ticks a second of all live calls."""

import asyncio
import contextlib
import hmac
from typing import Annotated

import orjson
from fastapi import Header, Query, WebSocket, WebSocketDisconnect
from prometheus_client import Gauge

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.peers import Peers
from gateway.realtime.hearing import Pace
from gateway.realtime.mailbox import Intake, Mailbox
from gateway.realtime.objects import session_of
from gateway.realtime.protocol import Protocol
from gateway.realtime.setup import Config, House
from gateway.realtime.sound import PCM, PCMU
from gateway.realtime.spans import Spans
from gateway.realtime.talk import Talk
from gateway.realtime.voice import Voice
from gateway.vad import Vad
from mesh import logs
from mesh.errors import BadInput
from mesh.settings import load_config
from mesh.wire.common import SESSION_ID
from mesh.wire.gateway import CloseRequest
from mesh.wire.lang import Languages

TICK_S = 0.1
CLOSE_S = 2.0
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
TOO_MANY, POLICY, GONE = 1013, 1008, 1001
LIVE = Gauge("gateway_live_calls", "Realtime sockets that are open.")
log = logs.get("realtime")
Id = Annotated[str | None, Query(pattern=SESSION_ID)]
Name = Annotated[str | None, Query(max_length=64)]
Party = Annotated[str | None, Header(max_length=64)]


class Realtime:
    """All realtime sockets of the process."""

    def __init__(self, settings: Settings, conversation: Conversation, recorder: Recorder, peers: Peers) -> None:
        self._settings, self._conversation = settings, conversation
        languages = load_config("languages.yaml", Languages)
        self._house = House(settings, conversation, recorder, peers, Voice(peers.tts, languages), Spans(), languages)
        self._vad, self._pace = Vad(), Pace()
        self._calls: dict[str, tuple[Protocol, WebSocket]] = {}
        self._taken = self._clients = 0
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
        ours = phone and self._is_telephony(socket)
        # Telephones have the rest to themselves.
        most = (
            self._settings.max_sockets if ours else min(self._settings.max_client_sockets, self._settings.max_sockets)
        )
        if (self._taken if ours else self._clients) >= most or self._taken >= self._settings.max_sockets:
            await socket.accept()
            await socket.close(TOO_MANY, "too many sessions")
            return
        self._taken += 1
        self._clients += not ours
        try:
            await self._session(socket, model, session_id, scenario, language, caller, called, phone=phone)
        finally:
            self._taken -= 1
            self._clients -= not ours

    def _is_telephony(self, socket: WebSocket) -> bool:
        """Whether call_handler asks: it has CALLS_TOKEN, or where there is none it is on this machine."""
        token = self._settings.calls_token.get_secret_value()
        if token:
            given = socket.headers.get("authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
        if socket.client is None or any(name in socket.headers for name in FORWARDED):
            return False
        return socket.client.host in ("127.0.0.1", "::1")

    async def _session(
        self,
        socket: WebSocket,
        model: str | None,
        session_id: str | None,
        scenario: str | None,
        language: str | None,
        caller: str | None,
        called: str | None,
        *,
        phone: bool,
    ) -> None:
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
        patience = asyncio.timeout(self._settings.first_event_s)

        def let_go() -> None:
            with contextlib.suppress(RuntimeError):  # it is being closed already
                patience.reschedule(clock())

        mailbox = Mailbox(let_go)
        clock = asyncio.get_running_loop().time
        sound = PCMU if phone else PCM
        config = Config(phone=phone, sound_in=sound, sound_out=sound)
        talk = Talk(self._house, config, session, mailbox, clock=clock)
        protocol = Protocol(talk, self._vad, self._pace, mailbox, called=called, model=model or session.scenario.name)
        self._calls[session.id] = (protocol, socket)
        LIVE.set(len(self._calls))
        try:
            await self._run(socket, protocol, mailbox, patience)
        finally:
            if self._calls.get(session.id, (None,))[0] is protocol:
                del self._calls[session.id]
            LIVE.set(len(self._calls))
            protocol.live.close()
            await talk.aclose()
            self._after(session, protocol)

    async def _run(self, socket: WebSocket, protocol: Protocol, mailbox: Mailbox, patience: asyncio.Timeout) -> None:
        talk = protocol.talk
        mailbox.event("session.created", session=session_of(talk.config, talk.session, protocol.model))
        if talk.config.phone:
            record = talk.session.scenario.recording is not None
            mailbox.event(
                "voiceblock.session", session_id=talk.session.id, language=talk.session.language, record=record
            )
        talk.warm()
        writer = asyncio.create_task(mailbox.deliver(socket))
        code, why = 1000, ""
        try:
            async with patience:
                await self._read(socket, protocol, mailbox, patience)
        except TimeoutError:
            why = "events are not read" if mailbox.full else "nothing was said"
            code = POLICY
            log.warning("client is let go", why=why, session_id=talk.session.id)
        except WebSocketDisconnect:
            pass
        finally:
            writer.cancel()
            with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close(code, why)

    async def _read(self, socket: WebSocket, protocol: Protocol, mailbox: Mailbox, patience: asyncio.Timeout) -> None:
        """Until the client goes, or ends the session. Who says nothing for long is not waited for."""
        clock = protocol.talk.clock
        intake = Intake(clock)
        while not protocol.ended:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data, text = message.get("bytes"), message.get("text") or ""
            if data is not None:
                protocol.binary(data)
            else:
                protocol.take(text)
            if protocol.spoken and not mailbox.full:
                patience.reschedule(clock() + self._settings.idle_socket_s)
            if wait_s := intake.took(len(data or text)):
                await asyncio.sleep(wait_s)

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
        while session_id in self._calls:  # another one may have come while the last was told
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
