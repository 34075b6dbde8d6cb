"""Before the routes, inside the edge: who asks is known, and may do what they ask for. Pure ASGI.

| JWT_SECRET | who is served                                                                                      |
| ---------- | -------------------------------------------------------------------------------------------------- |
| set        | who shows a credential that has what the path needs, from this machine too: what comes from        |
|            | loopback may have come through a proxy                                                              |
| not set    | this machine, as LOCAL: no other address may be listened at, and where another server than uvicorn  |
|            | does, no connection to it is served; nor is one that says itself that it came through a proxy        |
"""

import base64
import contextlib
import ipaddress
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mesh import logs, tracing
from mesh.auth import LOCAL, Principal, Unauthorized
from mesh.auth.keys import Keyring
from mesh.auth.tokens import MAKE_ONE
from mesh.errors import ApiError, envelope_body
from mesh.openai_errors import error_reply, is_openais

Rules = tuple[tuple[str, str], ...]
"""Beginnings of paths (`=…`: a whole one) and what each needs: the first that fits counts, `service` where none does.
`open`: nothing; `anyone`: any credential; `service`: that of a service; `admin`: an admin's or a service's; or a scope.
"""
OPEN: Rules = tuple(
    (path, "open") for path in ("/health", "/metrics", "/docs", "/openapi.json", "/static-offline-docs")
)
INSIDE: Rules = (*OPEN, ("=/", "open"))
"""Those of a service that only services call."""
_ASK = 'Basic realm="voiceblock: any name, and an API key as the password", charset="UTF-8"'
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "x-forwarded-host", "via")
"""Headers by which a proxy shows that it stands between."""
_PROTOCOL = "openai-insecure-api-key."
log = logs.get("auth")


class Guard:
    """Of one app. Without a keyring no secret is set."""

    def __init__(self, app: ASGIApp, *, keyring: Keyring | None, rules: Rules) -> None:
        self._app, self._keyring, self._rules = app, keyring, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        need = self._need(scope["path"])
        if need != "open":
            try:
                found = await self._admitted(scope, need)
            except ApiError as error:
                await refuse(scope, error, receive, send)
                return
            scope.setdefault("state", {})["principal"] = found
        await self._app(scope, receive, send)

    def _need(self, path: str) -> str:
        for beginning, need in self._rules:
            if beginning.startswith("="):
                if path == beginning[1:]:
                    return need
            elif path == beginning or path.startswith(f"{beginning}/"):
                return need
        return "service"

    async def _admitted(self, scope: Scope, need: str) -> Principal:
        if self._keyring is None:
            return _local(scope)
        token = credential(scope)
        if not token:
            raise Unauthorized("unauthorized", "Authorization: Bearer with a token or an API key is wanted.")
        found = await self._keyring.identify(token)
        if need == "service" and found.role != "service":
            raise ApiError(403, "forbidden", "Only services of the mesh are served here.")
        if need == "admin" and found.role == "user":
            raise ApiError(403, "forbidden", "Only an admin may do this.")
        if need not in ("anyone", "service", "admin") and not found.may(need):
            raise ApiError(403, "insufficient_scope", f"The scope {need} is wanted, which this key does not have.")
        return found


def credential(scope: Scope) -> str:
    """The token or key of a request, or of a socket that a browser opens; empty: there is none.

    A person who opens a page is asked for a name and a password: the password is the key.
    """
    kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    if kind.lower() == "basic":
        with contextlib.suppress(ValueError):
            return base64.b64decode(token, validate=True).decode().partition(":")[2]
        return ""
    offered: Iterable[str] = scope.get("subprotocols") or ()
    return next((name.removeprefix(_PROTOCOL) for name in offered if name.startswith(_PROTOCOL)), "")


def beyond_loopback() -> str:
    """The address at which uvicorn was told to listen, where others than this machine reach it; else empty.

    It is read as uvicorn reads it, from the command line and the environment; its workers have the same command line.
    """
    command = Path(sys.argv[0])
    if "uvicorn" not in (command.stem, command.parent.name):
        return ""
    from uvicorn.main import main

    context = main.make_context("uvicorn", sys.argv[1:], resilient_parsing=True, auto_envvar_prefix="UVICORN")
    host = str(context.params.get("host") or "127.0.0.1")
    here = context.params.get("uds") or context.params.get("fd") is not None or _is_loopback(host)
    return "" if here else host


def require_secret(secret: str) -> None:
    """Raises ValueError where a process must not start without one."""
    if not secret and (host := beyond_loopback()):
        raise ValueError(
            f"listening at {host}, where others than this machine are, wants JWT_SECRET; to make one: {MAKE_ONE}"
        )


@lru_cache(64)
def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _local(scope: Scope) -> Principal:
    host = str((scope.get("server") or ("",))[0])
    address = host.replace(".", "").replace(":", "").isalnum() and any(char in host for char in ".:")
    headers = Headers(scope=scope)
    if (address and not _is_loopback(host)) or any(name in headers for name in FORWARDED):
        raise Unauthorized(
            "jwt_secret_wanted", "JWT_SECRET is not set: only this machine is served, and not by a proxy."
        )
    return LOCAL


async def refuse(scope: Scope, error: ApiError, receive: Receive, send: Send) -> None:
    """The error, in the shape that the path has."""
    log.info("refused", path=scope["path"], error_code=error.code)
    headers = error.headers
    if error.status == 401 and "text/html" in Headers(scope=scope).get("accept", ""):
        headers = {"WWW-Authenticate": _ASK}
    if is_openais(scope["path"]):
        reply = error_reply(error.status, error.code, error.message, headers=headers)
    else:
        body = envelope_body(error.code, error.message, tracing.current().request_id)
        reply = Response(body, error.status, {**headers, "x-error-code": error.code}, "application/json")
    if scope["type"] == "http":
        await reply(scope, receive, send)
        return
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return

    async def as_socket(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    await reply({**scope, "type": "http"}, receive, as_socket)
