"""accounts: users and their log-ins, API keys, and what of them was revoked."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from accounts import keys, usage
from accounts.attempts import Attempts
from accounts.config import Settings
from accounts.erasure import Erasure
from accounts.logins import Logins
from accounts.parts import Parts
from accounts.passwords import Passwords
from accounts.routes import auth, users
from accounts.routes import keys as key_routes
from accounts.routes import usage as usage_routes
from mesh.auth.guard import OPEN, Rules
from mesh.auth.keys import Keyring
from mesh.auth.tokens import Tokens
from mesh.client import Client
from mesh.drain import Drain
from mesh.kept.db import Database
from mesh.repeat import repeat
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check

DESCRIPTION = "Users, log-ins and API keys: who may use the mesh. The other services know it without asking."
SWEEP_S = 3_600
DRAIN_S = 2.0
RULES: Rules = (
    *OPEN,
    ("=/", "open"),
    ("/auth", "open"),  # who logs in has nothing to show yet
    ("/keys/changes", "service"),
    ("/keys/used", "service"),
    ("/keys", "anyone"),  # whose they have to be the routes say
    ("/users", "anyone"),
    ("/usage/today", "service"),
    ("/usage", "anyone"),
)


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    db = Database(settings.database_url.get_secret_value(), "accounts", least_mb=settings.disk_min_mb)
    gateway = Client("gateway", settings.gateway_url, caller="accounts", dev=settings.is_dev)
    tokens = Tokens(settings.jwt_secret.get_secret_value() or secrets.token_hex(32))
    feed, passwords = keys.Feed(db), Passwords(settings.hash_workers)
    erasure, attempts = Erasure(db, gateway), Attempts(db)
    keyring = Keyring(tokens, changes=feed.since, api_keys=settings.api_keys.get_secret_value())

    drain = Drain(DRAIN_S, lambda: feed.waiting)
    feed.ending = lambda: drain.begun

    async def sweep() -> None:
        await feed.sweep()
        await attempts.sweep()
        await usage.sweep(db)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        drain.install()
        await db.migrate(Path(__file__).parent / "migrations")
        await attempts.open()
        if not settings.jwt_secret:  # nobody else reads our tokens then
            tokens.use(await db.remember("jwt_secret", secrets.token_hex(32), over=False))
        tasks = [asyncio.create_task(work) for work in (erasure.run(), repeat(sweep, SWEEP_S, "nothing is swept"))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, gateway.aclose(), return_exceptions=True)
        passwords.close()
        await db.close()

    async def probe() -> dict[str, Check]:
        return {**await db.checks(), "erased": erasure.check()}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe, rules=RULES, keyring=keyring)
    logins = Logins(settings, db, tokens, passwords, attempts)
    app.state.parts = Parts(settings, db, keyring, feed, logins, erasure)
    for topic in (auth, key_routes, users, usage_routes):
        app.include_router(topic.routes)
    return app


app = built(build, Settings)
