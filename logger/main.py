"""logger: append and query the events of sessions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from logger import routes, store, tables
from logger.config import Settings
from logger.erasure import Erasure
from logger.parts import Parts
from mesh.client import Client
from mesh.kept.db import Database
from mesh.kept.retention import Retention
from mesh.kept.tombstones import Aged
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check

DESCRIPTION = "What was said, when, and how long it took: the events of every session, append only."
SWEEP_S = 3_600


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    db = Database(settings.database_url.get_secret_value(), "logger", least_mb=settings.disk_min_mb)
    storage = Client("storage", settings.storage_url, caller="logger", dev=settings.is_dev)
    erasure = Erasure(db, storage)
    old = Aged(db, tables.events.c.at, erasure.tombstones, store.delete)
    retention = Retention("events", settings.events_days, old, db.state("sweep"))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.migrate(Path(__file__).parent / "migrations")
        await erasure.tombstones.open()
        tasks = [asyncio.create_task(work) for work in (retention.run(SWEEP_S), erasure.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, storage.aclose(), return_exceptions=True)
        await db.close()

    async def probe() -> dict[str, Check]:
        return {
            **await db.checks(),
            "events": retention.check(),
            "erased": Check(ok=not erasure.waiting, detail=f"{erasure.waiting} objects wait for storage"),
        }

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)
    app.state.parts = Parts(db, erasure, retention)
    app.include_router(routes.routes)
    return app


app = built(build, Settings)
