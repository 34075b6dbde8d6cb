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

from extraction import holidays, ordinals, relative
from extraction.date_points import Order, Point, apart, points
from extraction.date_words import MONTHS, UNTIL, Token, tokens
from extraction.words import changes_mind

MONTH_FIRST = frozenset(["US", "PH", "PR", "GU", "AS", "VI", "MP", "FM", "MH", "PW", "UM"])
SURE, GUESSED, UNSURE = 0.9, 0.8, 0.55
"""Confidence: it can be read in one way; in two, and the region decides; in two, and nothing does."""
LONG, REVERSED = timedelta(180), timedelta(300)
"""A stay that few mean; what lies over New Year and is longer than this was said in the wrong order."""
_DAYS_OR_DATE = re.compile(r"\s*\d{1,2}\s*[-‐‑–—−]\s*\d{1,2}\s*")
"""1-7 may be seven days or one, and of which month?"""
_SEPT = re.compile(
    r"(?<!\d )(?<!\d)(\d{1,2}(?:er)?)\s+sept\b(?:\.|(?=\s+\d{4}\b|\s*$|\s*[-‐‑–—−.→]|\s+(?:au|jusqu)))", re.IGNORECASE
)
"""In French the month's abbreviation is a seven too."""
_PARTICLES = ("skip", "to", "and", "back")
ACROSS = timedelta(14)
"""From a day of the month before it at most: "from the 28th to the 2nd of February"."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of days: `value` as find gives it, and the words that were not understood."""

    value: str
    confidence: float
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    days: list[date]
    spans: list[tuple[int, int]]
    """Where they stand in the text."""
    ambiguous: bool = False
    doubtful: bool = False
    """Its day of the week is another one, or something stands between its days that is no "to"."""


_NOTHING = _Found([], [])


def find(text: str, language: str, today: date, *, asked: bool, region: str = "") -> tuple[str, str]:
    """`YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD` ("" when there is none), and the text without it.

    Words like "tomorrow" count only when dates were asked for: "call me tomorrow" is about something else.
    """
    said = _as_digits(text, language)
    said = relative.near_in_digits(said, language, today) if asked else said
    found, _ = _explicit(said, language, today, asked=asked, region=region)
    if found.days:
        rest = said
        for start, end in reversed(found.spans):
            rest = rest[:start] + " " + rest[end:]
        return _value(found.days), rest
    if asked:
        days = _implied(said, text, language, today)
        if days:
            return _value(days), said
    return "", text


def read(text: str, today: date, *, language: str = "", region: str = "") -> Reading:
    """What a text that is nothing but dates says, in a language or, where none is given, in any.

    With `unread` words the value may be another one than was meant.
    """
    if _DAYS_OR_DATE.fullmatch(text):
        return Reading("", 0.0, (text.strip(),))
    languages = dict.fromkeys([language, *MONTHS] if language in MONTHS else MONTHS)
    known = language if language in MONTHS else ""
    readings = [_read(text, one, today, region, known) for one in languages]
    return min(readings, key=lambda reading: (not reading.value, len(reading.unread)))


def _read(text: str, language: str, today: date, region: str, known: str) -> Reading:
    said = relative.near_in_digits(_as_digits(text, language), language, today)
    order_of = language if known or not said.isascii() or re.search(r"[^\W\d_]", said) else ""
    found, preferred = _explicit(said, language, today, asked=True, region=region, known=order_of)
    row = tokens(said, language)
    if found.days:
        spans = found.spans
        sure = SURE
        if found.ambiguous:
            sure = GUESSED if preferred else UNSURE
        if found.doubtful:
            sure = UNSURE
        spans += relative.durations(said, language)
        unread = [t.text for t in row if t.kind not in _PARTICLES and not _inside(t, spans)]
        if found.doubtful:
            unread += [t.text for t in row if t.kind == "weekday"]
        return Reading(_value(found.days), sure, tuple(unread))
    days = _implied(said, text, language, today)
    if days:
        row = tokens(relative.in_full(said, language), language)
        unread = [t.text for t in row if t.kind == "word" and not relative.is_read(t.text, language)]
        return Reading(_value(days), SURE, tuple(unread))
    return Reading("", 0.0, tuple(token.text for token in row if token.kind != "skip"))


def confidence(text: str, language: str, today: date, region: str) -> float:
    """How sure the days are that `find` takes from a text."""
    found, preferred = _explicit(_as_digits(text, language), language, today, asked=True, region=region)
    if found.doubtful:
        return UNSURE
    return SURE if not found.ambiguous else GUESSED if preferred else UNSURE


def _inside(token: Token, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= token.start and token.end <= end for start, end in spans)


