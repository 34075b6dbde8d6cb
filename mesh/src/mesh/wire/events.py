"""What happens in a session: every kind of event that services write to logger, and read there.

An event is `Event` on the wire (mesh.wire.logger): its type, and its data as JSON. Here each type has its model; `kept`
gives the data as it is written, `read` the model again. Types and keys of a newer service are passed over, and those
that an earlier version has not written are absent: every key has a default.
"""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mesh.wire.lead_sender import CallSummary
from mesh.wire.logger import Event
from mesh.wire.model import Model


class FormState(Model):
    """How far a form is, beside its values; by the names of fields."""

    model_config = ConfigDict(extra="allow")

    heard: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """`confidence` (0 to 1) and `turn` of each value."""
    doubted: list[str] = Field(default_factory=list)
    checked: list[str] = Field(default_factory=list)
    refusals: dict[str, int] = Field(default_factory=dict)
    misses: dict[str, int] = Field(default_factory=dict)


class Opened(Model):
    """A session began, with our greeting."""

    type: Literal["opened"] = "opened"
    scenario: str = ""
    language: str | None = None
    caller: str | None = None
    called: str | None = None
    owner: str | None = None
    asked: str | None = None
    """What our words asked for: a field, `confirm`, or nothing."""
    reply: str = ""
    """Our words; "" where they are an event of their own once they are heard (`said`)."""


class TurnTaken(Model):
    """The caller's turn: what they said, what it brought, what we answered."""

    type: Literal["turn"] = "turn"
    scenario: str = ""
    text: str = ""
    language: str | None = None
    detected: str = ""
    caller: str | None = None
    owner: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    pending: dict[str, str] = Field(default_factory=dict)
    form: FormState = Field(default_factory=FormState)
    confirmed: bool | None = None
    asked: str | None = None
    reply: str = ""
    engine: str = ""
    leaves: bool = False
    seq: int | None = None
    """The turn's number, where the client numbers them."""
    failed: str = ""
    """Why there was no answer."""


class Values(Model):
    """What a model found in a turn, after its answer had begun."""

    type: Literal["values"] = "values"
    fields: dict[str, str] = Field(default_factory=dict)
    form: FormState = Field(default_factory=FormState)
    asked: str | None = None
    """Absent: as it was."""


class Silence(Model):
    """Nobody spoke, and we asked again."""

    type: Literal["silence"] = "silence"
    scenario: str = ""
    language: str | None = None
    owner: str | None = None
    asked: str | None = None
    reply: str = ""
    seq: int | None = None


class Said(Model):
    """What of our words was heard; `cut`: not all of them."""

    type: Literal["said"] = "said"
    reply: str = ""
    cut: bool = False


class Truncated(Model):
    """Of words that counted as said, only these were heard."""

    type: Literal["truncated"] = "truncated"
    reply: str = ""
    heard: str = ""


class Transferred(Model):
    """The caller was put through."""

    type: Literal["transferred"] = "transferred"
    number: str = ""


class Effect(Model):
    """A tool was begun for a purpose, or has failed: then it may be begun again."""

    type: Literal["effect"] = "effect"
    purpose: str = ""
    failed: bool = False


class Promised(Model):
    """We promised to call back."""

    type: Literal["promised"] = "promised"
    caller: str | None = None


class Ended(Model):
    """The session is over."""

    type: Literal["closed"] = "closed"
    reason: str = ""
    duration_s: float | None = None


class Summary(CallSummary):
    """What remains of it."""

    type: Literal["summary"] = "summary"


class Tool(Model):
    """A tool was used: what it was given, and what it answered or why it failed."""

    type: Literal["tool"] = "tool"
    name: str = ""
    arguments: dict[str, Any] | str | None = None
    answer: Any = None
    failed: str = ""


class Timings(Model):
    """How long each step of a reply took, what went on without, and where storage has its speech."""

    type: Literal["timings"] = "timings"
    of: str = ""
    timings_ms: dict[str, float] = Field(default_factory=dict)
    skipped: dict[str, str] = Field(default_factory=dict)
    bucket: str = ""
    key: str = ""


class Waterfall(Model):
    """When the legs of a spoken answer were done, ms after the caller's last word."""

    type: Literal["waterfall"] = "waterfall"
    ms: dict[str, float] = Field(default_factory=dict)


class Supervised(Model):
    """Something was late, or the caller silent: what was done about it."""

    type: Literal["supervisor"] = "supervisor"
    act: str = ""
    leg: str = ""


class Interruption(Model):
    """The caller spoke while we did: what it was taken for."""

    type: Literal["interruption"] = "interruption"
    verdict: str = ""
    text: str = ""
    paused: bool = False


class KeyPressed(Model):
    """A key of the telephone."""

    type: Literal["key"] = "key"
    digit: str = ""


class Machine(Model):
    """A machine answered a call of ours."""

    type: Literal["machine"] = "machine"
    answered_by: str = ""
    then: str = ""


class Recording(Model):
    """The call's recording is in storage."""

    type: Literal["recording"] = "recording"
    bucket: str = ""
    key: str = ""
    seconds: float = 0.0
    began: float = 0.0
    """Unix time."""
    channels: list[str] = Field(default_factory=list)


class Note(Model):
    """Whatever an operator or a program of theirs has written (POST /process of logger)."""

    type: Literal["note"] = "note"
    text: str = ""


SessionEvent = Annotated[
    Opened
    | TurnTaken
    | Values
    | Silence
    | Said
    | Truncated
    | Transferred
    | Effect
    | Promised
    | Ended
    | Summary
    | Tool
    | Timings
    | Waterfall
    | Supervised
    | Interruption
    | KeyPressed
    | Machine
    | Recording
    | Note,
    Field(discriminator="type"),
]


def kept(event: SessionEvent) -> dict[str, Any]:
    """The data of an event as it is written: what was given, and no more."""
    return event.model_dump(mode="json", exclude_unset=True, exclude={"type"})


def read(event: Event) -> SessionEvent | None:
    """What an event of logger says; None for a type that we do not know. Raises ValidationError."""
    try:
        return _adapter().validate_python({**event.data, "type": event.type})
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "union_tag_invalid":
            return None
        raise


@cache
def _adapter() -> TypeAdapter[SessionEvent]:
    return TypeAdapter(SessionEvent)
