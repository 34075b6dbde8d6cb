"""The world's port: Twilio's addresses and nothing else. A tunnel or a proxy points here; PUBLIC_URL is its other end.

What comes in here may come from anybody, whatever its address, so nothing is believed for coming from this machine.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from call_handler.providers.twilio.twiml import API_VOICE
from mesh import logs, tracing
from mesh.middleware import too_large
from mesh.server import Http, Socket
from mesh.service import error_response

PREFIX = "/twilio/"
MARK = "call_handler.world"
"""In the scope of a request that came in here."""
MAX_MESSAGE = 65_536
"""Bytes of a webhook's body and of a socket's message: Twilio's have some hundreds, and anybody's are read."""
STOP_S = 5
log = logs.get("world")


class Gate:
    """What the world sees of an app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["path"].startswith(PREFIX) or scope["path"] == API_VOICE:
            await self._app({**scope, MARK: True}, _bounded(receive), send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            request_id = tracing.begin(None, None).request_id
            answer = error_response(404, "not_found", "Not Found", {"x-request-id": request_id})
            await answer(scope, receive, send)


def _bounded(receive: Receive) -> Receive:
    """No larger body than Twilio's, whatever our own port takes: reading a form holds up every call."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MAX_MESSAGE:
                raise too_large(MAX_MESSAGE)
        return message

    return bounded


class _Server(uvicorn.Server):
    """A second server in the first one's loop, which has the signals, and ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them where they are."""
        yield


class World:
    """The listener."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.where, self.trouble = "off", ""

    async def start(self, app: ASGIApp) -> None:
        """Listen, where a port is set. A port that is taken does not stop the other roads."""
        if not self._port:
            return
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            listener = socket.create_server((self._host, self._port), family=family, backlog=512)
        except OSError as error:
            self.trouble = f"port {self._port} cannot be had: {error.strerror}"
            log.error("the world's port is off", port=self._port, error=str(error))
            return
        config = uvicorn.Config(
            Gate(app),
            lifespan="off",
            log_config=None,
            access_log=False,
            http=Http,
            ws=Socket,
            ws_max_size=MAX_MESSAGE,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=STOP_S,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve([listener]))
        self.where = f"{self._host}:{self._port}"

    async def aclose(self) -> None:
        """Listen no more, and let go of who is here."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
