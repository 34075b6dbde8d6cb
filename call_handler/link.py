"""The socket to gateway: audio and events of one call, reconnected when gateway is lost.

| gateway is   | then                                                                                                 |
| ------------ | ---------------------------------------------------------------------------------------------------- |
| killed       | reconnected to within RETRY_S of its return; audio that no turn has taken yet is sent again          |
| frozen       | noticed after two pings (PING_S); as killed                                                          |
| gone for long| after GIVE_UP_S `lost` is raised: the call apologises, and a call back is promised                   |
| busy         | it closes the socket before its first event: as gone, until it has room                              |
| lying        | an event that makes no sense is logged and left out                                                  |
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from mesh import logs, tracing
from mesh.auth.tokens import pass_of
from mesh.wire.realtime import ClientEvent, ServerEvent, answers, client, from_server, server

RETRY_S, OPEN_S, PING_S, GIVE_UP_S = 0.25, 3.0, 5.0, 20.0
PER_MS = 8
PARTIES = ("caller", "called")
MAX_MESSAGE = 4 * 1024 * 1024
HEARING = 256
"""Bytes of 32 ms, the piece in which gateway judges audio."""
IDLE_MS, SPEECH_MS = 2_000, 30_000
"""Audio kept in case it must be sent again: before speech is noticed, and of a turn."""
log = logs.get("link")


class Lost(Exception):
    """Gateway does not come back."""


class Link:
    """One call's socket to gateway. `on_event` and `on_audio` are awaited in the order in which things come."""

    def __init__(
        self,
        url: str,
        query: Mapping[str, str],
        on_event: Callable[[ServerEvent], Awaitable[None]],
        on_audio: Callable[[bytes], None],
        token: str = "",
    ) -> None:
        parties = {f"x-{name}": _plain(query.get(name, "")) for name in PARTIES if _plain(query.get(name, ""))}
        shown = {"phone": "true", **{name: value for name, value in query.items() if name not in PARTIES}}
        self._url = url.replace("http", "ws", 1).rstrip("/") + "/v1/realtime?" + urlencode(shown)
        ours = {"authorization": f"Bearer {token}"} if token else {}  # gateway keeps room for telephones
        self._pass = pass_of("call_handler")
        self._headers = tracing.current().headers() | parties | ours  # no numbers in the address: those end in logs
        self._on_event, self._on_audio = on_event, on_audio
        self._socket: ClientConnection | None = None
        self._unheard = bytearray()
        self._unsent, self._count = b"", 0
        self._speech = False
        self._owed = True  # gateway owes the caller something: a greeting, an answer
        self.closed = False
        self.down_since: float | None = None

    async def run(self) -> None:
        """Until `close`. Raises Lost."""
        self.down_since = time.monotonic()
        while not self.closed:
            try:
                async with connect(
                    self._url,
                    compression=None,
                    max_size=MAX_MESSAGE,
                    open_timeout=OPEN_S,
                    ping_interval=PING_S,
                    ping_timeout=PING_S,
                    close_timeout=0.5,
                    proxy=None,
                    additional_headers=self._headers | (self._pass.headers() if self._pass else {}),
                ) as socket:
                    await self._talk(socket)
            except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidURI) as error:
                if not self.closed:
                    log.warning("gateway is lost", error=type(error).__name__)
            self._socket = None
            if self.down_since is None:
                self.down_since = time.monotonic()
            if not self.closed:
                if time.monotonic() - self.down_since > GIVE_UP_S:
                    raise Lost
                await asyncio.sleep(RETRY_S)

    async def audio(self, data: bytes) -> None:
        """Audio of the caller."""
        self._unheard += data
        # Without gateway nobody notices when speech begins: all of it is kept.
        keep = (SPEECH_MS if self._speech or self._socket is None else IDLE_MS) * PER_MS
        if len(self._unheard) > keep + IDLE_MS * PER_MS:
            del self._unheard[:-keep]
        if self._socket is None:
            return
        self._unsent += data
        self._count += len(data)
        if self._count >= HEARING:  # less would not be judged yet: it goes with the next
            self._count %= HEARING
            data, self._unsent = self._unsent, b""
            await self._send(data)

    async def event(self, event: ClientEvent) -> None:
        """A client event; lost with the socket, like what it is about."""
        if self._socket is not None:
            await self._send(event.model_dump_json(exclude_none=True))

    async def close(self, reason: str, duration_s: float) -> bool:
        """The call is over; whether gateway could be told."""
        self.closed = True
        socket, self._socket = self._socket, None
        if socket is None:
            return False
        try:
            await socket.send(client.Ended(reason=reason, duration_s=duration_s).model_dump_json(exclude_none=True))
            await socket.close()
        except ConnectionClosed:
            log.info("gateway closed first")
            return False
        return True

    async def _talk(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._unsent, self._count = b"", len(self._unheard) % HEARING
        if self._unheard:
            await socket.send(bytes(self._unheard))
        if self._owed:
            await self.event(client.Create())
        async for message in socket:
            self.down_since = None
            if isinstance(message, bytes):
                self._on_audio(message)
                continue
            try:
                event = from_server(message)
            except ValidationError as error:
                log.error("gateway sent what is no event", error=error.errors(include_input=False)[0]["msg"])
                continue
            if event is not None:
                self._follow(event)
                await self._on_event(event)

    def _follow(self, event: ServerEvent) -> None:
        """Keep track of what would be lost with the socket."""
        if isinstance(event, server.SpeechStarted):
            self._speech = True
        elif isinstance(event, server.SpeechStopped):
            self._speech = False
            self._unheard.clear()
        elif isinstance(event, server.Committed):
            self._owed = True
        elif isinstance(event, answers.ResponseDone):
            self._owed = False

    async def _send(self, data: bytes | str) -> None:
        socket = self._socket
        if socket is None:
            return
        try:
            await socket.send(data)
        except ConnectionClosed:
            self._socket = None


def _plain(number: str) -> str:
    """A number, or a SIP address, as a header takes it."""
    return "".join(letter for letter in number if " " < letter <= "~")[:64]
