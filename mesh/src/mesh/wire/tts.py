"""tts: text to audio."""

from typing import Literal

from pydantic import Field

from mesh.wire.model import Model
from mesh.wire.route import Route

Format = Literal["mp3", "wav", "pcm", "mulaw"]

CONTENT_TYPES: dict[Format, str] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mulaw": "audio/basic",
}

MAX_SPOKEN = 5_000


class TtsRequest(Model):
    """Body of POST /process (audio) and POST /speech (its address)."""

    text: str = Field(min_length=1, max_length=MAX_SPOKEN, examples=["Good morning, how can I help?"])
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$", examples=["en"])
    voice: str | None = Field(default=None, max_length=100)
    """A voice of the engine in use (GET /voices); absent: the language's."""
    format: Format = "mp3"
    """mp3; wav and pcm are 16-bit mono little-endian; mulaw is raw G.711 at 8000 Hz."""
    sample_rate: int | None = Field(default=None, ge=8000, le=48000)
    """Hz; absent: 8000 for mulaw, else the engine's own."""
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    keep: bool = True
    """False: words of a moment, neither looked for in storage nor put there. An address (POST /speech) is kept."""


class Speech(Model):
    """Reply of POST /speech, given at the first audio: GET /speech/{key} streams it, now or later."""

    key: str
    content_type: str
    engine: str
    cached: bool


class Voice(Model):
    """A voice of an engine."""

    name: str
    language: str
    gender: str = ""


class Voices(Model):
    """Reply of GET /voices."""

    engine: str
    voices: list[Voice]


class Forgotten(Model):
    """Reply of DELETE /speech: how much speech left the memory."""

    speeches: int


SPEAK = Route("POST", "/process", TtsRequest, bytes, deadline_s=10.0, idempotent=True)
PREPARE = Route("POST", "/speech", TtsRequest, Speech, deadline_s=5.0, idempotent=True)
LISTEN = Route("GET", "/speech/{key}", type(None), bytes, deadline_s=10.0, idempotent=True)
VOICES = Route("GET", "/voices", type(None), Voices, deadline_s=5.0, idempotent=True)
FORGET = Route("DELETE", "/speech", type(None), Forgotten, deadline_s=10.0, idempotent=True)
