"""The console's page, and what it asks of gateway."""

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from mesh.client import Client
from mesh.service import relay
from mesh.wire.gateway import AUDIO, STATUS, TURN, StatusReply, TurnReply, TurnRequest

STATIC = FilePath(__file__).parent / "static"
HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

routes = APIRouter()


async def _gateway(request: Request) -> Client:
    gateway: Client = request.app.state.gateway
    return gateway


Gateway = Annotated[Client, Depends(_gateway)]


@routes.get("/", summary="The console", response_class=FileResponse)
async def index() -> Response:
    return FileResponse(STATIC / "index.html", headers=HEADERS)


@routes.get("/status", summary="State of every service")
async def status(gateway: Gateway) -> StatusReply:
    return await gateway.call(STATUS)


@routes.post("/process", summary="Take a turn, as gateway's /process does with text")
async def process(request: TurnRequest, gateway: Gateway) -> TurnReply:
    reply = await gateway.call(TURN, request)
    # gateway's own address may be one that the operator's browser does not reach
    key = reply.audio_url.rsplit("/", 1)[1] if reply.audio_url else None
    return reply.model_copy(update={"audio_url": f"/audio/{key}" if key else None})


@routes.get("/audio/{key}", summary="The audio of a reply")
async def audio(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], gateway: Gateway) -> StreamingResponse:
    return await relay(gateway, AUDIO, path={"key": key})
