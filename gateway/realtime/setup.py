"""What a call is set up with: what all calls share, what its client has chosen, and its budgets."""

from dataclasses import dataclass, field
from typing import Literal

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.peers import Peers
from gateway.realtime.events import FunctionChoice, TurnDetection
from gateway.realtime.sound import PCM, Sound
from gateway.realtime.spans import Spans
from gateway.realtime.voice import Voice
from gateway.scenario.models import Limits
from gateway.turns.supervisor import Budgets
from mesh.wire.gpt import Tool
from mesh.wire.lang import Languages


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
