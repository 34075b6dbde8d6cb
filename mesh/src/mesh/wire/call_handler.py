"""call_handler: telephony. Twilio's own webhooks are forms, described in call_handler/providers/twilio/."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mesh.wire.common import SESSION_ID
from mesh.wire.gpt import GptReply
from mesh.wire.lang import LangReply
from mesh.wire.lead_sender import LeadSaved
from mesh.wire.model import Model
from mesh.wire.route import Route
from mesh.wire.stt import SttReply

E164 = r"^\+[1-9][0-9]{6,14}$"
r"""A telephone number as it is dialled. Not \d, which is any script's digit: a carrier takes ASCII's only."""


class CallRequest(Model):
    """Body of POST /process: a recorded utterance and the lead that goes with it."""

    audio_url: str = Field(min_length=1, max_length=2048, examples=["test.mp3"])
    name: str = Field(min_length=1, max_length=200, examples=["Anna"])
    phone: str = Field(min_length=1, max_length=64, examples=["+14155550123"])
    city: str = Field(default="", max_length=200, examples=["Yalta"])
    dates: str = Field(default="", max_length=200, examples=["2027-07-01/2027-07-10"])

    @model_validator(mode="before")
    @classmethod
    def _not_empty(cls, data: Any) -> Any:  # noqa: ANN401 (what came)
        if data == {} and cls.model_fields["audio_url"].is_required():
            raise PydanticCustomError(
                "empty", "audio_url, name and phone are wanted; only Dev Mode (IS_DEV=true) takes an empty body"
            )
        return data


class CallReply(Model):
    """What each service of the chain answered; `tts_audio_status` is an HTTP status, `skipped` names what was lost."""

    stt: SttReply
    lang: LangReply | None
    gpt: GptReply | None
    tts_audio_status: int
    lead_sender: LeadSaved
    skipped: dict[str, str] = Field(default_factory=dict)


class DevCallRequest(CallRequest):
    """The same in Dev Mode, where everything may be left out."""

    audio_url: str = Field(default="test.mp3", min_length=1, max_length=2048)
    name: str = Field(default="Anna", min_length=1, max_length=200)
    phone: str = Field(default="+14155550123", min_length=1, max_length=64)
    city: str = Field(default="Yalta", max_length=200)
    dates: str = Field(default="2027-07-01/2027-07-10", max_length=200)


class DevCallReply(Model):
    """What the chain answered, in words: what was heard, its language, the reply; "ok" or why there is no audio."""

    stt: str
    lang: str
    gpt: str
    tts_audio_status: str
    lead_sender: LeadSaved
    skipped: dict[str, str] = Field(default_factory=dict)


class PlaceRequest(Model):
    """Body of POST /calls: call somebody."""

    to: str = Field(pattern=E164, examples=["+14155550123"])
    """E.164."""
    scenario: str | None = Field(default=None, pattern="^[a-z0-9_-]{1,64}$", examples=["generic"])
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")
    caller_id: str | None = Field(default=None, pattern=E164)
    """Another number of ours to show than TWILIO_PHONE_NUMBER."""
    detect_machine: bool = True
    """Find out whether a machine answers; what is done then is the scenario's."""


class PlaceReply(Model):
    """The call is on its way; its id is its session's."""

    session_id: str
    status: str


class SmsRequest(Model):
    """Body of POST /sms: a text from our number."""

    to: str = Field(pattern=E164, examples=["+14155550123"])
    text: str = Field(min_length=1, max_length=1_600)


class SmsReply(Model):
    """The carrier has taken it; whether it arrives is the carrier's."""

    status: str


class DropRequest(Model):
    """Body of POST /recordings/drop: sessions of a person who was erased."""

    sessions: list[Annotated[str, Field(pattern=SESSION_ID)]] = Field(max_length=20_000)
    phone: str = Field(default="", max_length=64)


class Dropped(Model):
    """Reply of POST /recordings/drop: recordings that storage had not taken yet, and will not."""

    recordings: int


PROCESS = Route("POST", "/process", CallRequest, CallReply, deadline_s=30.0)
PROCESS_DEV = Route("POST", "/process", DevCallRequest, DevCallReply, deadline_s=30.0)
PLACE = Route("POST", "/calls", PlaceRequest, PlaceReply, deadline_s=12.0)
SMS = Route("POST", "/sms", SmsRequest, SmsReply, deadline_s=12.0)
DROP = Route("POST", "/recordings/drop", DropRequest, Dropped, deadline_s=5.0, idempotent=True)
