"""What uvicorn leaves open: connections that say nothing, say half, or do not read.

It is told to use them by `--http mesh.server:Http --ws mesh.server:Socket`.

| a connection that                        | then                                                             |
| ---------------------------------------- | ---------------------------------------------------------------- |
| has not sent a whole head within HEAD_S  | is cut off; so is one that trickles between two requests         |
| asks for a WebSocket in no usable head   | is answered 400, or as websockets says, and closed               |
| sends a head above MAX_HEAD              | is answered 431                                                  |
| is one more than there is room for       | takes the place of the oldest without a whole request         |
| does not read what it is sent            | is cut off after UNREAD_S, with what waits for it                |

A request's body has its deadline in mesh/middleware.py.
"""

import asyncio
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

HEAD_S = 15.0
MAX_HEAD = 64 * 1024
MAX_CONNECTIONS = 2_000
SPARE = 128
"""File descriptors that are kept for our own connections, logs and databases."""
MAX_PIPELINE, MAX_PIECES = 16, 4_096
HELD = 16_384
UNREAD_S, CLOSE_S = 30.0, 5.0
"""Time in which 48 kB must be read by whom more than that is written to; and a goodbye."""
MAX_UNREAD = 1 << 20
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_NO_UPGRADE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def room() -> int:
    """Connections that a port takes; a process has two at most.

    As many files as the machine allows may be open from now on.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(16, min(MAX_CONNECTIONS, (most - SPARE) // 2))


class _Reader:
    """The other end has to read."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _unread: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """It does not, now."""
        super().pause_writing()  # type: ignore[misc]
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It does."""
        super().resume_writing()  # type: ignore[misc]
        if self._unread is not None:
            self._unread.cancel()


class _Together:
    """A transport whose writes of one turn of the loop go out as one: a head and its body need one system call."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (a transport's)
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Soon; at once where there is much, so that the transport can say that it is too much."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > HELD:
            self._flush()

    def close(self) -> None:
        """After what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            whole = b"".join(self._held)
            self._held.clear()
            self._size = 0
            self._transport.write(whole)


class Http(_Reader, HttpToolsProtocol):
    """One HTTP connection."""

    _room: ClassVar[int] = 0
    _ports: ClassVar[dict[int, dict["Http", None]]] = {}
    """Of each port, the connections that have not sent a whole request, the oldest first."""
    _late: asyncio.TimerHandle
    _head: int | None = 0
    """Bytes of a head that is not whole."""
    _whole = True
    """The last request has come with its body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for it, at the cost of one that says nothing."""
        super().connection_made(transport)
        self.transport = _Together(transport, self.loop)  # type: ignore[assignment]
        Http._room = Http._room or room()
        self._waiting = Http._ports.setdefault(id(self.connections), {})
        if len(self.connections) > Http._room:
            next(iter(self._waiting), self).transport.abort()
        self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited of it any more."""
        self._late.cancel()
        self._waiting.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A head has its limit; a body is the middleware's."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
                self.loop.call_later(CLOSE_S, self.transport.abort)

    def on_headers_complete(self) -> None:
        """A request, or a WebSocket's upgrade."""
        self._late.cancel()
        self._head, self._whole = None, False
        super().on_headers_complete()
        if len(self.pipeline) > MAX_PIPELINE:
            self.transport.abort()

    def on_message_complete(self) -> None:
        """A whole request: its answer is owed, unless it was given before the body had come."""
        self._whole = True
        if self.cycle is not None and self.cycle.response_complete:
            self._late.cancel()
            self._await()
        else:
            self._waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It waits again, unless another request is there already."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._late.cancel()
            self._await()
            self._head = 0 if self._whole else None

    def shutdown(self) -> None:
        """The server ends: who has not asked is not waited for."""
        if self in self._waiting:
            self.transport.close()
        else:
            super().shutdown()

    def _await(self) -> None:
        """A request, from now on."""
        self._head, self._late = 0, self.loop.call_later(HEAD_S, self.transport.abort)
        self._waiting[self] = None


class Socket(_Reader, WebSocketsSansIOProtocol):
    """One WebSocket."""

    def data_received(self, data: bytes) -> None:
        """The first that comes is the whole head; where websockets cannot read it, uvicorn says nothing, and waits."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()) or _NO_UPGRADE)
            self.transport.close()

    def handle_ping(self) -> None:
        """Answered, if the answers are read."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MAX_UNREAD:
            self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """A message in pieces, which may be empty: there must be few of them."""
        super().handle_cont(event)
        if len(self.frames) > MAX_PIECES:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """A ping was not answered. While we do not read, for what was sent too fast, its answer may be there."""
        if self.read_paused:
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()
            return
        super().keepalive_timeout()
        self.transport.abort()

    async def send(self, message: Any) -> None:  # noqa: ANN401 (ASGI)
        """A close is waited for, but not for ever."""
        if message["type"] == "websocket.close":
            self.writable.set()  # it may be because nothing is read that we close
            self.loop.call_later(CLOSE_S, self.transport.abort)
        await super().send(message)