def _as_digits(text: str, language: str) -> str:
    months = MONTHS.get(language, MONTHS["en"]).split()
    text = _SEPT.sub(r"\1 septembre", text) if language == "fr" else text
    return ordinals.as_digits(holidays.as_days(text, language, months), language)


def _explicit(
    said: str, language: str, today: date, *, asked: bool, region: str, known: str | None = None
) -> tuple[_Found, bool]:
    """Days with their months, and whether language or region said in which order their numbers are."""
    known = language if known is None else known
    row = apart(tokens(said, language))
    if not any(token.kind in ("iso", "full", "pair", "month") for token in row):
        return _NOTHING, True
    if not asked:  # a row of numbers may be part of a telephone number
        row = [token._replace(kind="word") if token.sign == " " else token for token in row]
    nth = relative.nth_weekday(said, language, today)
    if nth:
        return _Found([nth[0]], [nth[1]]), True
    decided = bool(region) or known not in ("", "en")
    first: Order = "month first" if region in MONTH_FIRST and known in ("", "en") else "day first"
    second: Order = "day first" if first == "month first" else "month first"
    one, other = (_found(row, points(row, order, today), said, language, today) for order in (first, second))
    if not one.days or (other.days and one.doubtful and not other.doubtful):
        return other, decided
    if not decided and one.ambiguous and other.days and _stay(other) < LONG / 3 and _stay(one) >= LONG:
        return other, decided
    return one, decided


def _stay(found: _Found) -> timedelta:
    return found.days[-1] - found.days[0]


def _found(row: Sequence[Token], said_of: list[Point], said: str, language: str, today: date) -> _Found:
    """The day or the first and last day that points make; nothing where one of them cannot be."""
    full = [point for point in said_of if point.month]
    if not full or any(point.impossible for point in full[:2]):
        return _NOTHING
    dropped = []
    if len(full) > 1 and changes_mind(said[row[full[0].last].end : row[full[1].first].start], language):
        dropped, full = [(row[full[0].first].start, row[full[1].first].start)], full[1:]
    made = _joined(row, said_of, full, today)
    if not made or (len(made[0]) == 1 and _is_end(row, made[1], language)):
        return _NOTHING
    days, used = made
    ambiguous = any(point.ambiguous for point in used)
    doubtful = any(
        p.weekday is not None and p.month and p.weekday != d.weekday() for p, d in zip(used, days, strict=False)
    )
    spans = [(row[point.first].start, row[point.last].end) for point in used]
    if len(days) == 1:
        rest = said[: spans[0][0]] + " " * (spans[-1][1] - spans[0][0]) + said[spans[-1][1] :]
        days = relative.counted(days, rest, spans[0][0], language)
    return _Found(days, dropped + spans, ambiguous, doubtful)


def _is_end(row: Sequence[Token], used: list[Point], language: str) -> bool:
    """Whether the only day is an end without a beginning: "until 10 July"."""
    before = [token for token in row[: used[0].first] if token.kind != "skip"]
    return bool(before) and before[-1].text.lower().replace("’", "'") in UNTIL.get(language, "").split()


def _joined(
    row: Sequence[Token], said_of: list[Point], full: list[Point], today: date
) -> tuple[list[date], list[Point]] | None:
    """Days, and the points that they are made of."""
    at = said_of.index(full[0])
    following = said_of[at + 1] if at + 1 < len(said_of) else None
    if following and following.year and not following.month and not full[0].year:  # "July 1 to 10, 2027"
        full = [replace(full[0], year=following.year), *full[1:]]
    lone = [point for point in _run(row, [*said_of[:at], full[0]]) if not point.month]
    after = next((p for p in said_of[at + 1 : at + 2] if not p.month and p.day and _parted(row, full[0], p)), None)
    if lone:
        last = _day(full[0], today)
        first = _before(last, lone[0].day) if last else None
        if not first or not last:
            return None
        if first < today and not full[0].year:
            last = _day(full[0], last + timedelta(1))
            first = _before(last, lone[0].day) if last else None
        return ([first, last], [lone[0], *lone[1:], full[0]]) if first and last else None
    if after:
        first = _day(full[0], today)
        last = next((d for n in range(1, 62) if first and (d := first + timedelta(n)).day == after.day), None)
        return ([first, last], [full[0], after]) if first and last else None
    if len(full) == 1:
        only = _day(full[0], today)
        return _with_weekday(row, said_of, full[0], only, today) or ([only], full) if only else None
    pair = _range(full[0], full[1], today)
    return (pair, full[:2]) if pair else None


