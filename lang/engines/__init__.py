"""The engines of lang: one file each, behind `Detector`."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from mesh.engines import Spec

from lang.config import Settings


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

    def words() -> Detector:
        from lang.engines.words import WordsDetector

        return WordsDetector(languages, settings.lang_words)

    def lingua() -> Detector:
        from lang.engines.lingua import LinguaDetector

        return LinguaDetector(languages)

    return {
        "words": Spec(lambda: "", words),
        "lingua": Spec(lambda: "" if find_spec("lingua") else "install lang/requirements-lingua.txt", lingua),
    }
