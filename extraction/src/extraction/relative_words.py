"""The patterns of days that are said from today on, made of a language's lexicon once."""

import re
from dataclasses import dataclass
from functools import cache

from extraction import lexicon
from extraction.date_words import either


@dataclass(frozen=True, slots=True)
class Patterns:
    """What is looked for in a text of small letters whose numbers are digits."""

    any: str
    """What each of them has one of."""
    near: tuple[tuple[str, int], ...]
    """Today and tomorrow, the longest way first, and how far they are."""
    near_end: str
    """Behind today or tomorrow, what makes it the first day of a range whose last day is a date."""
    weekdays: tuple[str, ...]
    day: str
    weekend: str
    week: str
    next: str
    after_next: str
    indefinite: str
    """Before a weekend that is any: "a weekend in Vegas"."""
    week_from: str
    """Before a day, how long after it another one is meant."""
    before_day: str
    ahead: str
    lasting: tuple[str, ...]
    """How long; the last one needs a day beside it, and is no length behind some words."""
    later: str
    earlier: str
    longer: tuple[str, ...]
    """How much longer a stay is to be, how much shorter, and how long."""
    shorter: tuple[str, ...]
    length: str
    units: tuple[tuple[str, int], ...]
    """Nights, days, weeks and months, and how many days each has."""
    week_after: str
    short_pair: str


@cache
def of(language: str) -> Patterns:
    has = lexicon.of(language).dates
    units = has.units
    unit = f"(?P<unit>{units.night}|{units.day}|{units.week}|{units.month})"

    def counted(phrase: str) -> str:
        phrase = phrase.replace("{n}", rf"(?P<n>\d+|{has.one})").replace("{unit}", unit)
        return rf"(?<!\w)(?:{phrase})(?!\w)"

    def whole(phrase: str) -> str:
        return rf"(?<!\w)(?:{phrase})(?!\w)"

    no_length = "".join(f"(?<!{re.escape(word)} )" for word in has.no_length.split())
    short = "|".join(has.short_weekdays)
    forms = "|".join(has.weekday_forms)
    return Patterns(
        any=rf"\d|(?<!\w)(?:{'|'.join(has.near.values())}|{forms}|{has.weekend}|{has.units.week})(?!\w)|{counted(has.ahead)}",
        near=tuple((whole(words), away) for away, words in sorted(has.near.items(), reverse=True)),
        near_end=rf"(?=\s*(?:[-–—]|(?:{either(f'{has.to} {has.until}')})\b)[^\d]{{0,20}}\d)",
        weekdays=tuple(rf"\b(?:{words})\b" for words in has.weekday_forms),
        day=units.day,
        weekend=whole(has.weekend),
        week=whole(units.week),
        next=whole(has.next),
        after_next=whole(has.after_next),
        indefinite=rf"(?<!\w)(?:{has.one}|1)\s+(?:\w+\s+)?$",
        week_from=counted(has.week_from),
        before_day=counted(has.before_day),
        ahead=counted(has.ahead),
        lasting=(
            *(counted(phrase) for phrase in has.lasting),
            rf"{no_length}\b(?P<n>\d+) (?P<unit>{units.night}|{units.day}|{units.week})\b",
        ),
        later=counted(has.later),
        earlier=counted(has.earlier),
        longer=tuple(counted(phrase) for phrase in has.longer),
        shorter=tuple(counted(phrase) for phrase in has.shorter),
        length=no_length + counted("{n} {unit}"),
        units=((units.week, 7), (units.month, 30), (units.night, 1), (units.day, 1)),
        week_after=rf"\s+(?:{has.week_after})(?!\w)",
        short_pair=rf"(?<!\w)({short})\.?(?:\s*[-–—]\s*|\s+\w{{1,5}}\s+)({short})(?!\w)\.?",
    )
