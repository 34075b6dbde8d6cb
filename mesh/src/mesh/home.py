"""What a service shows at its address: what it is, and where its documentation is."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel


class Home(BaseModel):
    """Reply of GET /; the last ones are paths."""

    service: str
    version: str
    description: str
    docs: str = "/docs"
    openapi: str = "/openapi.json"
    health: str = "/health"
    metrics: str = "/metrics"


def mount(app: FastAPI, name: str) -> None:
    """Answer GET /; a browser is led to the documentation. A service that has mounted a page of its own keeps it."""
    if any(getattr(route, "path", "") == "/" for route in app.routes):
        return
    shown = Home(service=name, version=app.version, description=app.description)

    @app.get("/", summary="What this is, and where its documentation is", response_model=Home, tags=["operations"])
    async def home(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(shown.docs, headers={"vary": "accept"})
        return Response(shown.model_dump_json(), media_type="application/json", headers={"vary": "accept"})
