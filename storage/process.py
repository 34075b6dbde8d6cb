"""POST /process: a file, or the address of one, is stored and its own address given.

| what fails                                   | then                                               |
| the address is private, gone, slow, too large | 4xx naming it (mesh.fetch); nothing is stored      |
| the disk or S3                               | 503, 504 or 507, as for every write (storage.store) |
"""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from mesh.fetch import fetch
from mesh.service import serve
from mesh.settings import peer_url
from mesh.upload import Upload, json_or_file, multipart_schema
from mesh.wire.storage import GET, STORE, Bucket, StoredFile, StoreRequest
from storage.config import Settings
from storage.parts import Wired

KINDS = {
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".pcm": "audio/pcm",
    ".ulaw": "audio/basic",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webm": "audio/webm",
    ".json": "application/json",
}


class FormFields(BaseModel):
    """What may stand beside `file` in the multipart form."""

    bucket: Bucket = "recordings"


routes = APIRouter()


@serve(
    routes,
    STORE,
    summary="Store a file, or what is at an address",
    openapi_extra=multipart_schema(StoreRequest, FormFields),
    status_code=201,
)
async def process(request: Request, response: Response, parts: Wired) -> StoredFile:
    body, upload = await json_or_file(request, StoreRequest, FormFields)
    if upload is None:
        assert isinstance(body, StoreRequest)
        upload = await _fetched(parts.settings, body.audio_url)
    kind = upload.kind if upload.kind in KINDS.values() else KINDS.get(PurePosixPath(upload.name).suffix.lower())
    key, new = await parts.store.put(body.bucket, None, upload.data, kind or "application/octet-stream")
    response.status_code = 201 if new else 200
    url = peer_url("storage") + GET.path.format(bucket=body.bucket, key=key)
    return StoredFile(bucket=body.bucket, key=key, size=len(upload.data), new=new, url=url)


async def _fetched(settings: Settings, url: str) -> Upload:
    data = await fetch(
        url,
        max_bytes=int(settings.max_body_mb * 1024 * 1024),
        deadline_s=settings.fetch_deadline_s,
        allowed_hosts=settings.fetch_allowed_hosts,
    )
    return Upload(data, PurePosixPath(urlsplit(url).path).name, "")
