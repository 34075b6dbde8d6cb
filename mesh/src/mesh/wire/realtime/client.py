"""The events that clients send, and the session that they describe; names as mesh/wire/realtime/__init__.py says."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from mesh.wire.gpt import Tool
from mesh.wire.model import Model

MAX_AUDIO = 2_000_000  # characters of base64 in one event
MAX_TEXT = 8_000
MAX_TOOLS = 256 * 1024
"""Bytes of all tools as JSON."""
Id = Annotated[str, Field(max_length=512)]
LONGEST_MS = 86_400_000
MAX_TOKENS = 1_000_000
Modality = Literal["text", "audio"]


class _Open(Model):
    """OpenAI adds keys all the time: those that we do not know change nothing."""

    model_config = ConfigDict(extra="ignore")


class Format(_Open):
    """`audio/pcmu` is G.711 mu-law at 8 kHz, `audio/pcm` 16-bit little-endian mono at 24 kHz."""

    type: Literal["audio/pcmu", "audio/pcm"]
    rate: Literal[24000, 8000, 16000] | None = None

    @model_validator(mode="after")
    def _known_rate(self) -> "Format":
        if self.type == "audio/pcm" and self.rate not in (None, 24000):
            raise ValueError("audio/pcm has a rate of 24000")
        return self


class TurnDetection(_Open):
    """`server_vad` ends a turn after a fixed silence, `semantic_vad` by what was said."""

    type: Literal["server_vad", "semantic_vad"] = "server_vad"
    # Of server_vad, what threshold, prefix and silence say; of semantic_vad, eagerness.
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    prefix_padding_ms: int = Field(default=300, ge=0, le=5_000)
    silence_duration_ms: int = Field(default=500, ge=60, le=10_000)
    idle_timeout_ms: int | None = Field(default=None, ge=1_000, le=60_000)
    create_response: bool = True
    interrupt_response: bool = True
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"


class Transcription(_Open):
    """What the input is transcribed with."""

    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")


class AudioIn(_Open):
    """session.audio.input."""

    format: Format | None = None
    turn_detection: TurnDetection | None = None
    transcription: Transcription | None = None


class AudioOut(_Open):
    """session.audio.output."""

    format: Format | None = None
    speed: float | None = Field(default=None, ge=0.25, le=1.5)


class Audio(_Open):
    """session.audio."""

    input: AudioIn | None = None
    output: AudioOut | None = None


class FunctionChoice(_Open):
    """The one function that the model must call."""

    type: Literal["function"]
    name: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class SessionConfig(_Open):
    """What session.update may set. A key that is absent stays as it is; `turn_detection: null` turns it off."""

    type: Literal["realtime"] = "realtime"
    output_modalities: list[Modality] | None = Field(default=None, min_length=1, max_length=1)
    instructions: str | None = Field(default=None, max_length=20_000)
    tools: list[Tool] | None = Field(default=None, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | FunctionChoice | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=MAX_TOKENS)] | Literal["inf"] | None = None
    audio: Audio | None = None

    @model_validator(mode="after")
    def _small(self) -> "SessionConfig":
        if sum(len(tool.model_dump_json()) for tool in self.tools or []) > MAX_TOOLS:
            raise ValueError(f"tools are larger than {MAX_TOOLS >> 10} KiB")
        return self


class Part(_Open):
    """A piece of an item's content."""

    type: Literal["input_text", "input_audio", "output_text", "output_audio", "text"]
    text: str | None = Field(default=None, max_length=MAX_TEXT)
    audio: str | None = Field(default=None, max_length=MAX_AUDIO)
    transcript: str | None = Field(default=None, max_length=MAX_TEXT)


class Item(_Open):
    """A conversation item: a message, or the output of a function that we asked to be called."""

    id: str | None = Field(default=None, pattern="^[A-Za-z0-9_-]{1,64}$")
    type: Literal["message", "function_call", "function_call_output"]
    role: Literal["user", "assistant", "system"] | None = None
    content: list[Part] = Field(default_factory=list, max_length=32)
    call_id: Id | None = None
    name: Id | None = None
    arguments: str | None = Field(default=None, max_length=100_000)
    output: str | None = Field(default=None, max_length=100_000)

    @model_validator(mode="after")
    def _complete(self) -> "Item":
        if self.type == "message" and self.role is None:
            raise ValueError("a message has a role")
        if self.type == "function_call_output" and (self.call_id is None or self.output is None):
            raise ValueError("a function_call_output has a call_id and an output")
        return self


class Wanted(_Open):
    """response.create's own settings: they hold for that response."""

    instructions: str | None = Field(default=None, max_length=20_000)
    output_modalities: list[Modality] | None = Field(default=None, min_length=1, max_length=1)
    metadata: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]] | None = Field(
        default=None, max_length=16
    )


class Event(_Open):
    """Every client event has these."""

    event_id: str | None = Field(default=None, max_length=512)


class SessionUpdate(Event):
    """Set the session up."""

    type: Literal["session.update"] = "session.update"
    session: SessionConfig


class Append(Event):
    """Audio of the caller, base64; telephones send it as binary frames."""

    type: Literal["input_audio_buffer.append"] = "input_audio_buffer.append"
    audio: str = Field(max_length=MAX_AUDIO)


class Bare(Event):
    """Events that are no more than their name."""

    type: Literal["input_audio_buffer.commit", "input_audio_buffer.clear", "output_audio_buffer.clear"]


class ItemCreate(Event):
    """Put an item into the conversation."""

    type: Literal["conversation.item.create"] = "conversation.item.create"
    item: Item
    previous_item_id: Id | None = None


class ItemRetrieve(Event):
    """Ask for an item."""

    type: Literal["conversation.item.retrieve"] = "conversation.item.retrieve"
    item_id: Id


class ItemDelete(Event):
    """Forget an item."""

    type: Literal["conversation.item.delete"] = "conversation.item.delete"
    item_id: Id


class Truncate(Event):
    """Of an item of ours, no more than this was heard."""

    type: Literal["conversation.item.truncate"] = "conversation.item.truncate"
    item_id: Id
    content_index: int = 0
    audio_end_ms: int = Field(ge=0, le=LONGEST_MS)


class Create(Event):
    """Answer now; a telephone's first one asks for the greeting."""

    type: Literal["response.create"] = "response.create"
    response: Wanted | None = None


class Cancel(Event):
    """Stop the answer."""

    type: Literal["response.cancel"] = "response.cancel"
    response_id: Id | None = None


class Played(Event):
    """A telephone's: so much of an item's audio has been heard; `done` when nothing of it is left to play."""

    type: Literal["output_audio_buffer.played"] = "output_audio_buffer.played"
    item_id: Id
    audio_end_ms: float = Field(ge=0, le=LONGEST_MS)
    done: bool = False


class Key(Event):
    """A telephone's: a key was pressed."""

    type: Literal["voiceblock.dtmf"] = "voiceblock.dtmf"
    digit: str = Field(pattern="^[0-9*#A-D]$")


class Ended(Event):
    """A telephone's: the call is over, the session too."""

    type: Literal["voiceblock.hangup"] = "voiceblock.hangup"
    reason: str = Field(default="hangup", max_length=200)
    duration_s: float | None = Field(default=None, ge=0, le=LONGEST_MS / 1_000)


ClientEvent = Annotated[
    SessionUpdate
    | Append
    | Bare
    | ItemCreate
    | ItemRetrieve
    | ItemDelete
    | Truncate
    | Create
    | Cancel
    | Played
    | Key
    | Ended,
    Field(discriminator="type"),
]
