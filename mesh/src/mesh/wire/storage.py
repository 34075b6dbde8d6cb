"""storage: recordings and synthesised speech, content addressed."""

from pydantic import BaseModel

from mesh.wire.route import Route


class Stored(BaseModel):
    """Reply of the writes. `key` is 64 hex digits: the SHA-256 of the content, or of what the content was made from."""

    bucket: str
    key: str
    size: int
    new: bool


class Deleted(BaseModel):
    """Reply of DELETE; deleting what is not there is no error."""

    deleted: bool


ADD = Route("POST", "/objects/{bucket}", type(None), Stored, deadline_s=10.0, idempotent=True)
PUT = Route("PUT", "/objects/{bucket}/{key}", type(None), Stored, deadline_s=10.0, idempotent=True)
GET = Route("GET", "/objects/{bucket}/{key}", type(None), bytes, deadline_s=5.0, idempotent=True)
DELETE = Route("DELETE", "/objects/{bucket}/{key}", type(None), Deleted, deadline_s=5.0, idempotent=True)
