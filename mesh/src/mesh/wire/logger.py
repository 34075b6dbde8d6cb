"""logger: the events of every session, append only."""

from pydantic import ConfigDict, Field, model_validator

from mesh.wire.common import OWNER, SESSION_ID, Json
from mesh.wire.model import Model
from mesh.wire.route import Route

MAX_BATCH = 500


class Event(Model):
    """One thing that happened in a session. `id` makes a repeated append the same append."""

    id: str = Field(pattern="^[A-Za-z0-9_-]{8,64}$")
    session_id: str = Field(pattern=SESSION_ID)
    type: str = Field(pattern="^[a-z_]{1,40}$", examples=["turn"])
    at: float
    """Unix time in seconds."""
    service: str = Field(pattern="^[a-z_]{1,40}$")
    data: Json = Field(default_factory=dict)


class Append(Model):
    """Body of POST /events."""

    events: list[Event] = Field(min_length=1, max_length=MAX_BATCH)


class Appended(Model):
    """Reply of POST /events: how many were new. Events of a person who was erased meanwhile are dropped."""

    appended: int


class Events(Model):
    """Reply of GET /sessions/{id}/events, in the order in which they happened."""

    events: list[Event]


class SessionSummary(Model):
    """A row of GET /sessions."""

    session_id: str
    first_at: float
    last_at: float
    events: int


class Sessions(Model):
    """Reply of GET /sessions, latest first."""

    sessions: list[SessionSummary]


class EraseRequest(Model):
    """Body of POST /erase: a person's number, or the owner of sessions; and sessions that are known to be theirs."""

    phone: str = Field(default="", max_length=64, examples=["+14155550123"])
    """E.164; what the network gave instead of one ("anonymous", an extension), as it gave it."""
    owner: str | None = Field(default=None, pattern=OWNER)
    """As mesh.auth.Principal.owner has it."""
    sessions: list[str] = Field(default_factory=list, max_length=20_000)
    look: bool = False
    """true: nothing is erased; the reply says what would be."""
    at: float | None = None
    """When the person was erased, Unix time; absent: now. What was said before and is written later is not taken."""

    @model_validator(mode="after")
    def _of_somebody(self) -> "EraseRequest":
        if bool(self.phone) == bool(self.owner):
            raise ValueError("give a phone, or an owner")
        return self


class StoredObject(Model):
    """Where storage keeps something of a session."""

    bucket: str
    key: str


class ErasedEvents(Model):
    """Reply of POST /erase: what is gone, and what storage still has of it."""

    events: int
    sessions: list[str]
    objects: list[StoredObject]
    waiting: int = 0
    """Objects that storage could not delete yet; logger asks until it has."""


class LogRequest(Model):
    """Body of POST /process: one event, of which everything may be left out. Keys of your own go to its data."""

    model_config = ConfigDict(extra="allow")

    session_id: str = Field(default="notes", pattern=SESSION_ID)
    type: str = Field(default="note", pattern="^[a-z_]{1,40}$", examples=["note"])
    text: str | None = Field(default=None, max_length=20_000, examples=["The caller asked for a table by the window."])
    data: Json = Field(default_factory=dict)
    id: str | None = Field(default=None, pattern="^[A-Za-z0-9_-]{8,64}$")
    """The same one again is not added twice."""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: object) -> object:
        """Put what is not ours into the data, where it is checked as that is."""
        if not isinstance(given, dict) or not isinstance(given.get("data", {}), dict):
            return given
        own = {key: value for key, value in given.items() if key not in cls.model_fields}
        return {**{key: given[key] for key in given.keys() - own.keys()}, "data": {**own, **given.get("data", {})}}


class Logged(Model):
    """Reply of POST /process: the event as it is kept."""

    status: str = "event logged"
    new: bool
    event: Event


LOG = Route("POST", "/process", LogRequest, Logged, deadline_s=5.0)
APPEND = Route("POST", "/events", Append, Appended, deadline_s=5.0, idempotent=True)
EVENTS = Route("GET", "/sessions/{session_id}/events", type(None), Events, deadline_s=2.0, idempotent=True)
SESSIONS = Route("GET", "/sessions", type(None), Sessions, deadline_s=5.0, idempotent=True)
ERASE = Route("POST", "/erase", EraseRequest, ErasedEvents, deadline_s=30.0, idempotent=True)
