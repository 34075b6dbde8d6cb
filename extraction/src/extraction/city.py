"""A place in a text that is no part of a form; see kinds/city.py."""

from datetime import date

from extraction import gazetteer, lexicon, tokens
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


def alone(text: str, language: str) -> str:
    """The large city that is all of a text, "" when it is none or may be somebody's name."""
    found = _KIND.find(Utterance(text, language), Ask((language,), "", date.min, asked=True))
    if len(found) != 1 or found[0].confidence < LIKELY or not is_known(found[0].value):
        return ""
    city, words = gazetteer.spoken(found[0].value, language), tokens.of(text, language)
    named = any(token.facts.given for token in words) or (len(words) == 1 and words[0].facts.surname > 0)
    return found[0].value if city and city.is_big and not named else ""


def is_known(value: str) -> bool:
    """Whether it is the name of a place."""
    return gazetteer.find(value) is not None
