"""The patterns of times of day, made of a language's lexicon once."""

import re
from dataclasses import dataclass
from functools import cache

from extraction import lexicon

HOUR, MINUTES = r"(?P<h>[01]?\d|2[0-4])", r"(?P<m>[0-5]?\d)"
CLOCK = rf"{HOUR}(?::(?P<q>[0-5]\d))?(?![:.]\d)"
BEHIND = r"(?P<m>[0-5]\d)"
"""Minutes behind their hour, "3 05": of one digit they are another hour, "between three and four"."""
DASHED = r"{t}\s*[-–—]\s*{t}"
COMMON = "a at in the time please"


@dataclass(frozen=True, slots=True)
class Patterns:
    """What is looked for in a text of small letters whose numbers are digits."""

    any: str
    """What every time has one of."""
    digital: str
    worded: tuple[tuple[str, str], ...]
    """Phrases, and how many minutes after the hour they mean."""
    with_part: str
    """An hour with the part of the day."""
    pm: str
    am: str
    night: str
    named: tuple[tuple[str, int, int], ...]
    one_oclock: str
    plain: tuple[str, ...]
    spans: tuple[str, ...]
    """Two times of which none is chosen."""
    denied: str
    bound: str
    """Before a time that is the end of a span and none by itself."""
    later: str
    earlier: str
    hour_words: tuple[str, ...]
    fillers: frozenset[str]
    rewrite: tuple[tuple[str, str], ...]


@cache
def of(language: str) -> Patterns:
    """The patterns of a language."""
    has, dates = lexicon.of(language).times, lexicon.of(language).dates
    units = dates.units
    hours = f"(?P<o>{'|'.join(has.hour_words) or '(?!)'})"

    def filled(phrase: str) -> str:
        return phrase.replace("{h}", CLOCK).replace("{mm}", BEHIND).replace("{m}", MINUTES).replace("{o}", hours)

    def moved(phrase: str) -> str:
        number, unit = rf"(?P<n>\d+|{dates.one})", f"(?:(?P<hours>{has.hour})|(?:{has.minute}))"
        return whole(phrase.replace("{n}", number).replace("{unit}", unit))

    def whole(phrase: str) -> str:
        return rf"(?<!\w)(?:{phrase})(?!\w)"

    named = "|".join(has.named.values())
    part = f"{has.pm}|{has.am}|{has.night}"
    one = rf"(?:{named}|\d{{1,2}}(?:[:.h][0-5]\d)?(?:\s*(?:h|{has.clock})(?!\w))?(?:\s*(?:{named}|{part}))?)"
    length = rf"(?!\s+(?:{units.day}|{units.night}))"  # "at 3 days" is no hour
    words = "|".join((*has.hour_words, named, has.one_oclock))
    return Patterns(
        any=rf"\d|(?<!\w)(?:{words})",
        digital=rf"(?<![\d.:])([01]?\d|2[0-4])\s*(?:[:.h]|hrs?|{has.clock})\s*([0-5]\d)(?::[0-5]\d)?"
        rf"(?:\s*(?:h|{has.clock})\b)?(?![\d.])",
        worded=tuple((rf"\b{filled(phrase)}\b", shift) for phrase, shift in has.worded.items()),
        with_part=rf"\b{HOUR}(?:\s+{BEHIND})?\s*(?:{part})(?!\w)",
        pm=whole(has.pm),
        am=whole(has.am),
        night=whole(has.night),
        named=tuple((rf"\b(?:{words})\b", int(clock[:2]), int(clock[3:])) for clock, words in has.named.items()),
        one_oclock=rf"\b(?:{has.one_oclock})",
        plain=tuple(rf"\b{filled(phrase)}(?!\w){length}" for phrase in has.plain),
        spans=tuple(rf"(?<![\w:./-]){phrase.replace('{t}', one)}(?![\d:]|[.-]\d)" for phrase in (*has.span, DASHED)),
        denied=rf"(?:{has.denied})\s+$",
        bound=rf"(?<!\w)(?:{has.bound})[\s,]+$",
        later=moved(dates.later),
        earlier=moved(dates.earlier),
        hour_words=has.hour_words,
        fillers=frozenset(re.findall(r"\w+", f"{has.fillers} {COMMON}")),
        rewrite=has.rewrite,
    )
