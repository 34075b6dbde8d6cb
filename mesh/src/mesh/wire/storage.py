"""storage: recordings and synthesised speech, content addressed."""

from typing import Annotated

from pydantic import AliasChoices, Field

from mesh.wire.model import Model
from mesh.wire.route import Route


class Stored(Model):
    """Reply of the writes. `key` is 64 hex digits: the SHA-256 of the content, or of what the content was made from."""

    bucket: str
    key: str
    size: int
    new: bool


class Deleted(Model):
    """Reply of DELETE; deleting what is not there is no error."""

    deleted: bool


Bucket = Annotated[str, Field(pattern="^[a-z]{1,32}$")]


class StoreRequest(Model):
    """JSON body of POST /process; or the file itself, as multipart `file`."""

    audio_url: str = Field(
        min_length=1,
        max_length=2048,
        validation_alias=AliasChoices("audio_url", "url"),
        examples=["https://example.com/call.mp3"],
    )
    """http(s) address of the file, never a private one; `url` is taken too."""
    bucket: Bucket = "recordings"


class StoredFile(Stored):
    """Reply of POST /process."""

    status: str = "stored"
    url: str
    """Where the file is read."""


STORE = Route("POST", "/process", StoreRequest, StoredFile, deadline_s=30.0, idempotent=True)
ADD = Route("POST", "/objects/{bucket}", type(None), Stored, deadline_s=10.0, idempotent=True)
PUT = Route("PUT", "/objects/{bucket}/{key}", type(None), Stored, deadline_s=10.0, idempotent=True)
GET = Route("GET", "/objects/{bucket}/{key}", type(None), bytes, deadline_s=5.0, idempotent=True)
DELETE = Route("DELETE", "/objects/{bucket}/{key}", type(None), Deleted, deadline_s=5.0, idempotent=True)
