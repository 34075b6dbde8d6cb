"""What a service shows at its address: what it is, and where its documentation is."""

from html import escape

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "vary": "accept"}
_LINKS = {"docs": "/docs", "openapi": "/openapi.json", "health": "/health", "metrics": "/metrics"}


class Home(BaseModel):
    """Reply of GET /; the last ones are paths."""

    service: str
    version: str
    description: str
    docs: str = _LINKS["docs"]
    openapi: str = _LINKS["openapi"]
    health: str = _LINKS["health"]
    metrics: str = _LINKS["metrics"]


def mount(app: FastAPI, name: str) -> None:
    """Answer GET /, with a page for a browser. A service that has mounted a page of its own there keeps it."""
    if any(getattr(route, "path", "") == "/" for route in app.routes):
        return
    shown = Home(service=name, version=app.version, description=app.description)
    links = "".join(f'<li><a href="{path}">{label}</a></li>' for label, path in _LINKS.items())
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(app.title)}</title>'
        "<style>:root{color-scheme:light dark}body{font:16px system-ui;margin:3rem auto;max-width:40rem}</style>"
        f"<h1>{escape(name)} {escape(app.version)}</h1><p>{escape(app.description)}</p><ul>{links}</ul></html>"
    )

    @app.get("/", summary="What this is, and where its documentation is", response_model=Home, tags=["operations"])
    async def home(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page, headers=HEADERS)
        return Response(shown.model_dump_json(), media_type="application/json", headers={"vary": "accept"})
