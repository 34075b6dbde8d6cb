"""lead_sender: a lead to where the owner reads it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mesh.wire.common import SESSION_ID
from mesh.wire.route import Route


class LeadRequest(BaseModel):
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


class Lead(BaseModel):
    """A saved lead. `fields` holds the normalised values: phone E.164, dates YYYY-MM-DD or YYYY-MM-DD/YYYY-MM-DD."""

    id: str
    created_at: str
    updated_at: str
    session_id: str | None
    scenario: str | None
    partial: bool
    simulated: bool
    fields: dict[str, str]


class LeadSaved(BaseModel):
    """Reply of POST /process; given only after the row is on disk."""

    status: Literal["lead saved"] = "lead saved"
    lead: dict[str, str]
    id: str
    simulated: bool = False
    """Dev Mode: saved, but nothing will be sent outside."""


class LeadPage(BaseModel):
    """Reply of GET /leads, newest first. `next` is the cursor of the following page, null on the last."""

    leads: list[Lead]
    total: int
    next: str | None


# Tried again safely with a session_id or an Idempotency-Key: every caller in the mesh sends one.
SAVE = Route("POST", "/process", LeadRequest, LeadSaved, deadline_s=5.0, idempotent=True)
LEADS = Route("GET", "/leads", type(None), LeadPage, deadline_s=5.0, idempotent=True)
