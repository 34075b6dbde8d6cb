"""Days of the year that people call by a name: Christmas Eve, 8 March in Russia, la Saint-Sylvestre."""

import re

from extraction import lexicon
from extraction.mapped import Mapped


def as_days(text: Mapped, language: str) -> Mapped:
    """The text with these days as a day and a month, in words that dates.find reads."""
    has = lexicon.of(language).dates
    for moment, name in has.holidays.items():
        month, day = moment.split("-")
        said = has.spoken.format(day=int(day), month=has.months.split()[int(month) - 1])
        text = text.sub(rf"(?<!\w)(?:{name})(?!\w)", said, re.IGNORECASE)
    return text
