"""The routes of objects, by bucket and key; process.py has that of files and addresses."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from mesh.errors import BadInput
from mesh.service import serve
from mesh.wire.common import SWEEP, Swept
from mesh.wire.storage import ADD, DELETE, GET, PUT, Deleted, Stored
from storage.parts import Wired
from storage.store import Store

Key = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Bucket = Annotated[str, Path(pattern="^[a-z]{1,32}$")]
BINARY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
KINDS = ("audio/mpeg", "audio/wav", "audio/pcm", "audio/basic", "audio/ogg", "audio/webm", "application/json")

routes = APIRouter()


@serve(routes, ADD, summary="Store content under its own SHA-256", openapi_extra=BINARY, status_code=201)
async def add(bucket: Bucket, request: Request, response: Response, parts: Wired) -> Stored:
    return await _write(parts.store, bucket, None, request, response)


@serve(routes, PUT, summary="Store content under a given key", openapi_extra=BINARY, status_code=201)
async def put(bucket: Bucket, key: Key, request: Request, response: Response, parts: Wired) -> Stored:
    return await _write(parts.store, bucket, key, request, response)


@serve(routes, GET, summary="Read an object, or a range of it")
async def get(
    bucket: Bucket, key: Key, parts: Wired, range_: Annotated[str | None, Header(alias="range")] = None
) -> Response:
    found = await parts.store.get(bucket, key, range_)
    headers = {
        "accept-ranges": "bytes",
        "cache-control": "private, max-age=31536000, immutable",
        "etag": f'"{key}"',
    }
    part = len(found.data) < found.total
    if part:
        headers["content-range"] = f"bytes {found.start}-{found.start + len(found.data) - 1}/{found.total}"
    return Response(found.data, 206 if part else 200, headers, found.content_type)


routes.add_api_route(GET.path, get, methods=["HEAD"], include_in_schema=False)


@serve(routes, DELETE, summary="Delete an object")
async def delete(bucket: Bucket, key: Key, parts: Wired) -> Deleted:
    return Deleted(deleted=await parts.store.delete(bucket, key))


@serve(routes, SWEEP, summary="Delete what is too old though a sweep was refused: the clock is right")
async def sweep(parts: Wired) -> Swept:
    return Swept(deleted=sum([await one.sweep(confirmed=True) for one in parts.retentions.values()]))


async def _write(store: Store, bucket: str, key: str | None, request: Request, response: Response) -> Stored:
    data = await request.body()
    if not data:
        raise BadInput("empty_body", "The body is empty.")
    kind = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    kind = kind if kind in KINDS else "application/octet-stream"
    stored, new = await store.put(bucket, key, data, kind)
    response.status_code = 201 if new else 200
    return Stored(bucket=bucket, key=stored, size=len(data), new=new)
