"""A place in a text that is no part of a form; see kinds/city.py."""

from datetime import date

from extraction import gazetteer, lexicon
from extraction.kinds import Ask
from extraction.kinds.city import LIKELY, City
from extraction.utterance import Utterance

_KIND = City()


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """Where the speaker goes ("" when none), and the text without it."""
    said = Utterance(text, language if language in lexicon.codes() else "en")
    found = _KIND.find(said, Ask((said.language,), "", date.min, asked=asked))
    if not found or found[0].confidence < LIKELY:
        return "", text
    return found[0].value, said.cut(found[0].spans).text.strip()


def is_known(value: str) -> bool:
    """Whether it is the name of a place."""
    return gazetteer.find(value) is not None
