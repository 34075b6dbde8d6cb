"""A Route: the one description of an HTTP operation that its server mounts and its callers call."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

Request = TypeVar("Request", bound=BaseModel | None)
Reply = TypeVar("Reply", bound=BaseModel | bytes)


@dataclass(frozen=True, slots=True)
class Route(Generic[Request, Reply]):
    """One operation of a service.

    `request` is the JSON body's model (NoneType: no body); `reply` the JSON reply's model, or bytes for audio and
    objects. `deadline_s` is the whole time a caller waits, retries included. Only `idempotent` operations are retried
    after something was sent.
    """

    method: str
    path: str
    request: type[Request]
    reply: type[Reply]
    deadline_s: float = 5.0
    idempotent: bool = False
