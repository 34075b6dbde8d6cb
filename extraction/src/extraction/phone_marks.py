"""Words that say where digits of a number are, or what was done to them: "the last", "area code", "swapped"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from extraction import lexicon
from extraction.mapped import Mapped


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phrase that says where digits are, or what was done to them; `what` is one of the keys below."""

    what: str
    start: int
    end: int
    source: tuple[int, int]
    """Where it was said."""
    place: int = 0
    """Of a digit that is counted: the third one."""


ENDS, BEGINS, AREA, MIDDLE, PLACE = "ends", "begins", "area", "middle", "place"
BEFORE_LAST, AFTER, SWAPPED, MISSING = "before_last", "after", "swapped", "missing"
WHERE = (ENDS, BEGINS, AREA, MIDDLE, BEFORE_LAST, PLACE)


def of(reading: Mapped, language: str) -> Iterator[Mark]:
    """The marks of a reading; what is part of a longer one is none ("last" in "the last but one")."""
    reached = 0
    for match in _pattern(language).finditer(reading.text):
        what = str(match.lastgroup)
        if match.start() < reached:
            continue
        reached = match.end()
        place = int(what.removeprefix(PLACE)) if what.startswith(PLACE) else 0
        yield Mark(PLACE if place else what, *match.span(), reading.source(*match.span()), place)


@cache
def _pattern(language: str) -> re.Pattern[str]:
    has = lexicon.of(language)
    digit = stems(has.phone.digit)
    said = {
        BEFORE_LAST: has.phone.before_last,
        SWAPPED: has.phone.swapped,
        MISSING: has.phone.missing,
        AFTER: rf"(?:{has.phone.after})(?!\w)",
        AREA: stems(has.phone.area),
        MIDDLE: stems(has.phone.middle),
    } | {
        f"{PLACE}{place}": rf"(?:{stem})\w*(?=\s+(?:[^\W\d]+\s+){{0,2}}{digit})"
        for place, stem in enumerate(has.choices.places.split(), 1)
    }
    said |= {ENDS: stems(has.phone.ends), BEGINS: stems(has.phone.begins)}
    return re.compile(rf"(?<!\w)(?:{'|'.join(f'(?P<{what}>{one})' for what, one in said.items())})", re.IGNORECASE)


def stems(said: str) -> str:
    """A pattern of the beginnings of words."""
    return f"(?:{'|'.join(said.split()) or '(?!)'})"
