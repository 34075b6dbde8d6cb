"""What a call is set up with: what all calls share, what its client has chosen, and its budgets."""

from dataclasses import dataclass, field, replace
from typing import Literal

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.peers import Peers
from gateway.realtime.sound import PCM, PCMU, Sound
from gateway.realtime.spans import Spans
from gateway.realtime.voice import Voice
from gateway.scenario.models import Limits
from gateway.turns.supervisor import Budgets
from mesh.auth import LOCAL, Principal
from mesh.wire.gpt import Tool
from mesh.wire.lang import Languages
from mesh.wire.realtime.client import Audio, Format, FunctionChoice, SessionConfig, TurnDetection


@dataclass(frozen=True, slots=True)
class House:
    """What all calls of the process share."""

    settings: Settings
    conversation: Conversation
    recorder: Recorder
    peers: Peers
    voice: Voice
    spans: Spans
    languages: Languages


@dataclass(slots=True)
class Config:
    """What a client has set, or its telephone."""

    phone: bool = False
    audio: bool = True
    sound_in: Sound = PCM
    sound_out: Sound = PCM
    detection: TurnDetection | None = field(default_factory=lambda: TurnDetection(type="semantic_vad"))
    instructions: str | None = None
    tools: list[Tool] = field(default_factory=list)
    tool_choice: Literal["none", "auto", "required"] | FunctionChoice = "auto"
    max_tokens: int | None = None
    speed: float = 1.0
    language: str | None = None


def updated(config: Config, wanted: SessionConfig) -> Config:
    """The settings after session.update: a key that is absent stays as it is."""
    given, audio = wanted.model_fields_set, wanted.audio
    new = replace(config)
    new.audio = wanted.output_modalities == ["audio"] if wanted.output_modalities else config.audio
    new.instructions = wanted.instructions if wanted.instructions is not None else config.instructions
    new.tools = wanted.tools if wanted.tools is not None else config.tools
    new.tool_choice = wanted.tool_choice or config.tool_choice
    if "max_output_tokens" in given:
        new.max_tokens = wanted.max_output_tokens if isinstance(wanted.max_output_tokens, int) else None
    return _heard_and_said(new, audio) if audio is not None else new


def _heard_and_said(config: Config, audio: Audio) -> Config:
    if audio.output is not None:
        config.sound_out = _sound(audio.output.format) or config.sound_out
        config.speed = audio.output.speed if audio.output.speed is not None else config.speed
    if audio.input is not None:
        config.sound_in = _sound(audio.input.format) or config.sound_in
        if "turn_detection" in audio.input.model_fields_set:
            config.detection = audio.input.turn_detection
        if audio.input.transcription is not None:
            config.language = audio.input.transcription.language
    return config


def _sound(wanted: Format | None) -> Sound | None:
    if wanted is None:
        return None
    return PCMU if wanted.type == "audio/pcmu" else PCM


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks for a socket, and for which session."""

    model: str | None = None
    """A scenario's name, or any."""
    session_id: str | None = None
    scenario: str | None = None
    language: str | None = None
    caller: str | None = None
    called: str | None = None
    phone: bool = False
    asking: Principal = LOCAL
    wanted: SessionConfig | None = None
    """What the secret with which it came is bound to."""


def budgets(settings: Settings, config: Config, limits: Limits) -> Budgets:
    """How long each leg of an answer and each silence may take. Only a telephone is masked and asked whether it is
    there.
    """
    idle = config.detection.idle_timeout_ms if config.detection else None
    return Budgets(
        mask_s=settings.mask_s if config.phone else float("inf"),
        hedge_s=settings.hedge_s,
        give_up_s=settings.give_up_s,
        idle_s=idle / 1000 if idle else limits.idle_s if config.phone else float("inf"),
        max_idle=limits.max_silences,
        max_call_s=limits.max_call_s if config.phone else settings.max_socket_s,
    )
