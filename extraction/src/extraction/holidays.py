"""Days of the year that people call by a name: Christmas Eve, 8 March in Russia, la Saint-Sylvestre."""

import re
from functools import cache

from extraction import lexicon, patterns
from extraction.mapped import Mapped


@cache
def _any(language: str) -> str:
    return rf"(?<!\w)(?:{'|'.join(lexicon.of(language).dates.holidays.values()) or '(?!)'})(?!\w)"


def without(text: Mapped, language: str) -> Mapped:
    """The text with blanks in their place."""
    return text.sub(_any(language), lambda match: " " * len(match[0]), re.IGNORECASE)


def as_days(text: Mapped, language: str) -> Mapped:
    """The text with these days as a day and a month, in words that `dates` reads."""
    has = lexicon.of(language).dates
    if not patterns.search(_any(language), text.text, re.IGNORECASE):
        return text
    for moment, name in has.holidays.items():
        month, day = moment.split("-")
        said = has.spoken.format(day=int(day), month=has.months.split()[int(month) - 1])
        text = text.sub(rf"(?<!\w)(?:{name})(?!\w)", said, re.IGNORECASE)
    return text
