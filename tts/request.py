"""What is to be said, and how: what decides the sound of a speech, and by that its key."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Self

import orjson

from mesh.wire.tts import TtsRequest
from tts import tempo
from tts.containers import KINDS
from tts.encoding import Form


@dataclass(frozen=True, slots=True)
class Wanted:
    """A TtsRequest, or more: any format, a speed of 0.25 to 4, one engine alone, words on how to speak."""

    text: str
    language: str | None = None
    voice: str | None = None
    format: Form = "mp3"
    sample_rate: int | None = None
    speed: float = 1.0
    keep: bool = True
    instructions: str = ""
    engine: str = ""

    @classmethod
    def of(cls, request: TtsRequest) -> Self:
        """What POST /process and POST /speech ask for."""
        return cls(**request.model_dump())

    @property
    def stretch(self) -> float:
        """What is left of the speed when the engine has done its part."""
        return self.speed / tempo.of_engine(self.speed)

    @property
    def heavy(self) -> bool:
        """Whether making its bytes takes long enough to do it beside the loop."""
        return self.format in KINDS or self.stretch != 1.0

    def key(self, engine: str, default_language: str) -> str:
        """SHA-256 over all that decides the sound. `engine` is the first choice."""
        parts = asdict(self) | {"engine": self.engine or engine, "language": self.language or default_language}
        del parts["keep"]
        if not self.instructions:  # so that what was made before there were any is found
            del parts["instructions"]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
