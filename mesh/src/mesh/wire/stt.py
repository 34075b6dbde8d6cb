"""stt: audio to text."""

from pydantic import Field

from mesh.wire.model import Model
from mesh.wire.route import Route


class SttRequest(Model):
    """JSON body of POST /process; the same fields are form fields when the audio comes as multipart `file`."""

    audio_url: str = Field(min_length=1, max_length=2048, examples=["https://example.com/call.mp3"])
    """http(s) address of a wav, mp3, ogg/opus, webm, m4a or mu-law file; never a private address."""
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$", examples=["en"])
    """ISO 639-1 code; absent: the engine finds out, or takes the one language it knows."""
    expected_language: str | None = Field(default=None, pattern="^[a-z]{2,3}$", examples=["en"])
    """The conversation's language so far: an engine may hear another, but one that cannot know this one refuses."""
    words: bool = False
    """True: the words of each segment and their times too, where the engine knows them."""


class Word(Model):
    """A word, and when it was said; seconds from the start of the audio."""

    text: str
    start_s: float
    end_s: float


class Segment(Model):
    """A piece of the transcript; times in seconds from the start of the audio."""

    start_s: float
    end_s: float
    text: str
    words: list[Word] | None = None
    """Absent: they were not asked for, or the engine does not know them."""
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    """Both as Whisper means them; absent with engines that do not say."""


class SttReply(Model):
    """The transcript. `text` is empty when nobody spoke."""

    text: str
    language: str
    duration_s: float
    engine: str
    segments: list[Segment] = Field(default_factory=list)


TRANSCRIBE = Route("POST", "/process", SttRequest, SttReply, deadline_s=20.0, idempotent=True)
