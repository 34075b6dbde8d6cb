"""The API's objects (mesh.wire.realtime), as a session and its answers are."""

import secrets
from dataclasses import dataclass, field
from typing import Literal

from gateway.conversation.session import Session
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.setup import Config
from gateway.realtime.sound import PCM, Sound
from gateway.turns.playback import Playback
from mesh.wire.realtime import objects
from mesh.wire.realtime.client import Item as Given
from mesh.wire.realtime.client import Part

Standing = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]


@dataclass(slots=True)
class Response:
    """A response that is being sent or heard."""

    reply: PendingReply
    text_only: bool
    metadata: dict[str, str] | None = None
    id: str = field(default_factory=lambda: f"resp_{secrets.token_hex(8)}")
    item_id: str = field(default_factory=lambda: f"item_{secrets.token_hex(8)}")
    playback: Playback = field(default_factory=Playback)
    first_audio_at: float | None = None
    reported_at: float = 0.0
    sent: bool = False
    done: bool = False
    paused: bool = False
    audio: bytearray = field(default_factory=bytearray)
    """What a telephone was sent: its echo may come back."""


def message_of(response: Response, status: objects.Status) -> objects.Message:
    """The message that a response says."""
    text = response.playback.text
    part = objects.Text(text=text) if response.text_only else objects.Speech(transcript=text)
    return objects.Message(id=response.item_id, status=status, role="assistant", content=[part] if text else [])


def describe(response: Response, status: Standing, details: objects.Details | None = None) -> objects.Response:
    """The response as an object of the API."""
    said = message_of(response, "completed" if status == "completed" else "incomplete")
    return objects.Response(
        id=response.id,
        status=status,
        status_details=details,
        output=[*([said] if said.content else []), *calls_of(response)],
        output_modalities=["text" if response.text_only else "audio"],
        metadata=response.metadata,
    )


def calls_of(response: Response) -> list[objects.Called]:
    """The functions that a response calls, as items."""
    return [
        objects.Called(id=f"{response.item_id}_{number}", call_id=call.id, name=call.name, arguments=call.arguments)
        for number, call in enumerate(response.reply.answer.calls, 1)
    ]


def as_item(given: Given) -> objects.Item:
    """An item of the client's, as it is kept and shown."""
    made = given.id or f"item_{secrets.token_hex(8)}"
    if given.type == "function_call_output":
        return objects.Output(id=made, call_id=given.call_id or "", output=given.output or "")
    if given.type == "function_call":
        return objects.Called(
            id=made, call_id=given.call_id or "", name=given.name or "", arguments=given.arguments or ""
        )
    return objects.Message(id=made, role=given.role or "user", content=[_content(part) for part in given.content])


def _content(part: Part) -> objects.Content:
    if part.type in ("input_audio", "output_audio"):
        return objects.Speech(type=part.type, transcript=part.transcript or "")
    return objects.Text(type=part.type, text=part.text or "")


def session_of(config: Config, session: Session, model: str) -> objects.Session:
    """The session as an object of the API."""
    heard = objects.Input(
        format=_sounds(config.sound_in),
        transcription=objects.Transcribed(language=config.language),
        turn_detection=config.detection,
    )
    voice, choice = session.scenario.voices.get(session.language, "default"), config.tool_choice
    spoken = objects.Out(format=_sounds(config.sound_out), voice=voice, speed=config.speed)
    return objects.Session(
        id=f"sess_{session.id}",
        model=model,
        output_modalities=["audio" if config.audio else "text"],
        instructions=config.instructions or session.scenario.speech(session.language).prompt,
        tools=[objects.Function.model_validate(tool.model_dump()) for tool in config.tools],
        tool_choice=choice if isinstance(choice, str) else choice.model_dump(),
        max_output_tokens=config.max_tokens or "inf",
        audio=objects.Audio(input=heard, output=spoken),
    )


def _sounds(sound: Sound) -> objects.Pcm | objects.Pcmu:
    return objects.Pcm() if sound is PCM else objects.Pcmu()
