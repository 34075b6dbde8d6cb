"""Calls that are not Twilio's to begin: those that we place, Asterisk's, and the browser's."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, WebSocket
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.requests import HTTPConnection

from call_handler.config import Settings
from call_handler.outbound import Outbound
from call_handler.providers import browser
from call_handler.providers.audiosocket import AudioSocket
from call_handler.providers.signature import is_local
from call_handler.switchboard import Switchboard
from mesh.errors import ApiError
from mesh.service import serve
from mesh.wire.call_handler import PLACE, SMS, PlaceReply, PlaceRequest, SmsReply, SmsRequest

Code = Annotated[str, Form(pattern="^([a-z]{2,3})?$")]
Name = Annotated[str, Form(pattern="^[a-z0-9_-]{0,64}$")]
Number = Annotated[str, Form(max_length=64)]


def router(settings: Settings, switchboard: Switchboard, outbound: Outbound, audiosocket: AudioSocket) -> APIRouter:
    """/calls, /audiosocket and /browser."""
    routes = APIRouter(tags=["calls"])
    token = settings.calls_token.get_secret_value()

    def check(request: HTTPConnection) -> None:
        """Raises ApiError 401 or 403 for those who may not use our lines."""
        if not token and not is_local(request):
            raise ApiError(403, "loopback_only", "Without CALLS_TOKEN this address serves this machine only.")
        given = request.headers.get("authorization", "")
        if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise ApiError(401, "not_authorized", "Authorization: Bearer CALLS_TOKEN is missing or wrong.")

    @serve(routes, PLACE, summary="Call somebody", status_code=201)
    async def place(body: PlaceRequest, request: Request) -> PlaceReply:
        check(request)
        if switchboard.full:
            raise ApiError(503, "busy", "All lines are taken.", retry_after_s=10)
        return await outbound.place(body)

    @serve(routes, SMS, summary="Send a text from our number", status_code=201)
    async def sms(body: SmsRequest, request: Request) -> SmsReply:
        check(request)
        return await outbound.send(body)

    @routes.post("/audiosocket/calls", summary="Asterisk announces a call", response_class=PlainTextResponse)
    async def announce(
        request: Request, caller: Number = "", called: Number = "", scenario: Name = "", language: Code = ""
    ) -> str:
        """The call's UUID, for AudioSocket(); nothing when all lines are taken."""
        check(request)
        return audiosocket.announce({"caller": caller, "called": called, "scenario": scenario, "language": language})

    @routes.post("/audiosocket/calls/{key}/next", summary="Where a call goes on", response_class=PlainTextResponse)
    async def following(request: Request, key: Annotated[str, Path(pattern="^[0-9a-f-]{36}$")]) -> str:
        """The number to dial; nothing when the call is over."""
        check(request)
        return switchboard.after.get(key, {}).get("number", "")

    @routes.get("/browser", summary="A page that calls", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        check(request)
        return HTMLResponse(browser.PAGE.read_text(encoding="utf-8"), headers={"content-security-policy": browser.CSP})

    @routes.websocket("/browser/media")
    async def media(
        socket: WebSocket,
        scenario: Annotated[str, Query(pattern="^[a-z0-9_-]{0,64}$")] = "",
        language: Annotated[str, Query(pattern="^([a-z]{2,3})?$")] = "",
    ) -> None:
        # A page's socket cannot carry a token, so this road is this machine's only.
        if not is_local(socket):
            await socket.close(browser.POLICY)
            return
        await browser.serve(switchboard, socket, {"scenario": scenario, "language": language})

    return routes
