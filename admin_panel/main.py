"""admin_panel: a page with the state of every service, live, and a line to talk to the assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from admin_panel.config import Settings
from mesh.client import Client
from mesh.errors import PeerError
from mesh.service import create_app, relay
from mesh.settings import built
from mesh.wire.common import HEALTH, Check
from mesh.wire.gateway import AUDIO, STATUS, TURN, StatusReply, TurnReply, TurnRequest

DESCRIPTION = "The operator's web console."
STATIC = Path(__file__).parent / "static"
HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def build(settings: Settings) -> FastAPI:
    """The service, with its peer wired."""
    gateway = Client("gateway", settings.gateway_url, caller="admin_panel", dev=settings.is_dev)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await gateway.aclose()

    async def probe() -> dict[str, Check]:
        # /status of gateway asks us for our health: ask for its health, not for its status, or we ask in a circle.
        try:
            health = await gateway.call(HEALTH, deadline_s=0.5, retries=0)
        except PeerError as error:
            return {"gateway": Check(ok=False, detail=error.message)}
        return {"gateway": Check(ok=True, detail=health.status)}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/", summary="The console", response_class=FileResponse)
    async def index() -> Response:
        return FileResponse(STATIC / "index.html", headers=HEADERS)

    @app.get("/status", summary="State of every service")
    async def status() -> StatusReply:
        return await gateway.call(STATUS)

    @app.post("/process", summary="Take a turn, as gateway's /process does with text")
    async def process(request: TurnRequest) -> TurnReply:
        reply = await gateway.call(TURN, request)
        # gateway's own address may be one that the operator's browser does not reach
        key = reply.audio_url.rsplit("/", 1)[1] if reply.audio_url else None
        return reply.model_copy(update={"audio_url": f"/audio/{key}" if key else None})

    @app.get("/audio/{key}", summary="The audio of a reply")
    async def audio(key: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
        return await relay(gateway, AUDIO, path={"key": key})

    return app


app = built(build, Settings)
