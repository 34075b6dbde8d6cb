"""Errors on OpenAI's paths, in OpenAI's shape and with its statuses: its clients raise their own classes then.

`{"error": {"message", "type", "param", "code"}}`, see https://platform.openai.com/docs/guides/error-codes/api-errors
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from mesh.errors import ApiError
from mesh.strict import StrictRoute

_PATHS = {
    f"/v1/{name}"
    for name in (
        "chat/completions",
        "completions",
        "responses",
        "embeddings",
        "models",
        "audio/transcriptions",
        "audio/translations",
        "audio/speech",
        "realtime/client_secrets",
    )
}
_UNDER = ("/v1/models/", "/v1/responses/")
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {404: "not_found", 405: "method_not_allowed"}


def is_openais(path: str) -> bool:
    """Whether a path is one of OpenAI's HTTP API; who refuses a request before any route has it asks this."""
    return path in _PATHS or path.startswith(_UNDER)


def error_body(status: int, code: str | None, message: str, param: str | None = None) -> bytes:
    """The body. `param` names what is wrong in the request, as `messages[0].role`."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    message = message.encode(errors="replace").decode()
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


def error_reply(
    status: int, code: str, message: str, param: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The body as a response, counted by code. What the mesh calls 422 is 400 in OpenAI's API."""
    status = 400 if status == 422 else status
    extra = dict(headers or {}) | {"x-error-code": code}
    return Response(error_body(status, code, message, param), status, extra, "application/json")


def reply_to(error: ApiError | RequestValidationError | HTTPException) -> Response:
    """The response that an exception of a handler, or of FastAPI, becomes."""
    if isinstance(error, ApiError):
        return error_reply(error.status, error.code, error.message, getattr(error, "param", None), error.headers)
    if isinstance(error, HTTPException):
        code = getattr(error, "code", None) or _CODES.get(error.status_code, "bad_request")
        return error_reply(error.status_code, code, str(error.detail), None, error.headers)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return error_reply(400, "malformed_json", f"The body is not JSON: {first.get('ctx', {}).get('error', '')}")
    if isinstance(first.get("input"), bytes):  # FastAPI leaves it as it came
        return error_reply(415, "unsupported_media_type", "Send content-type: application/json.")
    where = _param(first["loc"])
    return error_reply(400, "invalid_request", f"{where or 'request body'}: {first['msg']}", where)


def _param(place: tuple[str | int, ...]) -> str | None:
    inside = place[1:] if place and place[0] in ("body", "query", "path", "header") else place
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inside).removeprefix(".") or None


class OpenAIRoute(StrictRoute):
    """A route of OpenAI's API, for `APIRouter(route_class=OpenAIRoute)`: its errors have that shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, its exceptions as replies."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except (ApiError, RequestValidationError, HTTPException) as error:
                return reply_to(error)

        return answer