def _with_weekday(
    row: Sequence[Token], said_of: list[Point], full: Point, day: date, today: date
) -> tuple[list[date], list[Point]] | None:
    """A range of which one end is a day of the week: "from Monday to 5 December"."""
    at = next(place for place, point in enumerate(said_of) if point.first == full.first)
    for one, other in zip(said_of[max(0, at - 1) : at + 1], said_of[max(0, at - 1) + 1 : at + 2], strict=False):
        if one.weekday is not None and not one.day and other is said_of[at] and _parted(row, one, other):
            first = relative.coming(one.weekday, today)
            return ([first, day], [one, full]) if first <= day else None
        if other.weekday is not None and not other.day and one is said_of[at] and _parted(row, one, other):
            return [day, relative.coming(other.weekday, day)], [full, other]
    return None


def _run(row: Sequence[Token], until: list[Point]) -> list[Point]:
    """The days right before a point that take their month from it: "1, 2 and 3 July"."""
    run = [until[-1]]
    for point in reversed(until[:-1]):
        between = row[point.last + 1 : run[0].first]
        if not point.day or point.month or any(token.kind not in ("to", "and", "skip", "back") for token in between):
            break
        run.insert(0, point)
    return run


def _parted(row: Sequence[Token], one: Point, other: Point) -> bool:
    """Whether a "to", "and", "leaving" stands between two points, or behind the second one."""
    between = [token.kind for token in row[one.last + 1 : other.first]]
    if "to" in between or "back" in between:
        return True
    behind = next((token.kind for token in row[other.last + 1 :] if token.kind != "skip"), "")
    return ("and" in between and "word" not in between) or behind == "back"


def _range(one: Point, other: Point, today: date) -> list[date] | None:
    """From one day to another; a year that only one of them has is that of both, or the next to it."""
    if other.year and not one.year:
        last = _day(other, today)
        first = _of(one, other.year)
        if last and (not first or first > last):
            first = _of(one, other.year - 1)
            if first and last - first > REVERSED:
                return None
    else:
        first = _day(one, today)
        last = _day(other, first) if first else None
        if first and last and not other.year and last.year > first.year and last - first > REVERSED:
            return None
    return [first, last] if first and last and first <= last else None


def _day(point: Point, after: date) -> date | None:
    """The day in its year, or its next occurrence not before `after`."""
    if point.year:
        return _of(point, point.year)
    # Eight years hold at least one 29 February.
    return next((d for y in range(after.year, after.year + 9) if (d := _of(point, y)) and d >= after), None)


def _of(point: Point, year: int) -> date | None:
    try:
        return date(year, point.month, point.day)
    except ValueError:
        return None


def _before(last: date, day: int) -> date | None:
    """The day of the same month, or of the month before where it is a few days from there."""
    try:
        first = last.replace(day=day)
        if first > last:
            first = (last.replace(day=1) - timedelta(1)).replace(day=day)
    except ValueError:
        return None
    return first if first.month == last.month or last - first <= ACROSS else None


def _implied(said: str, text: str, language: str, today: date) -> list[date]:
    """Days that are said without a month: from today on, or as days of the month that is or comes."""
    said = relative.in_full(said, language)
    row = apart(tokens(said, language))
    if any(token.kind in ("month", "iso", "full") for token in row):
        return []
    days = relative.find(said, language, today)
    return days or _bare_days(row, said, language, today, single=ordinals.said(text, language))


def _bare_days(row: list[Token], said: str, language: str, today: date, *, single: bool) -> list[date]:
    """Days of a month that is not named: "the fifth" (`single`: it was an ordinal), "from 5 to 10"; the next ones."""
    bare = [point for point in points(row, "day first", today) if point.day and not point.month]
    if any(point.year for point in bare) or any(re.search(r"\d", token.text) for token in row if token.kind == "word"):
        return []
    pair = len(bare) == 2 and any(token.kind == "to" for token in row[bare[0].last + 1 : bare[1].first])
    if not pair and not (len(bare) == 1 and single):
        return []
    first = next((d for n in range(62) if (d := today + timedelta(n)).day == bare[0].day), None)
    last = next((d for n in range(62) if first and (d := first + timedelta(n)).day == bare[-1].day), None)
    if first is None or last is None:
        return []
    return relative.lasting([first], said, language) if len(bare) == 1 else [first, last]


def _value(days: list[date]) -> str:
    return "/".join(day.isoformat() for day in sorted(set(days)))


def spoken(value: str, language: str) -> str:
    """`2027-07-01/2027-07-10` as it is said: "July 1 – July 10"."""
    names = MONTHS.get(language, MONTHS["en"]).split()
    days = [date.fromisoformat(part) for part in value.split("/")]
    of = " de " if language == "es" else ". " if language == "de" else " "
    said = [f"{names[d.month - 1]} {d.day}" if language == "en" else f"{d.day}{of}{names[d.month - 1]}" for d in days]
    return " – ".join(said)
