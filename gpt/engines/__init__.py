"""The engines of gpt: one file each, behind `Responder`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from gpt.config import Settings
from mesh.engines import Spec, lazy
from mesh.wire.gpt import FunctionCall, GptRequest

AUTO = ("openai", "scripted")


@dataclass(slots=True)
class Answer:
    """An answer as it is written: read `pieces` to their end, then `finish` is set."""

    pieces: AsyncIterator[str]
    language: str
    model: str = ""
    finish: str = field(default="stop")
    calls: list[FunctionCall] = field(default_factory=list)


class Responder(Protocol):
    """An engine."""

    async def respond(self, request: GptRequest) -> Answer:
        """Begin to answer. Raises EngineError, also while the pieces are read."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


def specs(settings: Settings) -> dict[str, Spec[Responder]]:
    """Every engine by name."""
    key = settings.openai_api_key.get_secret_value()
    return {
        "openai": Spec(
            lambda: "" if settings.llm_base_url or key else "neither LLM_BASE_URL nor OPENAI_API_KEY is set",
            lazy("gpt.engines.openai", "OpenAIChat", settings),
        ),
        "scripted": Spec(lambda: "", lazy("gpt.engines.scripted", "Scripted")),
    }
