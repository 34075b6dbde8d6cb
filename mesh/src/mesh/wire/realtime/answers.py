"""The events that gateway sends of an answer: what it is made of, and its playing."""

import secrets
from typing import Literal

from pydantic import Field

from mesh.wire.model import Model
from mesh.wire.realtime.objects import Item, Response, SpokenPart, WrittenPart


def _id() -> str:
    return f"event_{secrets.token_hex(8)}"


class Event(Model):
    """Every event of gateway has an id."""

    event_id: str = Field(default_factory=_id)


class OfContent(Event):
    """About a part of an item of an answer."""

    response_id: str
    item_id: str
    output_index: int = 0
    content_index: int = 0


class OfCall(Event):
    """About a function's call in an answer."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str


class OfPlayout(Event):
    """A telephone's: about what it plays."""

    response_id: str = ""
    item_id: str = ""


class ResponseCreated(Event):
    """An answer begins."""

    type: Literal["response.created"] = "response.created"
    response: Response


class ResponseDone(Event):
    """An answer is complete, or given up."""

    type: Literal["response.done"] = "response.done"
    response: Response


class OutputAdded(Event):
    """A part of an answer begins: a message, a function's call."""

    type: Literal["response.output_item.added"] = "response.output_item.added"
    response_id: str
    output_index: int = 0
    item: Item


class OutputDone(Event):
    """It is complete."""

    type: Literal["response.output_item.done"] = "response.output_item.done"
    response_id: str
    output_index: int = 0
    item: Item


class PartAdded(OfContent):
    """Words or audio begin."""

    type: Literal["response.content_part.added"] = "response.content_part.added"
    part: WrittenPart | SpokenPart = Field(discriminator="type")


class PartDone(OfContent):
    """They are complete."""

    type: Literal["response.content_part.done"] = "response.content_part.done"
    part: WrittenPart | SpokenPart = Field(discriminator="type")


class TextDelta(OfContent):
    """More words of an answer that is text."""

    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    delta: str


class TextDone(OfContent):
    """All of them."""

    type: Literal["response.output_text.done"] = "response.output_text.done"
    text: str


class WordsDelta(OfContent):
    """More words of an answer that is spoken."""

    type: Literal["response.output_audio_transcript.delta"] = "response.output_audio_transcript.delta"
    delta: str


class WordsDone(OfContent):
    """All of them."""

    type: Literal["response.output_audio_transcript.done"] = "response.output_audio_transcript.done"
    transcript: str


class AudioDelta(OfContent):
    """More audio, base64; telephones get it as binary frames."""

    type: Literal["response.output_audio.delta"] = "response.output_audio.delta"
    delta: str


class AudioDone(OfContent):
    """That was all of it."""

    type: Literal["response.output_audio.done"] = "response.output_audio.done"


class ArgumentsDelta(OfCall):
    """Arguments of a function's call."""

    type: Literal["response.function_call_arguments.delta"] = "response.function_call_arguments.delta"
    delta: str


class ArgumentsDone(OfCall):
    """All of them."""

    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    name: str
    arguments: str


class Pause(OfPlayout):
    """Stop playing, and keep the rest."""

    type: Literal["output_audio_buffer.pause"] = "output_audio_buffer.pause"


class Resume(OfPlayout):
    """Go on."""

    type: Literal["output_audio_buffer.resume"] = "output_audio_buffer.resume"


class Cleared(OfPlayout):
    """Throw away what has not been played."""

    type: Literal["output_audio_buffer.cleared"] = "output_audio_buffer.cleared"
