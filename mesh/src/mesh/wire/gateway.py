"""gateway: the conversation."""

from typing import Literal

from pydantic import Field

from mesh.wire.common import SESSION_ID, Check, Seconds
from mesh.wire.lead_sender import Heard
from mesh.wire.model import Model
from mesh.wire.route import Route


class TurnRequest(Model):
    """JSON body of POST /process: `text` or `audio_url`; with multipart audio (`file`) the rest are form fields."""

    text: str | None = Field(default=None, min_length=1, max_length=8_000, examples=["Hello, my name is Anna"])
    audio_url: str | None = Field(default=None, min_length=1, max_length=2048)
    session_id: str | None = Field(default=None, pattern=SESSION_ID, examples=["demo-1"])
    """Absent: a new session; its id is in the reply."""
    scenario: str | None = Field(default=None, max_length=64, examples=["generic"])
    """Name of a file in config/scenarios; taken at a session's first turn."""
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")
    """Known language of this utterance; absent: lang finds out."""
    digits: str | None = Field(default=None, pattern="^[0-9*#]{1,64}$")
    """Keys pressed on the phone instead of speech."""
    silence: bool = False
    """Nothing was said: we ask again."""
    caller: str | None = Field(default=None, max_length=64)
    """The caller's own number, when the network gave it."""
    seq: int | None = Field(default=None, ge=1, lt=2**53)
    """Larger with each turn: one that is not is taken for a repetition, and gets the last reply again."""


class LeadState(Model):
    """The form so far."""

    fields: dict[str, str] = Field(default_factory=dict)
    complete: bool = False
    heard: dict[str, Heard] = Field(default_factory=dict)
    """By field, how sure its value is and in which turn it was said."""


class TurnReply(Model):
    """One turn. `skipped` names each service the turn went on without, and why; `end`: the conversation is over."""

    session_id: str
    text: str
    language: str
    reply: str
    audio_url: str | None
    lead: LeadState
    timings_ms: dict[str, float]
    skipped: dict[str, str] = Field(default_factory=dict)
    end: bool = False
    asked: str | None = None
    """The field that the reply asks for; `confirm` when it reads the form back."""
    scenario: str = ""


class OpenRequest(Model):
    """Body of POST /v1/sessions: a conversation begins, with our greeting."""

    session_id: str | None = Field(default=None, pattern=SESSION_ID)
    scenario: str | None = Field(default=None, max_length=64)
    called: str | None = Field(default=None, max_length=64)
    """The number that was called: chooses the scenario that lists it."""
    caller: str | None = Field(default=None, max_length=64)
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")


class CloseRequest(Model):
    """Body of POST /v1/sessions/{id}/close: the conversation is over, for `reason`."""

    reason: str = Field(default="hangup", max_length=200)
    duration_s: Seconds | None = None


class Closed(Model):
    """Reply of close: whether there was something to close."""

    closed: bool


class MachineRequest(Model):
    """Body of POST /v1/sessions/{id}/machine: no human has answered the call that we placed."""

    answered_by: str = Field(max_length=40, examples=["machine_end_beep"])
    """As Twilio's AnsweredBy."""
    scenario: str | None = Field(default=None, max_length=64)
    called: str | None = Field(default=None, max_length=64)
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")


class MachineReply(Model):
    """What to do with a machine: hang up, leave `text`, or talk to it."""

    then: Literal["hangup", "message", "talk"]
    text: str = ""
    language: str = ""


class Erased(Model):
    """Reply of DELETE /v1/people/{phone}: how much of a person is gone."""

    phone: str
    """As it was read, E.164; what is no number as it was given."""
    leads: int
    sessions: int
    events: int
    objects: int
    """Recordings and speech in storage."""
    recordings: int = 0
    """Recordings that call_handler had not brought to storage yet."""
    waiting: int = 0
    """Objects that storage cannot delete now; logger sees to it that it does. The reply is 202 then."""


class OwnerErased(Model):
    """Reply of DELETE /v1/owners/{owner}: how much of what belonged to an account is gone. As for a person."""

    owner: str
    leads: int
    sessions: int
    events: int
    objects: int
    recordings: int = 0
    waiting: int = 0


class ServiceStatus(Model):
    """A service as gateway sees it. `latency_ms` is that of its /health."""

    state: Literal["ok", "degraded", "down"]
    version: str = ""
    engine: str = ""
    latency_ms: float | None = None
    detail: str = ""
    checks: dict[str, Check] = Field(default_factory=dict)


class StatusReply(Model):
    """Reply of GET /status."""

    status: Literal["ok", "degraded"]
    version: str = ""
    """gateway's own, which is that of the API; each service has its own below."""
    services: dict[str, ServiceStatus]


TURN = Route("POST", "/v1/process", TurnRequest, TurnReply, deadline_s=13.0)
OPEN = Route("POST", "/v1/sessions", OpenRequest, TurnReply, deadline_s=6.0)
CLOSE = Route("POST", "/v1/sessions/{session_id}/close", CloseRequest, Closed, deadline_s=5.0, idempotent=True)
MACHINE = Route(
    "POST", "/v1/sessions/{session_id}/machine", MachineRequest, MachineReply, deadline_s=3.0, idempotent=True
)
AUDIO = Route("GET", "/v1/audio/{key}", type(None), bytes, deadline_s=10.0, idempotent=True)
STATUS = Route("GET", "/v1/status", type(None), StatusReply, deadline_s=4.0, idempotent=True)
ERASE = Route("DELETE", "/v1/people/{phone}", type(None), Erased, deadline_s=90.0, idempotent=True)
ERASE_OWNER = Route("DELETE", "/v1/owners/{owner}", type(None), OwnerErased, deadline_s=90.0, idempotent=True)
