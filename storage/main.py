"""storage: put, get and delete content-addressed objects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from mesh.kept import disk
from mesh.kept.retention import Retention
from mesh.repeat import repeat
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check
from storage import process, routes
from storage.config import Settings
from storage.old import Old, memory
from storage.parts import Parts
from storage.store import Store

DESCRIPTION = "Recordings and synthesised speech. A key is 64 hex digits: nothing else can be asked for."


def build(settings: Settings) -> FastAPI:
    """The service, with its store wired."""
    store = Store(settings)
    retentions = {
        bucket: Retention(bucket, limits.days, Old(store, bucket), memory(settings, bucket))
        for bucket, limits in store.limits.items()
    }

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not settings.s3_bucket:
            await asyncio.to_thread(disk.own, settings.storage_dir)
        every_s = settings.sweep_interval_s
        trims = repeat(store.trim, every_s, "nothing is evicted")
        work = (trims, *(retention.run(every_s) for retention in retentions.values()))
        tasks = [asyncio.create_task(one) for one in work]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def probe() -> dict[str, Check]:
        return {**_where(settings, store), **{bucket: retention.check() for bucket, retention in retentions.items()}}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)
    app.state.parts = Parts(settings, store, retentions)
    app.include_router(process.routes)
    app.include_router(routes.routes)
    return app


def _where(settings: Settings, store: Store) -> dict[str, Check]:
    """Where the objects are, and whether they can be had."""
    place = f"s3://{settings.s3_bucket}" if settings.s3_bucket else str(settings.storage_dir)
    found = {
        "engine": Check(ok=True, detail="s3" if settings.s3_bucket else "disk"),
        "objects": Check(ok=not store.trouble, detail=store.trouble or f"{place}; {store.summary()}"),
    }
    if not settings.s3_bucket:
        found["disk"] = disk.room(settings.storage_dir, settings.disk_min_mb, store.full)
    return found


app = built(build, Settings)
