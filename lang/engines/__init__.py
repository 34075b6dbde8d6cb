"""The engines of lang: one file each, behind `Detector`."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from lang.config import Settings
from mesh.engines import Spec, lazy, no_package


class Detected(NamedTuple):
    """A language, how sure we are (0..1) and what decided."""

    language: str
    confidence: float
    by: str


class Detector(Protocol):
    """Finds the language of an utterance; fast enough for the event loop (under a millisecond)."""

    def detect(self, text: str, allowed: Sequence[str], history: Sequence[str]) -> Detected | None:
        """The language among `allowed` (not empty); None when the text tells nothing."""
        ...

    async def aclose(self) -> None:
        """Nothing is open."""
        ...


def specs(settings: Settings, languages: Sequence[str]) -> dict[str, Spec[Detector]]:
    """Every engine by name."""
    return {
        "words": Spec(lambda: "", lazy("lang.engines.words", "WordsDetector", languages, settings.lang_words)),
        "lingua": Spec(
            lambda: no_package("lingua", "install lang/requirements-lingua.txt"),
            lazy("lang.engines.lingua", "LinguaDetector", languages),
        ),
    }
