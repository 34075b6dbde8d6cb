"""Raw ASGI apps as routes that /docs shows and tries like any other."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"description": text, "content": {"application/json": {"schema": ERROR}}}
    for code, text in [("4XX", "The request is at fault, in OpenAI's shape"), ("5XX", "No answer, in OpenAI's shape")]
}


async def _documented() -> Response:
    raise AssertionError("the raw app answers")


class RawRoute(APIRoute):
    """An ASGI app at one path, without FastAPI's request, dependencies and response in between."""

    def __init__(self, path: str, raw: ASGIApp, summary: str, body: dict[str, Any]) -> None:
        """`body` is the content of its request by media type, as OpenAPI has it."""
        super().__init__(
            path,
            _documented,
            methods=["POST"],
            response_class=Response,
            responses=ERRORS,
            summary=summary,
            tags=["openai"],
            openapi_extra={"requestBody": {"required": True, "content": body}},
        )
        self._raw = raw

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Its path is its own with any method, so that none that takes names there (/v1/audio/{key}) takes this one."""
        match, child = super().matches(scope)
        return (Match.NONE if match is Match.NONE else Match.FULL), child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] not in (self.methods or ()):
            raise HTTPException(405, headers={"Allow": ", ".join(self.methods or ())})
        await self._raw(scope, receive, send)


class Direct:
    """Innermost middleware: FastAPI's layers below it do nothing for a raw route but cost time."""

    def __init__(self, app: ASGIApp, routes: Mapping[str, RawRoute]) -> None:
        self._app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or scope["method"] not in (route.methods or ()):
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        await route.handle(scope, receive, send)


def mount_all(app: FastAPI, routes: Iterable[RawRoute]) -> None:
    """Serve them, in front of all others."""
    found = {route.path: route for route in routes}
    app.router.routes += found.values()
    app.user_middleware.append(Middleware(Direct, routes=found))


def json_body(required: list[str], properties: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """A JSON body: what we look at is named, everything else goes to the model's server as it is."""
    schema = {"type": "object", "required": required, "properties": properties, "additionalProperties": True}
    return {"application/json": {"schema": schema, "examples": {k: {"value": v} for k, v in examples.items()}}}
