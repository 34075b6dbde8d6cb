"""Dates and ranges of dates, as they are said and written: "1-10 July", "с первого по десятое июля", 01.07 — 10.07.

Which number is the month: a year in front is followed by the month (ISO 8601), dots are day first, and so are slashes
and hyphens but in the regions of MONTH_FIRST; where a date is one in the other order only, that is its order. A region
that is not known: the order that makes the shorter stay, else day first, with little confidence. A year that is not
said is that of the next occurrence. What cannot be a range (it ends before it begins) is not understood.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from extraction import (
    date_bare,
    date_marks,
    date_ranges,
    feasts,
    holidays,
    lexicon,
    month_parts,
    ordinals,
    relative,
    words,
)
from extraction.date_points import Order, apart, points
from extraction.date_ranges import NOTHING, Found
from extraction.date_words import Token, either, tokens
from extraction.mapped import Mapped
from extraction.reading import GUESSED, SURE, UNSURE, Reading

MONTH_FIRST = frozenset(["US", "PH", "PR", "GU", "AS", "VI", "MP", "FM", "MH", "PW", "UM"])
MIXED = frozenset(["CA", "001"])
"""Both orders are usual there; 001 is the world, of a number that belongs to no country."""
LONG = timedelta(180)
"""A stay that few mean."""
_DAYS_OR_DATE = re.compile(r"\s*\d{1,2}\s*[-‐‑–—−]\s*\d{1,2}\s*")
"""1-7 may be seven days or one, and of which month?"""
_PARTICLES = ("skip", "to", "and", "back")


@dataclass(frozen=True, slots=True)
class Hit:
    """Days that a text speaks of, and where."""

    found: Found
    """Its spans are those of the text as it was said."""
    how: Literal["month", "relative", "bare"]
    """They have a month; are said from today on; or are days of a month that is not said."""
    of_a_noun: bool = False
    """They are said beside a word that may make something else of them: "first floor", "Labor Day weekend"."""
    decided: bool = True
    """What is known of the caller says in which order their numbers are."""
    vague: bool = False
    """They are about when: "mid June"."""
    occasion: bool = False
    """They are those of a feast, around which a stay may be."""
    open: bool = False
    """Another end is said behind them, which was not understood."""


@lru_cache(maxsize=128)
def search(text: str, language: str, today: date, region: str, *, asked: bool) -> Hit | None:
    """The days that a text speaks of, in whatever way; None where it names none."""
    hit, whole = _search(text, language, today, region, asked=asked)
    if hit is None:
        return None
    spans = hit.found.spans
    if hit.how != "relative":
        spans = [*spans, *relative.durations(whole.text, language)]
    return replace(hit, found=replace(hit.found, spans=sorted({whole.source(*span) for span in spans})))


def _search(text: str, language: str, today: date, region: str, *, asked: bool) -> tuple[Hit | None, Mapped]:
    """The days, with their places in the text with its numbers as digits, and that text."""
    whole, vague, feast = dated(text, language, today)
    found, decided = _explicit(whole.text, language, today, asked=asked, region=region)
    if feast or vague:  # "over New Year's, from the 30th to the 2nd": what is said beside it says more
        plain = dated(text, language, today, feasts_too=False)[0]
        said_too, decided_too = _explicit(plain.text, language, today, asked=asked, region=region)
        if len(said_too.days) > 1 or (said_too.days and (found.left or len(found.days) < 2)):
            found, decided, whole, feast, vague = said_too, decided_too, plain, False, False
    if found.days:
        open_ = len(found.days) == 1 and date_marks.is_open(tokens(whole.text, language), found.spans)
        return Hit(found, "month", False, decided, vague and found.loose, feast, open_), whole
    whole = relative.in_full(whole, language)
    days, spans, bare = _implied(whole.text, text, language, today)
    if not days:
        return None, whole
    noun = date_bare.beside_a_noun(whole.text, language, spans, bare=bare, single=len(days) == 1)
    between = whole.text[spans[0][1] : spans[-1][0]]
    found = Found(days, spans, mended=bare and words.changes_mind(between, language))
    return Hit(found, "bare" if bare else "relative", of_a_noun=noun), whole


@lru_cache(maxsize=256)
def dated(text: str, language: str, today: date, *, feasts_too: bool = True) -> tuple[Mapped, bool, bool]:
    """The text with numbers as digits and days as dates; whether one of these is vague; whether one is a feast."""
    said, vague = month_parts.as_days(Mapped.of(text), language, today)
    if vague and not feasts_too:
        said = Mapped.of(text)
    said = feasts.weekdays(said, language, today)
    plain = feasts.without(holidays.without(said, language), language)
    feast = plain.text != said.text
    said = feasts.as_days(said, language, today) if feasts_too else plain
    said = said.through(as_digits(said.text, language))
    return relative.near_in_digits(said, language, today), vague, feast


def language_of(language: str) -> str:
    """A language that has a lexicon: itself, or English."""
    return language if language in lexicon.codes() else "en"


def read(text: str, today: date, *, language: str = "", region: str = "") -> Reading:
    """What a text that is nothing but dates says, in a language or, where none is given, in any.

    With `unread` words the value may be another one than was meant.
    """
    if _DAYS_OR_DATE.fullmatch(text):
        return Reading("", 0.0, (text.strip(),))
    codes = lexicon.codes()
    known = language if language in codes else ""
    languages = dict.fromkeys([known, *codes] if known else codes)
    readings = [_read(text, one, today, region, known) for one in languages]
    return min(readings, key=lambda reading: (not reading.value, len(reading.unread)))


def _read(text: str, language: str, today: date, region: str, known: str) -> Reading:
    whole, vague, _ = dated(text, language, today)
    said = whole.text
    if vague:
        return Reading("", 0.0, tuple(token.text for token in tokens(said, language) if token.kind != "skip"))
    order_of = language if known or not said.isascii() or re.search(r"[^\W\d_]", said) else ""
    found, decided = _explicit(said, language, today, asked=True, region=region, known=order_of)
    row = tokens(said, language)
    if found.days:
        spans = found.spans + relative.durations(said, language)
        unread = [t.text for t in row if t.kind not in _PARTICLES and not _inside(t, spans)]
        if found.doubtful:
            unread += [t.text for t in row if t.kind == "weekday"]
        if found.listed:
            unread += [t.text for t in row if t.kind == "and"] or [","]
        return Reading(value_of(found.days), _confidence(found, decided=decided), tuple(unread))
    said = relative.in_full(whole, language).text
    days, spans, _ = _implied(said, text, language, today)
    if days:
        row = tokens(said, language)
        unread = [t.text for t in row if t.kind == "word" and not _inside(t, spans)]
        return Reading(value_of(days), SURE, tuple(unread))
    return Reading("", 0.0, tuple(token.text for token in row if token.kind != "skip"))


def _confidence(found: Found, *, decided: bool) -> float:
    if found.doubtful or found.listed:
        return UNSURE
    return SURE if not found.ambiguous else GUESSED if decided else UNSURE


def _inside(token: Token, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= token.start and token.end <= end for start, end in spans)


@lru_cache(maxsize=256)
def as_digits(text: str, language: str) -> Mapped:
    """A text with holidays as days, and days and other numbers as digits."""
    has, said = lexicon.of(language).dates, Mapped.of(text)
    for word, month in has.number_months.items():
        # "Le 5 sept": the abbreviation is a seven too.
        behind = rf"\.|(?=\s+\d{{4}}\b|\s*$|\s*[-‐‑–—−.→]|\s+(?:{either(has.to)})\b)"
        pattern = rf"(?<!\d )(?<!\d)(\d{{1,2}}(?:{has.day_ends})?)\s+{word}\b(?:{behind})"
        said = said.sub(pattern, rf"\1 {has.months.split()[month - 1]}", re.IGNORECASE)
    return ordinals.as_digits(holidays.as_days(said, language), language)


def _explicit(
    said: str, language: str, today: date, *, asked: bool, region: str, known: str | None = None
) -> tuple[Found, bool]:
    """Days with their months, and whether language or region said in which order their numbers are."""
    known = language if known is None else known
    row = apart(tokens(said, language), language)
    if not any(token.kind in ("iso", "full", "pair", "month") for token in row):
        return NOTHING, True
    if not asked:  # a row of numbers may be part of a telephone number
        row = [token._replace(kind="word") if token.sign == " " else token for token in row]
    decided = region not in MIXED | {""} or known not in ("", "en")
    first: Order = "month first" if region in MONTH_FIRST and known in ("", "en") else "day first"
    second: Order = "day first" if first == "month first" else "month first"
    one = other = date_ranges.found(row, points(row, first, today, language), said, language, today)
    if any(token.kind in ("full", "pair") for token in row):
        other = date_ranges.found(row, points(row, second, today, language), said, language, today)
    if not one.days or (other.days and one.doubtful and not other.doubtful):
        return other, decided
    if not decided and one.ambiguous and other.days:
        if _stay(other) < LONG / 3 and _stay(one) >= LONG:
            return other, decided
        return replace(one, other=one.other if other.days == one.days else tuple(other.days)), decided
    return one, decided


def _stay(found: Found) -> timedelta:
    return found.days[-1] - found.days[0]


def _implied(said: str, text: str, language: str, today: date) -> tuple[list[date], list[relative.Span], bool]:
    """Days that are said without a month: from today on, or (True) as days of the month that is or comes."""
    row = apart(tokens(said, language), language)
    if any(token.kind in ("month", "iso", "full") for token in row):
        return [], [], False
    if named := date_bare.on_weekday(row, said, today, language):
        return *named, True
    days, spans = relative.find(said, language, today)
    if days:
        return days, spans, False
    single = ordinals.said(text, language) or ordinals.is_day(said, language)
    days, spans = date_bare.find(row, said, language, today, single=single)
    return days, spans, True


def value_of(days: list[date]) -> str:
    return "/".join(day.isoformat() for day in sorted(set(days)))


def spoken(value: str, language: str, today: date | None = None) -> str:
    """`2027-07-01/2027-07-10` as it is said: "July 1 – July 10"; with a year that is not that of the next such day."""
    has = lexicon.of(language_of(language)).dates
    days = [date.fromisoformat(part) for part in value.split("/")]
    said = [has.spoken.format(day=day.day, month=has.months.split()[day.month - 1]) for day in days]
    after = today
    for place, day in enumerate(days):
        if after and not after <= day < after + timedelta(365):
            said[place] = has.spoken_year.format(date=said[place], year=day.year)
        after = max(after, day) if after else None
    return " – ".join(said)
