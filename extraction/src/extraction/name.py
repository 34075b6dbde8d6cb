"""A person's name in a text that is no part of a form; see kinds/name.py."""

import re
from datetime import date

from extraction import instead, lexicon, patterns
from extraction.kinds import Ask
from extraction.kinds.name import Name
from extraction.name_parts import LIKELY
from extraction.utterance import Utterance

_NAME = r"([^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*){0,4})"
_KIND = Name()


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The name that the speaker gives as their own ("" when none), and the text without it."""
    said = Utterance(text, language if language in lexicon.codes() else "en")
    found = _KIND.find(said, Ask((said.language,), "", date.min, asked=asked))
    if not found or found[0].confidence < LIKELY:
        return "", text
    return found[0].value, said.cut(found[0].spans).text.strip()


def corrected(text: str, language: str) -> str:
    """What is put in the place of something else, "" when nothing is: of "no, not Anna, Catherine" Catherine."""
    no, but = _around(language)
    word = r"[\w'’-]+"
    for pattern in (
        rf"\b{no}\s+{word}(?:\s+{word})?\s*[,.;]\s*(?:(?:{but})\s+)?{_NAME}",
        rf"\b{no}\s+{word}\s+(?:{but})\s+{_NAME}",
        rf"{_NAME}\s*,\s*(?:{word}\s+)?{no}\s+{word}\s*[.!]?$",
    ):
        if found := patterns.search(pattern, text, re.IGNORECASE):
            return found[1]
    return ""


def denied(text: str, language: str) -> str:
    """What is said not to be: of "no, not Anna, Catherine" Anna; "" when nothing is."""
    no, _ = _around(language)
    small = "|".join(lexicon.of(language).places.prepositions.split())
    found = patterns.search(rf"\b{no}\s+(?:(?:{small})\s+)?([\w'’-]+(?:\s+[\w'’-]+){{0,2}})", text, re.IGNORECASE)
    return found[1] if found else ""


def fuller(value: str, text: str, language: str) -> str:
    """The whole of a name of which a part is known: "Heidi", and then "Heidi Klum"; "" for anything else."""
    if not value:
        return ""
    whole, _ = find(text, language, asked=True)
    parts = [part.lower() for part in whole.split()]
    longer = len(parts) > len(value.split()) and all(part.lower() in parts for part in value.split())
    return whole if longer else ""


def is_denied(value: str, text: str, language: str) -> bool:
    """Whether it is this name, or one like it, that is said not to be."""
    return bool(value) and instead.of(Utterance(text, language), value) is not None


def _around(language: str) -> tuple[str, str]:
    names = lexicon.of(language).names
    return names.not_, names.but
