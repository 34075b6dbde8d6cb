"""lead_sender: POST /process saves a lead, which is then delivered; GET /leads lists and exports them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from extraction.kinds import registry
from lead_sender import deliveries, routes
from lead_sender.config import Settings
from lead_sender.courier import Courier
from lead_sender.destinations import Destinations
from lead_sender.erasure import Erasure, delete
from lead_sender.parts import Parts
from lead_sender.status import checks
from lead_sender.tables import leads
from lead_sender.validation import normal_phone
from mesh.kept.db import Database
from mesh.kept.retention import Retention
from mesh.kept.tombstones import Aged
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check

DESCRIPTION = "Leads: validated, saved before they are answered, delivered at least once, listed and exported."
SWEEP_S = 3_600


def build(settings: Settings) -> FastAPI:
    """The service, with its database wired."""
    registry.ready()
    db = Database(settings.database_url.get_secret_value(), "lead_sender", least_mb=settings.disk_min_mb)
    erasure = Erasure(db)
    old = Aged(db, leads.c.updated_at, erasure.tombstones, delete)
    retention = Retention("leads", settings.lead_days, old, db.state("sweep"))
    destinations = Destinations(settings)
    courier = Courier(settings, db, destinations)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.migrate(Path(__file__).parent / "migrations")
        await erasure.tombstones.open()
        await asyncio.to_thread(destinations.refresh)
        # The numbering plans take 50 ms to load: no lead should wait for them.
        await asyncio.to_thread(normal_phone, "+14155550123", settings.lead_region)
        courier.start()
        sweeper = asyncio.create_task(retention.run(SWEEP_S))
        yield
        sweeper.cancel()
        await courier.aclose()
        await db.close()

    async def probe() -> dict[str, Check]:
        return {**await checks(settings, db, destinations), "leads": retention.check()}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)
    app.state.parts = Parts(settings, db, erasure, retention, destinations, courier)
    app.include_router(deliveries.routes)
    app.include_router(routes.routes)
    return app


app = built(build, Settings)
