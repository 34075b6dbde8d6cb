"""The browser as a telephone: WS /browser/media, and the page that speaks to it.

Audio is 8 kHz mu-law in binary messages both ways, so that one hears what a caller on the telephone hears. Text
messages are JSON: from the page `{"event": "mark", "name"}` (played so far), `{"event": "dtmf", "digit"}` and
`{"event": "hangup"}`; to it `mark`, `clear`, `hangup`, and `text` (who said what).
"""

import asyncio
import contextlib
import secrets
from pathlib import Path

import orjson
from fastapi import WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse

from call_handler.media import MediaCall
from call_handler.switchboard import Switchboard
from call_handler.then import Then, Transfer
from mesh import logs
from mesh.wire.realtime import ServerEvent, answers, server

PAGE, LOGIN = (Path(__file__).parent.parent / "pages" / name for name in ("browser.html", "login.html"))
CSP = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Its script and style are in the page, and nothing else is loaded."""
BUSY, POLICY = 1013, 1008
log = logs.get("browser")


class BrowserCall:
    """One page: the Carrier of its call."""

    marks = True
    lead_ms = 200

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self.then: Then | None = None

    async def send_audio(self, frame: bytes) -> None:
        """20 ms."""
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # its reader notices, and ends the call
            await self._socket.send_bytes(frame)

    async def send_mark(self, name: str) -> None:
        """To be sent back when it is played."""
        await self.tell("mark", name=name)

    async def send_clear(self) -> None:
        """Throw away what has not been played."""
        await self.tell("clear")

    async def hang_up(self, then: Then) -> None:
        """End the call. A page cannot be put through: it is told the number."""
        self.then = then
        await self.tell("hangup", number=then.number if isinstance(then, Transfer) else "")
        with contextlib.suppress(RuntimeError):
            await self._socket.close()

    async def tell(self, event: str, **fields: str) -> None:
        """A message as text."""
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.send_text(orjson.dumps({"event": event, **fields}).decode())

    async def watch(self, event: ServerEvent) -> None:
        """Show what is said."""
        if isinstance(event, answers.WordsDelta):
            await self.tell("text", who="assistant", item=event.item_id, text=event.delta)
        elif isinstance(event, server.Transcribed):
            await self.tell("text", who="caller", item=event.item_id, text=event.transcript)


def page(file: Path, status: int = 200) -> HTMLResponse:
    """One of our pages."""
    headers = {"content-security-policy": CSP, "cache-control": "no-store", "referrer-policy": "same-origin"}
    return HTMLResponse(file.read_text(encoding="utf-8"), status, headers)


async def serve(switchboard: Switchboard, socket: WebSocket, query: dict[str, str]) -> None:
    """One socket; who may open it has been checked."""
    await socket.accept()
    if switchboard.full:
        await socket.close(BUSY, "busy")
        return
    carrier = BrowserCall(socket)

    async def listen(call: MediaCall, running: "asyncio.Task[None]") -> bool:
        return await _listen(socket, call, running)

    await switchboard.connect(carrier, "web-" + secrets.token_hex(8), query, listen, watch=carrier.watch)


async def _listen(socket: WebSocket, call: MediaCall, running: "asyncio.Task[None]") -> bool:
    """Read until the call ends: a page that is gone is a caller who is gone."""
    while not running.done():
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return True
        data = message.get("bytes")
        if data is not None:
            await call.frame(data)
            continue
        try:
            event = orjson.loads(message.get("text") or "")
            if event["event"] == "mark":
                call.playout.marked(event["name"])
            elif event["event"] == "dtmf" and event["digit"] in set("0123456789*#"):
                await call.key(event["digit"])
            elif event["event"] == "hangup":
                return True
        except (LookupError, TypeError, orjson.JSONDecodeError) as error:
            log.warning("message makes no sense", error=type(error).__name__)
    return False
