"""What accounts serves of the public API: passed on as it is, with the address of who asks.

| accounts is  | then                                                          |
| ------------ | ------------------------------------------------------------- |
| down, slow   | 503 accounts_unavailable, 504 accounts_timeout                |
| refusing     | its own status and envelope                                   |
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from gateway.parts import Wired
from mesh.auth import ADDRESS
from mesh.errors import ApiError, BadInput
from mesh.wire import accounts
from mesh.wire.route import Route

routes = APIRouter(tags=["accounts"])
MAX_BODY = 65_536
TAKEN, GIVEN = (
    ("authorization", "content-type", "accept"),
    ("content-type", "retry-after", "www-authenticate", "x-error-code"),
)
PASSED: dict[str, Route[Any, Any]] = {
    "Make an account": accounts.REGISTER,
    "Log in, or get the next pair of tokens": accounts.TOKEN,
    "Log out, here or everywhere": accounts.LOGOUT,
    "Your account": accounts.ME,
    "Change your account; a new password ends all other log-ins": accounts.CHANGE_ME,
    "Delete your account, with all that is yours": accounts.DELETE_ME,
    "All users, oldest first; an admin's": accounts.USERS,
    "A user; an admin's": accounts.USER,
    "Change a user; an admin's": accounts.CHANGE_USER,
    "Delete a user, with all that is theirs; an admin's": accounts.DELETE_USER,
    "Your API keys; for an admin those of a user, of an application, or all": accounts.KEYS,
    "Make an API key, which is shown this once": accounts.MAKE_KEY,
    "Change an API key": accounts.CHANGE_KEY,
    "Revoke an API key: it counts no more within a second": accounts.REVOKE_KEY,
    "What you have used, by day, model and key; for an admin what anybody has": accounts.USAGE,
}
VALUE = re.compile(r"[!-~](?:[ -~\t]*[!-~])?|")
"""Of a header that may be sent on (RFC 9110, 5.5)."""
FORM = {
    "type": "object",
    "properties": {
        "grant_type": {"enum": ["password", "refresh_token"]},
        **{name: {"type": "string"} for name in ("username", "password", "refresh_token")},
    },
}


async def forward(request: Request, parts: Wired) -> Response:
    """One request, and its reply."""
    if request.url.path == accounts.USAGE.path:
        await parts.limits.ledger.flush()  # what was used a moment ago counts
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise ApiError(413, "too_large", "The body is larger than 64 KiB.")
    headers = {name: request.headers[name] for name in TAKEN if name in request.headers}
    if wrong := next((name for name, value in headers.items() if not VALUE.fullmatch(value)), None):
        raise BadInput("invalid_header", f"{wrong}: a header is printable ASCII.", 400)
    headers[ADDRESS] = request.client.host if request.client else ""
    url = quote(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    reply = await parts.peers.accounts.pass_on(request.method, url, content=body, headers=headers, deadline_s=30.0)
    kept = {name: reply.headers[name] for name in GIVEN if name in reply.headers}
    return Response(reply.content, reply.status_code, kept)


def _described(route: Route[Any, Any]) -> Mapping[str, Any]:
    """What /docs says of a route that is passed on: its parameters, and its body."""
    names = re.findall(r"{(\w+)}", route.path)
    found: dict[str, Any] = {
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    }
    body: tuple[str, Any] | None = None
    if route is accounts.TOKEN:
        body = ("application/x-www-form-urlencoded", FORM)
    elif issubclass(route.request, BaseModel):
        body = ("application/json", route.request.model_json_schema(ref_template="#/components/schemas/{model}"))
    if body:
        found["requestBody"] = {"required": True, "content": {body[0]: {"schema": body[1]}}}
    return found


for summary, route in PASSED.items():
    route.reply.model_config["defer_build"] = False
    routes.add_api_route(
        route.path,
        forward,
        methods=[route.method],
        summary=summary,
        openapi_extra=dict(_described(route)),
        responses={200: {"model": route.reply}},
        operation_id=f"{route.method.lower()}_{re.sub('[^a-z]+', '_', route.path).strip('_')}",
        response_class=Response,
    )
