"""logger: the events of every session, append only."""

from typing import Any

from pydantic import BaseModel, Field

from mesh.wire.common import SESSION_ID
from mesh.wire.route import Route

MAX_BATCH = 500


class Event(BaseModel):
    """One thing that happened in a session. `id` makes a repeated append the same append."""

    id: str = Field(pattern="^[A-Za-z0-9_-]{8,64}$")
    session_id: str = Field(pattern=SESSION_ID)
    type: str = Field(pattern="^[a-z_]{1,40}$", examples=["turn"])
    at: float
    """Unix time in seconds."""
    service: str = Field(pattern="^[a-z_]{1,40}$")
    data: dict[str, Any] = Field(default_factory=dict)


class Append(BaseModel):
    """Body of POST /events."""

    events: list[Event] = Field(min_length=1, max_length=MAX_BATCH)


class Appended(BaseModel):
    """Reply of POST /events: how many were new. Events of a person who was erased meanwhile are dropped."""

    appended: int


class Events(BaseModel):
    """Reply of GET /sessions/{id}/events, in the order in which they happened."""

    events: list[Event]


class SessionSummary(BaseModel):
    """A row of GET /sessions."""

    session_id: str
    first_at: float
    last_at: float
    events: int


class Sessions(BaseModel):
    """Reply of GET /sessions, latest first."""

    sessions: list[SessionSummary]


class EraseRequest(BaseModel):
    """Body of POST /erase: a person's number, and sessions that are known to be theirs."""

    phone: str = Field(min_length=1, max_length=64, examples=["+14155550123"])
    """E.164; what the network gave instead of one ("anonymous", an extension), as it gave it."""
    sessions: list[str] = Field(default_factory=list, max_length=20_000)
    look: bool = False
    """true: nothing is erased; the reply says what would be."""
    at: float | None = None
    """When the person was erased, Unix time; absent: now. What was said before and is written later is not taken."""


class StoredObject(BaseModel):
    """Where storage keeps something of a session."""

    bucket: str
    key: str


class ErasedEvents(BaseModel):
    """Reply of POST /erase: what is gone, and what storage still has of it."""

    events: int
    sessions: list[str]
    objects: list[StoredObject]
    waiting: int = 0
    """Objects that storage could not delete yet; logger asks until it has."""


APPEND = Route("POST", "/events", Append, Appended, deadline_s=5.0, idempotent=True)
EVENTS = Route("GET", "/sessions/{session_id}/events", type(None), Events, deadline_s=2.0, idempotent=True)
SESSIONS = Route("GET", "/sessions", type(None), Sessions, deadline_s=5.0, idempotent=True)
ERASE = Route("POST", "/erase", EraseRequest, ErasedEvents, deadline_s=30.0, idempotent=True)
