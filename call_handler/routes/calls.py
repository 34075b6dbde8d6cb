"""Calls that are not Twilio's to begin: those that we place, Asterisk's, and the browser's."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, WebSocket
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from call_handler.access import COOKIE, PAGE, PAGE_S, Lines
from call_handler.providers import browser
from call_handler.providers.audiosocket import AudioSocket
from call_handler.providers.twilio.outbound import Outbound
from call_handler.switchboard import Switchboard
from mesh.errors import ApiError
from mesh.service import serve
from mesh.wire.call_handler import PLACE, SMS, PlaceReply, PlaceRequest, SmsReply, SmsRequest

Code = Annotated[str, Form(pattern="^([a-z]{2,3})?$")]
Name = Annotated[str, Form(pattern="^[a-z0-9_-]{0,64}$")]
Number = Annotated[str, Form(max_length=64)]


def router(lines: Lines, switchboard: Switchboard, outbound: Outbound, audiosocket: AudioSocket) -> APIRouter:
    """/calls, /sms, /audiosocket and /browser: for those who may use our lines."""
    routes = APIRouter(tags=["calls"])

    @serve(routes, PLACE, summary="Call somebody", status_code=201)
    async def place(body: PlaceRequest, request: Request) -> PlaceReply:
        lines.check(request)
        if switchboard.full:
            raise ApiError(503, "busy", "All lines are taken.", retry_after_s=10)
        return await outbound.place(body)

    @serve(routes, SMS, summary="Send a text from our number", status_code=201)
    async def sms(body: SmsRequest, request: Request) -> SmsReply:
        lines.check(request)
        return await outbound.send(body)

    @routes.post("/audiosocket/calls", summary="Asterisk announces a call", response_class=PlainTextResponse)
    async def announce(
        request: Request, caller: Number = "", called: Number = "", scenario: Name = "", language: Code = ""
    ) -> str:
        """The call's UUID, for AudioSocket(); nothing when all lines are taken."""
        lines.check(request)
        return audiosocket.announce({"caller": caller, "called": called, "scenario": scenario, "language": language})

    @routes.post("/audiosocket/calls/{key}/next", summary="Where a call goes on", response_class=PlainTextResponse)
    async def following(request: Request, key: Annotated[str, Path(pattern="^[0-9a-f-]{36}$")]) -> str:
        """The number to dial; nothing when the call is over."""
        lines.check(request)
        return switchboard.after.get(key, {}).get("number", "")

    @routes.get(PAGE, summary="A page that calls", response_class=HTMLResponse)
    async def page(request: Request) -> Response:
        try:
            lines.check(request)
        except ApiError as error:
            if error.status == 401 and "text/html" in request.headers.get("accept", ""):
                return browser.page(browser.LOGIN, 401)
            raise
        return browser.page(browser.PAGE)

    @routes.post(PAGE, summary="The page's key: CALLS_TOKEN", response_class=HTMLResponse)
    async def login(request: Request, token: Annotated[str, Form(max_length=1_000)] = "") -> Response:
        """A cookie that no script reads and no other site sends, for an hour."""
        cookie = lines.admit(token)
        if cookie is None:
            return browser.page(browser.LOGIN, 401)
        reply = RedirectResponse(PAGE, 303)
        secure = request.url.scheme == "https"
        reply.set_cookie(COOKIE, cookie, PAGE_S, path=PAGE, httponly=True, samesite="strict", secure=secure)
        return reply

    @routes.websocket("/browser/media")
    async def media(
        socket: WebSocket,
        scenario: Annotated[str, Query(pattern="^[a-z0-9_-]{0,64}$")] = "",
        language: Annotated[str, Query(pattern="^([a-z]{2,3})?$")] = "",
    ) -> None:
        try:
            lines.check(socket)
        except ApiError:
            await socket.close(browser.POLICY)
            return
        await browser.serve(switchboard, socket, {"scenario": scenario, "language": language})

    return routes
