"""The app factory: what makes a FastAPI app a service of the mesh."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Match

from mesh import home, logs, metrics, tracing
from mesh.auth.guard import INSIDE, Guard, Rules, require_secret
from mesh.auth.keys import Keyring
from mesh.auth.tokens import Tokens
from mesh.client import Client
from mesh.doors import Doors
from mesh.errors import ApiError, envelope_body
from mesh.kept import disk
from mesh.middleware import EdgeMiddleware, Unread
from mesh.openai_errors import is_openais, reply_to
from mesh.settings import ServiceSettings, peer_url, ports
from mesh.strict import StrictRoute
from mesh.wire.common import Check, ErrorEnvelope, Health, State
from mesh.wire.route import Route

Probe = Callable[[], Awaitable[Mapping[str, Check]]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Stops:
    """What else a request passes on its way to the routes; what is `outside` the edge sees what that refuses too."""

    outside: Sequence[Middleware] = ()
    before: Sequence[Middleware] = ()
    """The guard: who asks is not known there."""
    behind: Sequence[Middleware] = ()
    origins: Sequence[str] = ()
    """Of other sites, whose pages are served; `*`: all."""


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
Handler = TypeVar("Handler", bound=Callable[..., Any])

log = logs.get("service")


def create_app(
    settings: ServiceSettings,
    description: str,
    *,
    lifespan: Lifespan,
    probe: Probe,
    rules: Rules = INSIDE,
    keyring: Keyring | None = None,
    stops: Stops = Stops(),
) -> FastAPI:
    """A FastAPI app with /, /docs, /health, /metrics, ids, logs, the error envelope, checks of Host, Origin and size,
    and a guard: `rules` say which path is whose, `keyring` knows who is who (without one: other services alone). With
    no JWT_SECRET whoever asks from this machine is served.

    `probe` gives the checks of /health: any that is not ok makes the service `degraded`.
    Raises ValueError where strangers could reach the service and no JWT_SECRET is set.
    """
    name, version, secret = settings.service, settings.version, settings.jwt_secret.get_secret_value()
    require_secret(secret)
    keyring = keyring or (Keyring(Tokens(secret)) if secret else None)
    logs.configure(name, settings.log_level, json=settings.log_json, chosen="log_json" in settings.model_fields_set)

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        disk.be_private()
        # A Settings' repr hides its secrets (SecretStr); log only the names that differ from the defaults.
        log.info("starting", version=version, dev=settings.is_dev, set=sorted(settings.model_fields_set))
        home.mount(app, name)  # now that the service has mounted what is its own
        metrics.UP_SINCE.labels(name, version).set(time.time())
        async with lifespan(app):
            following = asyncio.create_task(keyring.run()) if keyring else None
            gc.collect()
            gc.freeze()  # what lives as long as the process is not looked at again and again: a full look takes 50 ms
            yield
            if following:  # before what it reads from is closed
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
        log.info("stopped")

    # FastAPI's /docs with the page's parts from its wheel: a machine without internet shows it too.
    app = FastAPIOffline(
        title=f"VoiceBlock {name}",
        description=description,
        version=version,
        lifespan=run,
        redoc_url=None,
        responses={"4XX": {"model": ErrorEnvelope}, "5XX": {"model": ErrorEnvelope}},
    )
    ours = [peer_url(name)] if name in ports() else []
    doors = Doors(ours, [settings.public_url, *settings.allowed_hosts], stops.origins)
    limit = int(settings.max_body_mb * 1024 * 1024)
    edge = Middleware(EdgeMiddleware, service=name, max_body=limit, doors=doors, dev=settings.is_dev)
    guard = Middleware(Guard, keyring=keyring if secret else None, rules=rules)
    app.user_middleware += [*stops.outside, edge, *stops.before, guard, *stops.behind]
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)

    if rules is not INSIDE:
        _describe_credentials(app)

    @app.get("/health", summary="Whether this service works, and with what", tags=["operations"])
    async def health() -> Health:
        return await health_of(settings, probe)

    @app.get("/metrics", summary="Prometheus text", tags=["operations"])
    async def prometheus() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def _describe_credentials(app: FastAPI) -> None:
    """In the OpenAPI document, so that /docs has its Authorize button: a log-in, and a key or token by itself."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["log_in"] = {"type": "oauth2", "flows": {"password": {"tokenUrl": "auth/token", "scopes": {}}}}
        schemes["key"] = {"type": "http", "scheme": "bearer"}
        document["security"] = [{"log_in": []}, {"key": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]


async def health_of(settings: ServiceSettings, probe: Probe) -> Health:
    """The health that the checks of `probe` make: any that is not ok makes the service `degraded`."""
    checks = dict(await probe())
    status: State = "ok" if all(check.ok for check in checks.values()) else "degraded"
    return Health(status=status, service=settings.service, version=settings.version, checks=checks)


def serve(app: FastAPI | APIRouter, route: Route[Any, Any], **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
    """Mount a handler at `route`; `options` are FastAPI's own. A handler typed otherwise than the route is refused."""

    def mount(handler: Handler) -> Handler:
        hints = get_type_hints(handler)
        if issubclass(route.reply, bytes):
            options.setdefault("response_class", Response)
        elif hints.get("return") is not route.reply:
            raise TypeError(f"{handler.__name__} returns {hints.get('return')}, {route.path} promises {route.reply}")
        if route.request is not type(None) and route.request not in hints.values() and "openapi_extra" not in options:
            raise TypeError(f"{handler.__name__} does not take {route.request}")
        models: tuple[type, ...] = (route.request, route.reply)
        for model in models:
            if issubclass(model, BaseModel):  # built now: FastAPI silences pydantic only while it makes the route
                model.model_config["defer_build"] = False
        router = app.router if isinstance(app, FastAPI) else app
        strict = router.route_class if issubclass(router.route_class, StrictRoute) else StrictRoute
        router.add_api_route(route.path, handler, methods=[route.method], route_class_override=strict, **options)
        return handler

    return mount


async def relay(client: Client, route: Route[Any, bytes], *, path: Mapping[str, str]) -> StreamingResponse:
    """A peer's streamed reply, passed on as it comes. Raises PeerError before its first byte; later it breaks off."""
    stack = AsyncExitStack()
    response = await stack.enter_async_context(client.stream(route, path=path))

    async def body() -> AsyncIterator[bytes]:
        async with stack:
            async for piece in client.pieces(response):
                yield piece

    return StreamingResponse(body(), media_type=response.headers.get("content-type"))


def error_response(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The envelope as a response, counted by code."""
    body = envelope_body(code, message, tracing.current().request_id)
    return Response(body, status, dict(headers or {}) | {"x-error-code": code}, "application/json")


async def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.code, error.message, error.headers)


async def _invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(isinstance(problem.get("input"), bytes) for problem in problems):  # FastAPI leaves it as it came
        return error_response(415, "unsupported_media_type", "Send content-type: application/json.")
    malformed = any(problem["type"] == "json_invalid" for problem in problems)
    words = "; ".join(_sentence(problem) for problem in problems[:5])
    return error_response(400 if malformed else 422, "malformed_json" if malformed else "invalid_request", words)


def _sentence(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "json_invalid":
        return f"The body is not JSON: {problem.get('ctx', {}).get('error', 'it cannot be read')}"
    where = ".".join(str(part) for part in problem["loc"] if part not in ("body", "query", "path"))
    return f"{where}: {problem['msg']}" if where else f"request body: {problem['msg']}"


def _methods(request: Request) -> str:
    """What may be done at a path, as Allow has it: a route that matches knows of its own methods only."""
    asked, found = {name: request.scope[name] for name in ("type", "app", "path", "root_path", "headers")}, []
    for method in METHODS:
        fits = (r for r in request.app.router.routes if r.matches({**asked, "method": method})[0] is Match.FULL)
        if (route := next(fits, None)) and method in (getattr(route, "methods", None) or METHODS):
            found.append(method)
    return ", ".join(found) or "GET, HEAD"  # files take no others


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        error.headers = {"Allow": _methods(request)}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=error.headers)
    if is_openais(request.url.path):
        return reply_to(error)
    usual = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "error")
    code = error.code if isinstance(error, Unread) else usual
    return error_response(error.status_code, code, str(error.detail), error.headers)
