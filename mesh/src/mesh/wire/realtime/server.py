"""The events that gateway sends; names as mesh/wire/realtime/__init__.py says."""

from typing import Annotated, Literal

from pydantic import Field

from mesh.wire.model import Model
from mesh.wire.realtime import answers
from mesh.wire.realtime.answers import Event
from mesh.wire.realtime.objects import Fault, Item, Session


class Usage(Model):
    """How much audio was transcribed."""

    type: Literal["duration"] = "duration"
    seconds: float


class SessionCreated(Event):
    """The socket is open."""

    type: Literal["session.created"] = "session.created"
    session: Session


class SessionUpdated(Event):
    """The session is set up anew."""

    type: Literal["session.updated"] = "session.updated"
    session: Session


class Refused(Event):
    """Something of the client's was not taken; the socket stays open."""

    type: Literal["error"] = "error"
    error: Fault


class SpeechStarted(Event):
    """The caller has begun to speak."""

    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    item_id: str
    audio_start_ms: int


class SpeechStopped(Event):
    """The caller has stopped."""

    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    item_id: str
    audio_end_ms: int


class Committed(Event):
    """What the caller has said is an item."""

    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str
    previous_item_id: str | None = None


class BufferCleared(Event):
    """The input that no turn has taken is forgotten."""

    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class KeyReceived(Event):
    """A key was pressed."""

    type: Literal["input_audio_buffer.dtmf_event_received"] = "input_audio_buffer.dtmf_event_received"
    event: str
    received_at: int


class ItemAdded(Event):
    """An item is part of the conversation, or begins to be."""

    type: Literal["conversation.item.added"] = "conversation.item.added"
    item: Item
    previous_item_id: str | None = None


class ItemDone(Event):
    """It is complete."""

    type: Literal["conversation.item.done"] = "conversation.item.done"
    item: Item
    previous_item_id: str | None = None


class ItemRetrieved(Event):
    """The item that was asked for."""

    type: Literal["conversation.item.retrieved"] = "conversation.item.retrieved"
    item: Item


class ItemDeleted(Event):
    """The item is forgotten."""

    type: Literal["conversation.item.deleted"] = "conversation.item.deleted"
    item_id: str


class ItemTruncated(Event):
    """No more than this of the item was heard."""

    type: Literal["conversation.item.truncated"] = "conversation.item.truncated"
    item_id: str
    content_index: int = 0
    audio_end_ms: int


class Transcribed(Event):
    """What the caller has said, in words."""

    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    item_id: str
    content_index: int = 0
    transcript: str
    usage: Usage


class NotTranscribed(Event):
    """It could not be recognised."""

    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    item_id: str
    content_index: int = 0
    error: Fault


class Telephone(Event):
    """A telephone's: what it should know of the session."""

    type: Literal["voiceblock.session"] = "voiceblock.session"
    session_id: str = ""
    language: str
    record: bool = False


class HangUp(Event):
    """A telephone's: end the call."""

    type: Literal["voiceblock.hangup"] = "voiceblock.hangup"
    reason: str = "completed"


class PutThrough(Event):
    """A telephone's: put the caller through to a colleague, who learns first what it is about."""

    type: Literal["voiceblock.transfer"] = "voiceblock.transfer"
    number: str
    announce: Literal["spoken", "text", "none"] = "none"
    summary: str = ""


ServerEvent = Annotated[
    SessionCreated
    | SessionUpdated
    | Refused
    | SpeechStarted
    | SpeechStopped
    | Committed
    | BufferCleared
    | KeyReceived
    | ItemAdded
    | ItemDone
    | ItemRetrieved
    | ItemDeleted
    | ItemTruncated
    | Transcribed
    | NotTranscribed
    | answers.ResponseCreated
    | answers.ResponseDone
    | answers.OutputAdded
    | answers.OutputDone
    | answers.PartAdded
    | answers.PartDone
    | answers.TextDelta
    | answers.TextDone
    | answers.WordsDelta
    | answers.WordsDone
    | answers.AudioDelta
    | answers.AudioDone
    | answers.ArgumentsDelta
    | answers.ArgumentsDone
    | answers.Pause
    | answers.Resume
    | answers.Cleared
    | Telephone
    | HangUp
    | PutThrough,
    Field(discriminator="type"),
]
