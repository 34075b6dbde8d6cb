"""What the events of gateway hold: session, items, response."""

from typing import Annotated, Literal

from pydantic import Field

from mesh.wire.gpt import Tool
from mesh.wire.model import Model
from mesh.wire.realtime.client import FunctionChoice, TurnDetection

Status = Literal["in_progress", "completed", "incomplete"]


class Text(Model):
    """Words in an item."""

    type: Literal["input_text", "output_text", "text"] = "output_text"
    text: str = ""


class Speech(Model):
    """Audio in an item: its words alone; the audio was an event of its own."""

    type: Literal["input_audio", "output_audio"] = "output_audio"
    transcript: str = ""


Content = Annotated[Text | Speech, Field(discriminator="type")]


class Message(Model):
    """Something that was said."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["message"] = "message"
    status: Status = "completed"
    role: Literal["user", "assistant", "system"]
    content: list[Content] = Field(default_factory=list)


class Called(Model):
    """A function that the client is to call."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["function_call"] = "function_call"
    status: Status = "completed"
    call_id: str = ""
    name: str = ""
    arguments: str = ""


class Output(Model):
    """What a function has answered."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["function_call_output"] = "function_call_output"
    status: Status = "completed"
    call_id: str
    output: str


Item = Annotated[Message | Called | Output, Field(discriminator="type")]


class WrittenPart(Model):
    """A part of a response that is text."""

    type: Literal["text"] = "text"
    text: str = ""


class SpokenPart(Model):
    """A part of a response that is audio."""

    type: Literal["audio"] = "audio"
    transcript: str = ""


class Fault(Model):
    """What went wrong: a stable code for programs, a sentence for people."""

    type: Literal["invalid_request_error", "server_error"]
    code: str | None = None
    message: str
    param: str | None = None
    event_id: str | None = None
    """The client's event that is at fault."""


class Details(Model):
    """Why a response is not complete."""

    type: Literal["cancelled", "failed", "incomplete"]
    reason: Literal["turn_detected", "client_cancelled", "max_output_tokens"] | None = None
    error: Fault | None = None


class Response(Model):
    """One answer of ours."""

    object: Literal["realtime.response"] = "realtime.response"
    id: str
    status: Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]
    status_details: Details | None = None
    output: list[Item] = Field(default_factory=list)
    output_modalities: list[Literal["text", "audio"]]
    metadata: dict[str, str] | None = None
    usage: None = None
    """Nobody counts tokens here."""


class Pcm(Model):
    """16-bit little-endian mono."""

    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class Pcmu(Model):
    """G.711 mu-law at 8 kHz."""

    type: Literal["audio/pcmu"] = "audio/pcmu"


Sounds = Annotated[Pcm | Pcmu, Field(discriminator="type")]


class Transcribed(Model):
    """How the input is transcribed."""

    model: str = "voiceblock"
    language: str | None = None


class Input(Model):
    """session.audio.input."""

    format: Sounds
    transcription: Transcribed
    turn_detection: TurnDetection | None
    """None: the client says itself when a turn is over."""


class Out(Model):
    """session.audio.output."""

    format: Sounds
    voice: str
    speed: float


class Audio(Model):
    """session.audio."""

    input: Input
    output: Out


class Function(Tool):
    """A function that the client offers."""

    type: Literal["function"] = "function"


class Session(Model):
    """The session as it is set up."""

    type: Literal["realtime"] = "realtime"
    object: Literal["realtime.session"] = "realtime.session"
    id: str
    model: str
    output_modalities: list[Literal["text", "audio"]]
    instructions: str
    tools: list[Function] = Field(default_factory=list)
    tool_choice: Literal["none", "auto", "required"] | FunctionChoice = "auto"
    max_output_tokens: int | Literal["inf"] = "inf"
    audio: Audio
