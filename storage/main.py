"""storage: put, get and delete content-addressed objects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, Path, Request, Response

from mesh.errors import BadInput
from mesh.kept import disk
from mesh.kept.retention import Retention
from mesh.repeat import repeat
from mesh.service import create_app, serve
from mesh.settings import built
from mesh.wire.common import SWEEP, Check, Swept
from mesh.wire.storage import ADD, DELETE, GET, PUT, Deleted, Stored
from storage import process
from storage.config import Settings
from storage.old import Old, memory
from storage.store import Store

DESCRIPTION = "Recordings and synthesised speech. A key is 64 hex digits: nothing else can be asked for."

Key = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Bucket = Annotated[str, Path(pattern="^[a-z]{1,32}$")]
BINARY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
KINDS = ("audio/mpeg", "audio/wav", "audio/pcm", "audio/basic", "audio/ogg", "audio/webm", "application/json")


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
        work = (
            repeat(store.trim, every_s, "nothing is evicted"),
            *(retention.run(every_s) for retention in retentions.values()),
        )
        tasks = [asyncio.create_task(one) for one in work]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def probe() -> dict[str, Check]:
        where = f"s3://{settings.s3_bucket}" if settings.s3_bucket else str(settings.storage_dir)
        engine = "s3" if settings.s3_bucket else "disk"
        detail = f"{where}; {store.summary()}"
        return {
            "engine": Check(ok=True, detail=engine),
            "objects": Check(ok=not store.trouble, detail=store.trouble or detail),
            **(
                {}
                if settings.s3_bucket
                else {"disk": disk.room(settings.storage_dir, settings.disk_min_mb, store.full)}
            ),
            **{bucket: retention.check() for bucket, retention in retentions.items()},
        }

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)
    process.mount(app, settings, store)

    @serve(app, ADD, summary="Store content under its own SHA-256", openapi_extra=BINARY, status_code=201)
    async def add(bucket: Bucket, request: Request, response: Response) -> Stored:
        return await _write(bucket, None, request, response)

    @serve(app, PUT, summary="Store content under a given key", openapi_extra=BINARY, status_code=201)
    async def put(bucket: Bucket, key: Key, request: Request, response: Response) -> Stored:
        return await _write(bucket, key, request, response)

    @serve(app, GET, summary="Read an object, or a range of it")
    async def get(bucket: Bucket, key: Key, range_: Annotated[str | None, Header(alias="range")] = None) -> Response:
        found = await store.get(bucket, key, range_)
        headers = {
            "accept-ranges": "bytes",
            "cache-control": "private, max-age=31536000, immutable",
            "etag": f'"{key}"',
        }
        part = len(found.data) < found.total
        if part:
            headers["content-range"] = f"bytes {found.start}-{found.start + len(found.data) - 1}/{found.total}"
        return Response(found.data, 206 if part else 200, headers, found.content_type)

    app.add_api_route(GET.path, get, methods=["HEAD"], include_in_schema=False)

    @serve(app, DELETE, summary="Delete an object")
    async def delete(bucket: Bucket, key: Key) -> Deleted:
        return Deleted(deleted=await store.delete(bucket, key))

    @serve(app, SWEEP, summary="Delete what is too old though a sweep was refused: the clock is right")
    async def sweep() -> Swept:
        return Swept(deleted=sum([await one.sweep(confirmed=True) for one in retentions.values()]))

    async def _write(bucket: str, key: str | None, request: Request, response: Response) -> Stored:
        data = await request.body()
        if not data:
            raise BadInput("empty_body", "The body is empty.")
        kind = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
        kind = kind if kind in KINDS else "application/octet-stream"
        stored, new = await store.put(bucket, key, data, kind)
        response.status_code = 201 if new else 200
        return Stored(bucket=bucket, key=stored, size=len(data), new=new)

    return app


app = built(build, Settings)
