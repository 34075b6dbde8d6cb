"""POST /v1/chat/completions, /v1/completions, /v1/embeddings: raw ASGI, for every layer here costs each token.

| while the reply passes, the server | the client gets                                                        |
| ---------------------------------- | ---------------------------------------------------------------------- |
| stalls, breaks off a stream        | an error event, at which OpenAI's clients raise; no [DONE]              |
| sends less than its content-length | 502; of a reply larger than GATHER, of which some is sent, a broken one |
| sends more than MAX_REPLY          | the same                                                                |

A client that leaves ends its request upstream at once.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

import aiohttp
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from gateway.openai.ask import Ask, parse
from gateway.openai.models import Listing
from gateway.openai.replies import TAIL, Events, usage_of
from gateway.openai.router import Lease, Router
from gateway.openai.upstream import Refused, Unanswered, Upstream
from gateway.usage import Ledger, Usage
from mesh import logs
from mesh.auth import Principal, principal
from mesh.errors import ApiError
from mesh.openai_errors import error_body

GATHER, MAX_REPLY, MAX_COUNTED = 1 << 20, 256 << 20, 200
CUT_OFF = "The model's server broke off in the middle of its answer."
END = (b"}", b"]")
BROKEN = (aiohttp.ClientError, OSError)
log = logs.get("openai")


@dataclass(slots=True)
class Begun:
    """A reply that has begun: its first bytes, and when it is to be over. Its lease is to be ended."""

    lease: Lease
    response: aiohttp.ClientResponse
    first: bytes
    until: float


class Models:
    """Asks servers for answers, in turn. What they say is passed on by `Door`, or read by /v1/responses."""

    def __init__(
        self, router: Router, upstream: Upstream, listing: Listing, ledger: Ledger, stall_s: float, deadline_s: float
    ) -> None:
        self.router, self.upstream, self.ledger, self._listing = router, upstream, ledger, listing
        self.stall_s, self.deadline_s = stall_s, deadline_s
        self._counted: set[str] = set()

    def used(self, principal: Principal, model: str, usage: Usage) -> None:
        """Count it; a server that takes any name must not make as many time series."""
        if len(self._counted) < MAX_COUNTED:
            self._counted.add(model)
        self.ledger.used(principal, model if model in self._counted else "other", usage)

    async def open(self, ask: Ask) -> Begun:
        """Ask, again where that may help, until there is a reply. Raises ApiError."""
        tried: set[int] = set()
        problem: ApiError | None = None
        prefix, ask.until = ask.prefix, asyncio.get_running_loop().time() + self.deadline_s
        for server in self.router.listing(ask.model):
            await self._listing.refresh(server)
        while (lease := self.router.lease(ask.model, prefix, tried)) is not None:
            tried.add(id(lease.server))
            try:
                response, first = await self.upstream.ask(lease, ask)
            except Unanswered as error:
                log.warning("model server failed", url=lease.server.entry.base_url, why=lease.server.why)
                problem = error
            else:
                return Begun(lease, response, first, ask.until)
        raise problem or ApiError(503, "model_unavailable", "No server of this model can be reached.", retry_after_s=1)


class Door:
    """One of the paths; an ASGI app."""

    def __init__(self, path: str, models: Models) -> None:
        self._path, self._models = path, models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            kind = next((v for k, v in scope["headers"] if k == b"content-type"), b"")
            ask = parse(self._path, kind.decode("latin-1"), await body_of(receive))
            await while_there(receive, self._answer(ask, scope, send))
        except ApiError as error:
            await refuse(send, error)

    async def _answer(self, ask: Ask, scope: Scope, send: Send) -> None:
        begun = await self._models.open(ask)
        passing = _Passing(self._models, begun, send, principal(scope))
        try:
            if begun.response.content_type == "text/event-stream":
                await passing.stream(ask, begun.first)
            else:
                await passing.whole(begun.first)
        finally:
            begun.lease.left()
            begun.response.close()


class _Passing:
    """One reply on its way."""

    def __init__(self, models: Models, begun: Begun, send: Send, principal: Principal) -> None:
        self._models, self._lease, self._response, self._send = models, begun.lease, begun.response, send
        self._principal = principal
        self._loop = asyncio.get_running_loop()
        self._until = begun.until

    async def stream(self, ask: Ask, piece: bytes) -> None:
        """Server-sent events, as they come."""
        strip = not ask.wants_usage and self._lease.server.entry.stream_usage
        events, send, content = Events(strip=strip), self._send, self._response.content
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, (b"x-accel-buffering", b"no")]})
        why = "The model's server broke off."
        try:
            async with asyncio.timeout(None) as late:
                while piece:
                    late.reschedule(None)
                    if out := events.feed(piece):
                        await send({"type": "http.response.body", "body": out, "more_body": True})
                    late.reschedule(self._next())
                    piece = await content.readany()
        except TimeoutError:
            why = "The model's server stalled."
        except BROKEN:
            pass
        finally:
            self._used(events.usage, ask, events.count)
        out = events.close()
        if events.ended:
            self._lease.ok()
        else:
            self._lease.failed(why)
            out += b"data: " + error_body(502, "model_failed", why) + b"\n\n"
        await send({"type": "http.response.body", "body": out})

    async def whole(self, piece: bytes) -> None:
        """JSON. Small, it is there as a whole before any of it is sent on, so that a broken one is no reply."""
        response, held, size = self._response, [], 0
        tail, begun = b"", False
        if response.content.at_eof():  # it came at once, as most do
            held, piece = [piece], b""
        try:
            async with asyncio.timeout(None) as late:
                while piece:
                    late.reschedule(None)
                    size += len(piece)
                    held.append(piece)
                    if size > MAX_REPLY:
                        raise OSError("larger than any reply may be")
                    if size > GATHER:
                        tail = (tail + b"".join(held))[-TAIL:]
                        await self._begin() if not begun else None
                        begun = True
                        await self._send({"type": "http.response.body", "body": b"".join(held), "more_body": True})
                        held.clear()
                    late.reschedule(self._next())
                    piece = await response.content.readany()
        except (TimeoutError, *BROKEN) as error:
            self._lease.failed(f"{type(error).__name__}: {error}")
            if begun:
                raise
            raise ApiError(502, "model_failed", CUT_OFF) from None
        body = b"".join(held)
        if not body.rstrip().endswith(END):
            self._lease.failed("no whole JSON")
            raise ApiError(502, "model_failed", CUT_OFF)
        self._lease.ok()
        self._used(usage_of((tail + body)[-TAIL:]))
        if not begun:
            await self._begin(len(body))
        await self._send({"type": "http.response.body", "body": body})

    def _next(self) -> float:
        """When the next piece is late."""
        return min(self._until, self._loop.time() + self._models.stall_s)

    async def _begin(self, length: int | None = None) -> None:
        headers = [(b"content-type", b"application/json")]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    def _used(self, usage: Usage | None, ask: Ask | None = None, events: int = 0) -> None:
        if usage is None and ask is not None:  # it left before the server said: about as much as this
            usage = Usage(len(ask.raw) // 4, events, estimated=True)
        self._models.used(self._principal, self._lease.model, usage or Usage())


async def body_of(receive: Receive) -> bytes:
    """A request's body; the edge bounds it. Raises ClientDisconnect."""
    message = await receive()
    if message["type"] != "http.disconnect" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    pieces = []
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()


async def while_there(receive: Receive, work: Awaitable[None], body_read: asyncio.Event | None = None) -> None:
    """Do it unless the client leaves; then it is cancelled at once. `body_read`: the work reads the body itself."""
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive, body_read))
    gone.add_done_callback(lambda _: doing.cancel())
    try:
        await doing
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not gone.done() or (task is not None and task.cancelling()):
            raise
    finally:
        gone.cancel()


async def _gone(receive: Receive, body_read: asyncio.Event | None) -> None:
    if body_read is not None:
        await body_read.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def refuse(send: Send, error: ApiError) -> None:
    """An error as a reply, in a server's own words where it has some."""
    body = error.body if isinstance(error, Refused) and error.body else b""
    status = 400 if error.status == 422 else error.status
    body = body or error_body(status, error.code, error.message, getattr(error, "param", None))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers.append((b"x-error-code", error.code.encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
