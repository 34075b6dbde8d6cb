"""The edge of every service: ids, limits, metrics and logs around each request. Pure ASGI: nothing is copied."""

import asyncio
import contextlib
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mesh import logs, metrics, tracing
from mesh.auth.guard import refuse
from mesh.doors import Doors
from mesh.errors import envelope_body
from mesh.openai_errors import error_body, is_openais

log = logs.get("http")

_QUIET = {"/health", "/metrics"}
_DEV_BODY = 2048
SMALL, MAX_HELD = 65_536, 256 * 1024 * 1024
BODY_S, BODY_RATE = 20.0, 16_384
"""A body has so many seconds, and one more for so many bytes that have come."""
LINGER, LINGER_S = 32 * 1024 * 1024, 1.0


class Unread(HTTPException):
    """A body that is not read to its end. An HTTPException: FastAPI makes a 400 of others."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, message, headers)
        self.code = code


def too_large(limit: int) -> Unread:
    """The body went past the limit (bytes)."""
    return Unread(413, "too_large", f"The body is larger than {limit / 1048576:g} MiB.")


class EdgeMiddleware:
    """Outermost: begins the trace, refuses strange hosts and large bodies, turns a crash into the envelope, logs."""

    def __init__(self, app: ASGIApp, *, service: str, max_body: int, doors: Doors, dev: bool) -> None:
        self._app, self._service, self._max_body, self._doors, self._dev = app, service, max_body, doors, dev

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket" and (refusal := self._doors.refusal(scope)):
                tracing.begin(None, None)
                await refuse(scope, refusal, receive, send)
            else:
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trace = tracing.begin(headers.get("x-request-id"), headers.get("traceparent"))
        exchange = _Exchange(scope, receive, send, trace, self._max_body, keep=self._dev)
        metrics.IN_FLIGHT.labels(self._service).inc()
        try:
            if refusal := self._doors.refusal(scope):
                await exchange.fail(refusal.status, refusal.code, refusal.message)
                return
            if int(headers.get("content-length") or 0) > self._max_body:
                raise too_large(self._max_body)
            await self._app(scope, exchange.receive, exchange.send)
        except Unread as error:
            await exchange.fail(error.status_code, error.code, error.detail)
        except ClientDisconnect:
            exchange.error_code = "gone"  # in the middle of its body: nobody is there to be told
        except Exception:
            log.exception("crashed", path=scope["path"])
            await exchange.fail(500, "internal", "Something broke here; the log has it under this request_id.")
        finally:
            _Exchange.held -= exchange.taken
            metrics.IN_FLIGHT.labels(self._service).dec()
            self._record(scope, exchange)

    def _record(self, scope: Scope, exchange: "_Exchange") -> None:
        elapsed = time.perf_counter() - exchange.started
        route = getattr(scope.get("route"), "path", "unmatched")
        status = exchange.status
        metrics.REQUESTS.labels(self._service, scope["method"], route, status).inc()
        metrics.LATENCY.labels(self._service, route).observe(elapsed)
        if exchange.error_code:
            metrics.ERRORS.labels(self._service, exchange.error_code).inc()
        if route in _QUIET and status < 500:
            return
        extra: dict[str, object] = {"error_code": exchange.error_code} if exchange.error_code else {}
        if self._dev:
            extra |= {"came_in": _readable(exchange.request_head), "went_out": _readable(exchange.reply_head)}
        log.info("served", method=scope["method"], route=route, status=status, ms=round(elapsed * 1000, 1), **extra)


class _Exchange:
    """One request and its response as they pass by."""

    held = 0
    """Bytes of the bodies of all requests in progress."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, trace: tracing.Trace, max_body: int, *, keep: bool
    ) -> None:
        self._path: str = scope["path"]
        self.started = time.perf_counter()
        self.status, self.error_code = 499, ""
        self.request_head, self.reply_head = b"", b""
        self._receive, self._send = receive, send
        self._trace, self._max_body, self._keep = trace, max_body, keep
        self.taken = 0
        self._begun = False
        self._until: float | None = asyncio.get_running_loop().time() + BODY_S

    async def receive(self) -> Message:
        if self._until is None:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise Unread(408, "too_slow", "The body came too slowly.", {"Connection": "close"}) from None
        if message["type"] == "http.request":
            body = message.get("body", b"")
            self._until += len(body) / BODY_RATE
            if not message.get("more_body"):
                self._until = None  # what is waited for from now on is that the client goes
            self.taken += len(body)
            _Exchange.held += len(body)
            if self.taken > self._max_body:
                if message.get("more_body"):
                    await self._let_finish()
                raise too_large(self._max_body)
            if self.taken > SMALL and _Exchange.held > max(MAX_HELD, self._max_body):
                # All bodies together are more than this process holds.
                said = "Too many large requests at once; try again in a moment."
                raise Unread(503, "busy", said, {"Retry-After": "1"})
            if self._keep and len(self.request_head) < _DEV_BODY:
                self.request_head += body[:_DEV_BODY]
        return message

    async def _let_finish(self) -> None:
        """Let who is still sending finish, within bounds: cut off, they would lose the answer (as nginx lingers)."""
        left = LINGER
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while left > 0 and (message := await self._receive()).get("more_body"):
                    left -= len(message.get("body", b""))

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._begun, self.status = True, message["status"]
            headers = MutableHeaders(scope=message)
            self.error_code = headers.get("x-error-code", "")
            headers["x-request-id"] = self._trace.request_id
        elif self._keep and len(self.reply_head) < _DEV_BODY:
            self.reply_head += message.get("body", b"")[:_DEV_BODY]
        await self._send(message)

    async def fail(self, status: int, code: str, message: str) -> None:
        """Send the envelope, unless a response has begun: then the broken connection says it."""
        if self._begun:
            self.status, self.error_code = 599, code
            return
        openais = is_openais(self._path)
        body = error_body(status, code, message) if openais else envelope_body(code, message, self._trace.request_id)
        for part in _parts(status, code, body):
            await self.send(part)


def _parts(status: int, code: str, body: bytes) -> tuple[Message, Message]:
    headers = [(b"content-type", b"application/json"), (b"x-error-code", code.encode())]
    headers.append((b"content-length", str(len(body)).encode()))
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


def _readable(head: bytes) -> object:
    """JSON as data (so that secrets under their names are masked), text as text, audio as its size."""
    try:
        return orjson.loads(head)
    except orjson.JSONDecodeError:
        pass
    try:
        text = head.decode()
        # Of a form "%2B1415…" must be seen to be a phone number, and what has a secret's name to be a secret.
        form = [f"{name}={logs.masked({name: value})[name]}" for name, value in parse_qsl(text)]
        return "&".join(form) or unquote_plus(text)[:500]
    except UnicodeDecodeError:
        return f"{len(head)}+ bytes of data"
