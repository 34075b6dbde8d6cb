"""Calls that Twilio does not begin: those that we place, Asterisk's, the browser's. For who may use our lines."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, WebSocket
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from call_handler.access import COOKIE, PAGE, PAGE_S
from call_handler.parts import Ours, Wired
from call_handler.providers import browser
from call_handler.then import Transfer
from mesh.errors import ApiError
from mesh.service import serve
from mesh.wire.call_handler import (
    DROP,
    PLACE,
    SMS,
    Dropped,
    DropRequest,
    PlaceReply,
    PlaceRequest,
    SmsReply,
    SmsRequest,
)

Code = Annotated[str, Form(pattern="^([a-z]{2,3})?$")]
Name = Annotated[str, Form(pattern="^[a-z0-9_-]{0,64}$")]
Number = Annotated[str, Form(max_length=64)]

routes = APIRouter(tags=["calls"])


@serve(routes, PLACE, summary="Call somebody", status_code=201)
async def place(body: PlaceRequest, parts: Ours) -> PlaceReply:
    if parts.switchboard.full:
        raise ApiError(503, "busy", "All lines are taken.", retry_after_s=10)
    return await parts.outbound.place(body)


@serve(routes, SMS, summary="Send a text from our number", status_code=201)
async def sms(body: SmsRequest, parts: Ours) -> SmsReply:
    return await parts.outbound.send(body)


@serve(routes, DROP, summary="Throw away recordings of sessions whose person was erased")
async def drop(body: DropRequest, request: Request, parts: Wired) -> Dropped:
    parts.lines.check_peer(request)
    for session_id in body.sessions:
        parts.switchboard.after.pop(session_id, None)
        parts.calls.forget(session_id)
    await parts.promises.erase(body.phone, body.sessions)
    return Dropped(recordings=parts.recordings.drop(body.sessions))


@routes.post("/audiosocket/calls", summary="Asterisk announces a call", response_class=PlainTextResponse)
async def announce(
    parts: Ours, caller: Number = "", called: Number = "", scenario: Name = "", language: Code = ""
) -> str:
    """The call's UUID, for AudioSocket(); nothing when all lines are taken."""
    return parts.audiosocket.announce({"caller": caller, "called": called, "scenario": scenario, "language": language})


@routes.post("/audiosocket/calls/{key}/next", summary="Where a call goes on", response_class=PlainTextResponse)
async def following(parts: Ours, key: Annotated[str, Path(pattern="^[0-9a-f-]{36}$")]) -> str:
    """The number to dial; nothing when the call is over."""
    then = parts.switchboard.after.get(key)
    return then.number if isinstance(then, Transfer) else ""


@routes.get(PAGE, summary="A page that calls", response_class=HTMLResponse)
async def page(request: Request, parts: Wired) -> Response:
    try:
        parts.lines.check(request)
    except ApiError as error:
        if error.status == 401 and "text/html" in request.headers.get("accept", ""):
            return browser.page(browser.LOGIN, 401)
        raise
    return browser.page(browser.PAGE)


@routes.post(PAGE, summary="The page's key: CALLS_TOKEN", response_class=HTMLResponse)
async def login(request: Request, parts: Wired, token: Annotated[str, Form(max_length=1_000)] = "") -> Response:
    """A cookie that no script reads and no other site sends, for an hour."""
    cookie = parts.lines.admit(token)
    if cookie is None:
        return browser.page(browser.LOGIN, 401)
    reply = RedirectResponse(PAGE, 303)
    secure = request.url.scheme == "https"
    reply.set_cookie(COOKIE, cookie, PAGE_S, path=PAGE, httponly=True, samesite="strict", secure=secure)
    return reply


@routes.websocket("/browser/media")
async def media(
    socket: WebSocket,
    parts: Wired,
    scenario: Annotated[str, Query(pattern="^[a-z0-9_-]{0,64}$")] = "",
    language: Annotated[str, Query(pattern="^([a-z]{2,3})?$")] = "",
) -> None:
    try:
        parts.lines.check(socket)
    except ApiError:
        await socket.close(browser.POLICY)
        return
    await browser.serve(parts.switchboard, socket, {"scenario": scenario, "language": language})
