"""admin_panel: a page with the state of every service, live, and a line to talk to the assistant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from admin_panel import routes
from admin_panel.config import Settings
from mesh.auth.guard import OPEN, Rules
from mesh.auth.keys import Keyring
from mesh.auth.tokens import Tokens
from mesh.client import Client
from mesh.errors import PeerError
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import HEALTH, Check

DESCRIPTION = "The operator's web console."
RULES: Rules = (*OPEN, ("", "admin"))
"""A browser asks for a name and a password: any name, and an API key with the scope admin."""


def build(settings: Settings) -> FastAPI:
    """The service, with its peer wired."""
    gateway = Client("gateway", settings.gateway_url, caller="admin_panel", dev=settings.is_dev)
    accounts = Client("accounts", settings.accounts_url, caller="admin_panel", dev=settings.is_dev)
    secret = settings.jwt_secret.get_secret_value()
    keyring = Keyring.following(Tokens(secret), accounts) if secret else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.gather(gateway.aclose(), accounts.aclose())

    async def probe() -> dict[str, Check]:
        # /status of gateway asks us for our health: ask for its health, not for its status, or we ask in a circle.
        try:
            health = await gateway.call(HEALTH, deadline_s=0.5, retries=0)
        except PeerError as error:
            return {"gateway": Check(ok=False, detail=error.message)}
        return {"gateway": Check(ok=True, detail=health.status)}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe, rules=RULES, keyring=keyring)
    app.mount("/static", StaticFiles(directory=routes.STATIC), name="static")

    app.state.gateway = gateway
    app.include_router(routes.routes)
    return app


app = built(build, Settings)
