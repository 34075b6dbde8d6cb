"""Days of the month and years in words as digits: "the twenty-first", "двадцать пятого", "vom ersten", "le premier"."""

import re
from functools import cache

from extraction import lexicon, patterns
from extraction.mapped import Mapped
from extraction.utterance import Utterance

_IN_TWO = r"(?<![\d:.])(?<!\d \d )(?<!\d \d\d )20 (?=[2-9]\d(?![\d:]| \d))"
"""Twenty twenty-seven; in a row of numbers they are a part of it."""
MONTHS = 12
_IN_THOUSANDS = r"(?<![\d.])2000\s+(\d\d?)(?!\d)"


def forms(language: str) -> tuple[str, ...]:
    """The days of the month from the first on as ordinals, in all their forms."""
    has = lexicon.of(language).dates
    return tuple(words.replace("{end}", has.ordinal_end) for words in has.ordinals)


@cache
def _patterns(language: str) -> tuple[str, str]:
    """What days are called, the longest first: any of them, and with a group for each."""
    found = [(words, day) for day, words in enumerate(forms(language), 1)]
    found.sort(key=lambda item: -len(item[0]))
    return rf"\b(?:{'|'.join(words for words, _ in found) or '(?!)'})\b", "|".join(
        f"(?P<day_{day}>{words})" for words, day in found
    ) or "(?!)"


def said(text: str, language: str) -> bool:
    """Whether an ordinal is in the text, in words or as "5th"."""
    ends = lexicon.of(language).dates.day_ends
    if patterns.search(rf"\b\d{{1,2}}(?:{ends}|\.(?!\d))(?!\w)", text.lower()):
        return True
    return bool(patterns.search(_patterns(language)[0], text, re.IGNORECASE))


def days(text: str, language: str) -> set[int]:
    """The days of the month that are in a text as ordinals, in words or as "5th"."""
    any_day, called = _patterns(language)
    found = [match[0] for match in patterns.finditer(any_day, text, re.IGNORECASE)]
    ends = lexicon.of(language).dates.day_ends
    numbers = {int(match[1]) for match in patterns.finditer(rf"\b(\d{{1,2}})(?:{ends})(?!\w)", text.lower())}
    return numbers | {_day(one, called) for one in found}


def is_day(said: str, language: str) -> bool:
    """Whether a number of a text with its numbers as digits is said as a day of the month: "dia 5"."""
    before = lexicon.of(language).dates.day_before
    return bool(patterns.search(rf"(?<!\w)(?:{before})\s*\d{{1,2}}(?![\w:.])", said.lower()))


@cache
def _in_ordinals(language: str) -> str:
    """A day and its month, both as ordinals: "am dritten fünften"."""
    any_day, _ = _patterns(language)
    return rf"(?P<day>{any_day})\s+(?P<month>{any_day})(?!\s+(?:{any_day}|[^\W\d_]+\s+{any_day}))"


def _day(said: str, days: str) -> int:
    """Which day an ordinal is."""
    found = patterns.fullmatch(days, said, re.IGNORECASE)
    return int(found.lastgroup.removeprefix("day_")) if found and found.lastgroup else 0


def _as_date(match: re.Match[str], days: str) -> str:
    """The two as numbers, with dots; as they are where the second is no month."""
    day, month = (_day(match[part], days) for part in ("day", "month"))
    return f"{day}.{month}." if month <= MONTHS else match[0]


def as_digits(text: Mapped, language: str) -> Mapped:
    """The text with ordinals, and then all other numbers, as digits."""
    has = lexicon.of(language).dates
    any_day, days = _patterns(language)

    def as_day(match: re.Match[str]) -> str:
        return str(_day(match[0], days))

    named = rf"(?<!\w)(?:{'|'.join(has.month_forms)})(?!\w)"
    if has.months_as_ordinals and not patterns.search(named, text.text, re.IGNORECASE):
        text = text.sub(_in_ordinals(language), lambda match: _as_date(match, days), re.IGNORECASE)
    text = text.sub(any_day, as_day, re.IGNORECASE)
    text = text.through(Utterance(text.text, language).readings[0])
    for pattern, by in has.rewrite:
        text = text.sub(pattern, by, re.IGNORECASE)
    text = text.sub(_IN_TWO, "20")
    return text.sub(_IN_THOUSANDS, lambda match: f"{2000 + int(match[1])}")
