"""The days that a row of tokens names, each with what is said of it: a day, perhaps its month, perhaps its year."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal

from extraction import lexicon
from extraction.date_words import Token

Order = Literal["day first", "month first"]
MOST = 40
"""Nobody names so many days in one turn; more of them would only take time."""
YEAR_AHEAD = 20
"""A year of two digits after a month in words is one of so many to come."""


@dataclass(frozen=True, slots=True)
class Point:
    """A day as far as it is said; `first` and `last` are its places in the row of tokens."""

    first: int
    last: int
    day: int = 0
    month: int = 0
    year: int = 0
    weekday: int | None = None
    ambiguous: bool = False
    """Its numbers are a day in either order."""
    guessed: bool = False
    """Nothing but its place says which end of a stay it is."""

    @property
    def impossible(self) -> bool:
        """Whether no calendar has it."""
        if not self.month:
            return False
        try:
            date(self.year or 2028, self.month, self.day)  # a leap year: 29 February is a day without a year
        except ValueError:
            return True
        return False


@cache
def _of(language: str) -> frozenset[str]:
    """What may stand between a day and its month, or a month and its year."""
    return frozenset([*(word.rstrip("'") for word in lexicon.of(language).dates.of.split()), ",", "", "."])


def apart(row: Sequence[Token], language: str) -> list[Token]:
    """The row with what only looks like a date taken apart: "6/7 July", "01-10 July"; two of 01-07 are dates."""
    of = _of(language)
    hyphens = sum(token.kind == "hyphen" for token in row)
    made: list[Token] = []
    for place, token in enumerate(row):
        if token.kind not in ("pair", "hyphen"):
            made.append(token)
            continue
        named = next((t.kind for t in row[place + 1 :] if t.text.lower() not in of), "") == "month"
        if (token.kind == "pair" and named and token.sign != " ") or (
            token.kind == "hyphen" and (named or hyphens == 1)
        ):
            low, high = token.numbers
            made += [token._replace(kind="day", numbers=(low,), sign=""), token._replace(kind="to", numbers=())]
            made.append(token._replace(kind="day", numbers=(high,), sign=""))
        elif token.kind == "hyphen":
            made.append(token._replace(kind="pair"))
        else:
            made.append(token)
    return made


def points(row: Sequence[Token], order: Order, today: date, language: str) -> list[Point]:
    """The days in a row of tokens, where numbers are read in an order."""
    found: list[Point] = []
    place = 0
    while place < len(row) and len(found) < MOST:
        point = _point(row, place, order, today, language)
        if point is None:
            place += 1
            continue
        place = point.last + 1
        before = found[-1] if found else None
        if before and before.weekday is not None and not before.day and _touch(row, before, point) and point.day:
            point = replace(point, first=before.first, weekday=before.weekday)
            found.pop()
        elif before and before.day and point.weekday is not None and not point.day and _takes(row, before, point):
            found[-1] = replace(before, last=point.last, weekday=point.weekday)
            continue
        found.append(point)
    return found


def _takes(row: Sequence[Token], one: Point, weekday: Point) -> bool:
    """Whether a day of the week behind a day is that day's: not behind what was put in for a part of a month."""
    return row[one.first].kind != "iso" and _touch(row, one, weekday)


def _touch(row: Sequence[Token], one: Point, other: Point) -> bool:
    return all(token.kind == "skip" for token in row[one.last + 1 : other.first])


def _point(row: Sequence[Token], place: int, order: Order, today: date, language: str) -> Point | None:
    token, of = row[place], _of(language)
    if token.kind == "iso":
        year, month, day = token.numbers
        return Point(place, place, day, month, year)
    if token.kind in ("full", "pair"):
        return _numeric(row, place, order, today, of)
    if token.kind == "weekday":
        return Point(place, place, weekday=token.numbers[0])
    if token.kind == "day":
        at = _after(row, place, "month", of)
        if at is None or (token.sign == "." and _is_own(row, at, language)):
            last, year = _year(row, place, today, of, short=False)
            return Point(place, last, token.numbers[0], year=year)
        last, year = _year(row, at, today, of)
        return Point(place, last, token.numbers[0], row[at].numbers[0], year)
    if token.kind == "month":
        at = _after(row, place, "day", of)
        if at is None:
            return None
        last, year = _year(row, at, today, of, short=False)
        return Point(place, last, row[at].numbers[0], token.numbers[0], year)
    return None


def _is_own(row: Sequence[Token], month: int, language: str) -> bool:
    """Whether a month behind a full stop has a day of its own behind it: "not the 13th. June 30th"."""
    following = row[month + 1] if month + 1 < len(row) else None
    if following is None or following.kind != "day":
        return False
    return following.sign.isalpha() or lexicon.of(language).dates.spoken.startswith("{month}")


def _numeric(row: Sequence[Token], place: int, order: Order, today: date, of: frozenset[str]) -> Point | None:
    """1.7.2027 is day first wherever it can be; 1/7/2027 as the order says; both the other way where they must be."""
    token = row[place]
    low, high = token.numbers[:2]
    if not low or not high:  # no calendar has a nought; 10.0 is a price
        return Point(place, place, month=1) if token.kind == "full" or high else None
    if token.kind == "full":
        last, year = place, token.numbers[2]
        year += 2000 if year < 100 else 0
    else:
        last, year = _year(row, place, today, of, short=False)
    day_first = Point(place, last, low, high, year)
    month_first = Point(place, last, high, low, year)
    dotted = token.sign.strip() in (".", "")
    only_day_first = token.kind == "pair" and dotted  # 10.12 may be a price or a time, but no month comes first in it
    either = not day_first.impossible and not month_first.impossible and low != high
    either = either and (not dotted or order == "month first")
    if day_first.impossible and month_first.impossible:
        return None if max(low, high) > 31 else day_first
    if month_first.impossible:
        return day_first
    if only_day_first:
        return replace(day_first, ambiguous=either)
    if day_first.impossible or (order == "month first" and not dotted):
        return replace(month_first, ambiguous=either)
    return replace(day_first, ambiguous=either)


def _after(row: Sequence[Token], place: int, kind: str, of: frozenset[str]) -> int | None:
    """Where the next token of a kind is, with nothing between but an "of"."""
    at = place + 1
    while at < len(row) and row[at].text.lower().rstrip(".'") in of and row[at].kind == "skip":
        at += 1
    return at if at < len(row) and row[at].kind == kind else None


def _year(row: Sequence[Token], place: int, today: date, of: frozenset[str], *, short: bool = True) -> tuple[int, int]:
    """The place at which a day's year ends, and the year; 0 where none is said."""
    at = _after(row, place, "year", of)
    if at is not None:
        return at, row[at].numbers[0]
    following = row[place + 1] if place + 1 < len(row) else None
    if short and following and following.kind == "day" and not following.sign and len(following.text) == 2:
        year = 2000 + following.numbers[0]
        ends = place + 2 == len(row) or row[place + 2].kind != "month"
        if today.year <= year <= today.year + YEAR_AHEAD and ends:
            return place + 1, year
    return place, 0
