"""How the mesh is."""

from fastapi import APIRouter

from gateway import status
from gateway.parts import Wired
from mesh.service import health_of, serve
from mesh.wire.gateway import STATUS, StatusReply

routes = APIRouter()


@routes.get("/status", summary="State of every service")
@serve(routes, STATUS, summary="State, version, engine and latency of every service", tags=["v1"])
async def all_services(parts: Wired) -> StatusReply:
    return await status.status(parts.peers, await health_of(parts.settings, parts.probe))
