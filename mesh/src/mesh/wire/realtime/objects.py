"""What the events of gateway hold: session, items, response."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mesh.wire.gpt import Tool
from mesh.wire.realtime.client import FunctionChoice, TurnDetection

Status = Literal["in_progress", "completed", "incomplete"]


class Text(BaseModel):
    """Words in an item."""

    type: Literal["input_text", "output_text", "text"] = "output_text"
    text: str = ""


class Speech(BaseModel):
    """Audio in an item: its words alone; the audio was an event of its own."""

    type: Literal["input_audio", "output_audio"] = "output_audio"
    transcript: str = ""


Content = Annotated[Text | Speech, Field(discriminator="type")]


class Message(BaseModel):
    """Something that was said."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["message"] = "message"
    status: Status = "completed"
    role: Literal["user", "assistant", "system"]
    content: list[Content] = Field(default_factory=list)


class Called(BaseModel):
    """A function that the client is to call."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["function_call"] = "function_call"
    status: Status = "completed"
    call_id: str = ""
    name: str = ""
    arguments: str = ""


class Output(BaseModel):
    """What a function has answered."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["function_call_output"] = "function_call_output"
    status: Status = "completed"
    call_id: str
    output: str


Item = Annotated[Message | Called | Output, Field(discriminator="type")]


class WrittenPart(BaseModel):
    """A part of a response that is text."""

    type: Literal["text"] = "text"
    text: str = ""


class SpokenPart(BaseModel):
    """A part of a response that is audio."""

    type: Literal["audio"] = "audio"
    transcript: str = ""


class Fault(BaseModel):
    """What went wrong: a stable code for programs, a sentence for people."""

    type: Literal["invalid_request_error", "server_error"]
    code: str | None = None
    message: str
    param: str | None = None
    event_id: str | None = None
    """The client's event that is at fault."""


class Details(BaseModel):
    """Why a response is not complete."""

    type: Literal["cancelled", "failed", "incomplete"]
    reason: Literal["turn_detected", "client_cancelled", "max_output_tokens"] | None = None
    error: Fault | None = None


class Response(BaseModel):
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


class Pcm(BaseModel):
    """16-bit little-endian mono."""

    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class Pcmu(BaseModel):
    """G.711 mu-law at 8 kHz."""

    type: Literal["audio/pcmu"] = "audio/pcmu"


Sounds = Annotated[Pcm | Pcmu, Field(discriminator="type")]


class Transcribed(BaseModel):
    """How the input is transcribed."""

    model: str = "voiceblock"
    language: str | None = None


class Input(BaseModel):
    """session.audio.input."""

    format: Sounds
    transcription: Transcribed
    turn_detection: TurnDetection | None
    """None: the client says itself when a turn is over."""


class Out(BaseModel):
    """session.audio.output."""

    format: Sounds
    voice: str
    speed: float


class Audio(BaseModel):
    """session.audio."""

    input: Input
    output: Out


class Function(Tool):
    """A function that the client offers."""

    type: Literal["function"] = "function"


class Session(BaseModel):
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
