"""All realtime sockets: who gets one, which of two has a session, when it is over; and ten ticks a second for all."""

import asyncio
import contextlib
import hmac

from fastapi import WebSocket
from prometheus_client import Gauge

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.peers import Peers
from gateway.realtime.hearing import Pace
from gateway.realtime.line import Line, reject
from gateway.realtime.protocol import Protocol
from gateway.realtime.setup import Config, House, Party
from gateway.realtime.sound import PCM, PCMU
from gateway.realtime.spans import Spans
from gateway.realtime.talk import Talk
from gateway.realtime.voice import Voice
from gateway.vad import Vad
from mesh import logs
from mesh.auth import LOCAL, Principal
from mesh.auth.guard import FORWARDED
from mesh.errors import ApiError
from mesh.wire.gateway import CloseRequest

TICK_S = 0.1
TOO_MANY, GONE = 1013, 1001
LIVE = Gauge("gateway_live_calls", "Realtime sockets that are open.")
log = logs.get("realtime")


class Calls:
    """Those of the process."""

    def __init__(self, settings: Settings, conversation: Conversation, recorder: Recorder, peers: Peers) -> None:
        self._settings, self._conversation = settings, conversation
        languages = conversation.languages
        self._house = House(settings, conversation, recorder, peers, Voice(peers.tts, languages), Spans(), languages)
        self._vad, self._pace = Vad(), Pace()
        self._calls: dict[str, tuple[Protocol, WebSocket]] = {}
        self._all = self._clients = 0
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

    async def serve(self, socket: WebSocket, party: Party) -> None:
        """One socket, from its upgrade to its end."""
        ours, settings = party.phone and self._is_telephony(socket, party.asking), self._settings
        # Telephones have the rest to themselves.
        most = settings.max_sockets if ours else min(settings.max_client_sockets, settings.max_sockets)
        if (self._all if ours else self._clients) >= most or self._all >= settings.max_sockets:
            await socket.accept()
            await socket.close(TOO_MANY, "too many sessions")
            return
        self._all += 1
        self._clients += not ours
        try:
            await self._session(socket, party)
        finally:
            self._all -= 1
            self._clients -= not ours

    def _is_telephony(self, socket: WebSocket, asking: Principal) -> bool:
        """Whether call_handler asks: it is a service, or has CALLS_TOKEN, or where there is none is on this machine."""
        if asking is not LOCAL:
            return asking.role == "service"
        token = self._settings.calls_token.get_secret_value()
        if token:
            given = socket.headers.get("authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
        if socket.client is None or any(name in socket.headers for name in FORWARDED):
            return False
        return socket.client.host in ("127.0.0.1", "::1")

    async def _session(self, socket: WebSocket, party: Party) -> None:
        conversation = self._conversation
        try:
            name = party.scenario or (party.model if party.model in conversation.scenarios.by_name else None)
            session = await conversation.lookup.session(Turn(), party.session_id, name, party.called, party.asking)
        except ApiError as error:
            await reject(socket, error)
            return
        offered = socket.scope.get("subprotocols") or []
        await socket.accept(subprotocol="realtime" if "realtime" in offered else None)
        self._vad.warm()  # at the first call, while its greeting is heard: memory that an idle mesh does not need
        await self._displace(session.id)
        session.caller = conversation.caller(session, party.caller) or session.caller
        if party.language in session.scenario.languages and not session.begun:
            session.language = str(party.language)
        line = Line(socket, first_s=self._settings.first_event_s, idle_s=self._settings.idle_socket_s)
        sound = PCMU if party.phone else PCM
        config = Config(phone=party.phone, sound_in=sound, sound_out=sound)
        talk = Talk(self._house, config, session, line.mailbox, clock=asyncio.get_running_loop().time)
        model = party.model or session.scenario.name
        protocol = Protocol(talk, self._vad, self._pace, line.mailbox, called=party.called, model=model)
        if party.wanted is not None:
            protocol.configure(party.wanted)
        self._calls[session.id] = (protocol, socket)
        LIVE.set(len(self._calls))
        try:
            await line.run(protocol)
        finally:
            if self._calls.get(session.id, (None,))[0] is protocol:
                del self._calls[session.id]
            LIVE.set(len(self._calls))
            protocol.live.close()
            await talk.aclose()
            self._after(session, protocol)

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
