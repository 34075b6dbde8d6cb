"""lead_sender: a lead to where the owner reads it."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, HttpUrl

from mesh.wire.common import OWNER, SESSION_ID, Count, Seconds
from mesh.wire.logger import EraseRequest
from mesh.wire.model import Model
from mesh.wire.route import Route

MAX_SUMMARY, MAX_VALUE = 4_000, 2_000
"""Characters of a call's summary, and of one of a lead's values."""
Outcome = Literal["completed", "partial", "transferred", "abandoned", "information"]
"""How a call ended: the form is confirmed; part of it is there; a human took over; nothing was said; only questions."""
Sentiment = Literal["positive", "neutral", "negative"]


class Heard(Model):
    """Where a value comes from: how sure it is, 0 to 1, and the turn in which it was said, counted from 1."""

    confidence: float = Field(ge=0, le=1)
    turn: Count


class CallSummary(Model):
    """What remains of a call when it is over; `by` says who wrote it."""

    summary: str = Field(max_length=MAX_SUMMARY)
    outcome: Outcome
    sentiment: Sentiment
    language: str = Field(default="", max_length=8)
    turns: Count = 0
    duration_s: Seconds = 0
    by: Literal["rules", "llm"] = "rules"


class EmailTo(Model):
    """Leads by e-mail, through SMTP_URL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: list[str] = Field(min_length=1, max_length=20)


class TelegramTo(Model):
    """Leads by the Telegram bot of TELEGRAM_BOT_TOKEN; `chat_id` is a chat's number or a channel's @name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chat_id: str = Field(pattern="^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})$")


class WebhookTo(Model):
    """Leads as JSON, signed with LEAD_WEBHOOK_SECRET."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl


class Delivery(Model):
    """Where a scenario's leads go, beside the database. What is left out is as the settings of lead_sender say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")
    """Language in which the owner reads e-mail and Telegram messages; none: the scenario's default."""
    email: EmailTo | None = None
    telegram: TelegramTo | None = None
    webhook: WebhookTo | None = None


class LeadRequest(Model):
    """Body of POST /process: `{"name","phone","city","dates"}`, or a scenario's fields under their own names.

    Any other key is one of the scenario's fields (text, up to 2,000 characters). Posts with one `session_id` write one
    lead: later values replace earlier ones. The `Idempotency-Key` header makes a repeated post the same post.
    """

    model_config = ConfigDict(extra="allow")

    name: str | None = Field(default=None, max_length=200, examples=["Anna Petrova"])
    phone: str | None = Field(default=None, max_length=64, examples=["+14155550123"])
    city: str | None = Field(default=None, max_length=200, examples=["Yalta"])
    dates: str | None = Field(default=None, max_length=200, examples=["2027-07-01/2027-07-10"])
    session_id: str | None = Field(default=None, pattern=SESSION_ID)
    scenario: str | None = Field(default=None, pattern="^[A-Za-z0-9_-]{0,64}$")
    region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    """Region in which a phone number without a country code is read."""
    partial: bool = False
    """true: the caller has not finished; missing contact details are accepted."""
    deliver_in_s: float = Field(default=0, ge=0, le=86_400)
    """Seconds until the lead goes out: a call that goes on may still change it. A later post sets it anew."""
    heard: dict[Annotated[str, Field(max_length=64)], Heard] = Field(default_factory=dict, max_length=40)
    call: CallSummary | None = None
    began: float | None = None
    """When its session began, Unix time: one from before the erasure of its person is not taken."""
    owned_by: str | None = Field(default=None, pattern=OWNER)
    """Whose session it was."""


RESERVED = frozenset(LeadRequest.model_fields) - {"name", "phone", "city", "dates"}
"""What no field of a scenario may be called."""


class Lead(Model):
    """A saved lead. `fields` holds the normalised values: phone E.164, dates YYYY-MM-DD or YYYY-MM-DD/YYYY-MM-DD."""

    id: str
    created_at: str
    updated_at: str
    session_id: str | None
    scenario: str | None
    partial: bool
    simulated: bool
    fields: dict[str, str]
    revision: int = 1
    """Counts the changes; what is delivered later has a larger one."""
    heard: dict[str, Heard] = Field(default_factory=dict)
    call: CallSummary | None = None
    owner: str | None = None


class LeadSaved(Model):
    """Reply of POST /process; given only after the row is on disk."""

    status: Literal["lead saved"] = "lead saved"
    lead: dict[str, str]
    id: str
    simulated: bool = False
    """Dev Mode: saved, but nothing will be sent outside."""


class LeadPage(Model):
    """Reply of GET /leads, newest first. `next` is the cursor of the following page, null on the last."""

    leads: list[Lead]
    total: int
    next: str | None


Sink = Literal["email", "telegram", "webhook"]
DeliveryStatus = Literal["pending", "delivered", "dead", "simulated"]


class DeliveryState(Model):
    """A message about a lead on its way to one sink. `id` is the key by which its receiver knows a repetition."""

    id: str
    lead_id: str
    revision: int
    sink: Sink
    event: Literal["lead.partial", "lead.completed", "lead.updated"]
    status: DeliveryStatus
    attempts: int
    next_at: str | None
    """When it is tried (again); null unless it is pending."""
    error: str
    created_at: str
    updated_at: str
    message: dict[str, str] = Field(default_factory=dict)
    """What is sent, or would be: `to`, `subject`, `text`, `html`; `url`, `body` and its headers."""


class DeliveryPage(Model):
    """Reply of GET /deliveries, newest first; `next` as in GET /leads."""

    deliveries: list[DeliveryState]
    total: int
    next: str | None


class Redelivered(Model):
    """Reply of the redeliveries: how many are on their way again."""

    queued: int


class ErasedLeads(Model):
    """Reply of DELETE /people/{phone}: how many leads are gone, and the sessions in which they were made."""

    erased: int
    sessions: list[str]


# Tried again safely with a session_id or an Idempotency-Key: every caller in the mesh sends one.
SAVE = Route("POST", "/process", LeadRequest, LeadSaved, deadline_s=5.0, idempotent=True)
LEADS = Route("GET", "/leads", type(None), LeadPage, deadline_s=5.0, idempotent=True)
DELIVERIES = Route("GET", "/deliveries", type(None), DeliveryPage, deadline_s=5.0, idempotent=True)
REDELIVER = Route(
    "POST", "/deliveries/{delivery_id}/redeliver", type(None), Redelivered, deadline_s=5.0, idempotent=True
)
REDELIVER_DEAD = Route("POST", "/deliveries/redeliver", type(None), Redelivered, deadline_s=10.0, idempotent=True)
ERASE = Route("DELETE", "/people/{phone}", type(None), ErasedLeads, deadline_s=10.0, idempotent=True)
ERASE_ALL = Route("POST", "/erase", EraseRequest, ErasedLeads, deadline_s=20.0, idempotent=True)
"""As ERASE, with the sessions that others know; gateway's."""
