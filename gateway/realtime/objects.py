"""The API's objects: session, response, item, function call. Source: as gateway/realtime/events.py."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from gateway.conversation.session import Session
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.setup import Config
from gateway.realtime.sound import PCM
from gateway.turns.playback import Playback
from mesh.wire.gpt import FunctionCall


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


def item_of(response: Response, status: str) -> dict[str, Any]:
    """The message that a response says."""
    text = response.playback.text
    part = {"type": "output_text", "text": text} if response.text_only else {"type": "output_audio", "transcript": text}
    content = [part] if text else []
    item = {"id": response.item_id, "object": "realtime.item", "type": "message", "status": status}
    return {**item, "role": "assistant", "content": content}


def describe(response: Response, status: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """The response as an object of the API."""
    output = [item_of(response, "completed" if status == "completed" else "incomplete")]
    output += [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for call in response.reply.answer.calls
    ]
    return {
        "object": "realtime.response",
        "id": response.id,
        "status": status,
        "status_details": details,
        "output": [o for o in output if o.get("content") or o["type"] == "function_call"],
        "output_modalities": ["text" if response.text_only else "audio"],
        "metadata": response.metadata,
        "usage": None,
    }


def call_of(call: FunctionCall) -> dict[str, Any]:
    """A function call as an item."""
    return {
        "id": f"item_{secrets.token_hex(8)}",
        "object": "realtime.item",
        "type": "function_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


def session_of(config: Config, session: Session, model: str) -> dict[str, Any]:
    """The session as an object of the API."""
    detection, choice = config.detection, config.tool_choice
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": f"sess_{session.id}",
        "model": model,
        "output_modalities": ["audio" if config.audio else "text"],
        "instructions": config.instructions or session.scenario.speech(session.language).prompt,
        "tools": [{"type": "function", **tool.model_dump()} for tool in config.tools],
        "tool_choice": choice if isinstance(choice, str) else choice.model_dump(),
        "max_output_tokens": config.max_tokens or "inf",
        "audio": {
            "input": {
                "format": {"type": config.sound_in.name, **({"rate": 24000} if config.sound_in is PCM else {})},
                "transcription": {"model": "voiceblock", "language": config.language},
                "turn_detection": detection.model_dump(exclude_none=True) if detection else None,
            },
            "output": {
                "format": {"type": config.sound_out.name, **({"rate": 24000} if config.sound_out is PCM else {})},
                "voice": session.scenario.voices.get(session.language, "default"),
                "speed": config.speed,
            },
        },
    }
