"""A part of the days that are held, said anew: "until the 12th", "in June", "one day later", "the 5th to the 9th"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from extraction import dates, lexicon, ordinals, patterns, relative
from extraction.date_points import Point, apart, points
from extraction.date_words import Token, is_denied, tokens
from extraction.mapped import Mapped
from extraction.utterance import Utterance

SURE, LIKELY, DOUBTED, WEAK = 0.9, 0.7, 0.5, 0.4
FAR = timedelta(21)
"""A stay that is longer has its month said with its last day."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Patched:
    """The new days, from which parts of the text they were made, how sure, and what else they may be."""

    days: list[date]
    spans: list[Span]
    sure: float = SURE
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """A text that may say a part of some days."""

    text: str
    row: list[Token]
    points: list[Point]
    denied: list[Point]
    language: str
    today: date

    def role(self, place: int) -> str:
        """`first` or `last`: which end a point is said to be; "" where nothing says it."""
        point = self.points[place]
        since = self.points[place - 1].last + 1 if place else 0
        before = self.row[since : point.first]
        until, start = lexicon.of(self.language).dates.until.split(), lexicon.of(self.language).dates.start
        behind = [token for token in self.row[point.last + 1 :] if token.text.isalpha()][:1]
        for token in [*reversed(before), *behind]:
            word = token.text.lower().replace("’", "'")
            if token.kind in ("back", "to") or word in until:
                return "last"
            if patterns.fullmatch(start, word):
                return "first"
        return ""

    def span(self, first: int, last: int) -> Span:
        return self.row[first].start, self.row[last].end


def patch(value: str, utterance: Utterance, today: date, *, single: bool) -> Patched | None:
    """The days of a value with what a text says of them; None where it says nothing. `single`: they are one day."""
    held = [date.fromisoformat(part) for part in value.split("/")]
    language = utterance.language
    whole = dates.dated(utterance.text, language, today)[0]
    row = apart(tokens(whole.text, language), language)
    marked = [
        point
        for point in points(row, "day first", today, language)
        if point.month or point.weekday is not None or _is_marked(utterance, whole, row, point)
    ]
    every = [point for point in marked if not _in_a_row(row, point)]
    denied = [point for point in every if is_denied(whole.text[: row[point.first].start], language)]
    said = _Said(whole.text, row, [point for point in every if point not in denied], denied, language, today)
    made = (
        _by_points(said, held, single=single)
        or _moved(said, held)
        or _in_month(said, held)
        or _long(said, held, single=single)
    )
    if made is None or made.days != sorted(set(made.days)) or made.days == held:
        return None
    return replace(made, spans=[whole.source(*span) for span in made.spans])


def _in_a_row(row: Sequence[Token], point: Point) -> bool:
    """Whether its number stands in a row of numbers: digits of something else."""
    if point.month or not point.day:
        return False
    beside = [row[place] for place in (point.first - 1, point.last + 1) if 0 <= place < len(row)]
    return any(re.fullmatch(r"\d+", token.text) for token in beside)


def _by_points(said: _Said, held: list[date], *, single: bool) -> Patched | None:
    """By days: both ends, or one of them."""
    if not said.points or len(said.points) > 2 or any(point.impossible for point in said.points):
        return None
    spans = [said.span(point.first, point.last) for point in said.points]
    if len(said.points) == 2:
        if single or any(point.month for point in said.points):  # a month makes of them a whole value
            return None
        first = _near(said, said.points[0], held[0])
        last = first and _not_before(said.points[1], first)
        return Patched([first, last], spans) if first and last else None
    point, role = said.points[0], said.role(0)
    if single or (len(held) == 1 and role != "last"):
        day = _near(said, point, held[0])
        return Patched([day], spans) if day else None
    if role == "last" or (not role and any(d.day == held[-1].day for d in said.denied)):
        last = _not_before(point, held[0])
        # before the first day it is one of the next month, or they mean something else
        return (
            Patched([held[0], last], spans, SURE if last - held[0] <= FAR or point.month else DOUBTED) if last else None
        )
    day = _near(said, point, held[0])
    if role == "first" or any(d.day == held[0].day for d in said.denied):
        return Patched([day, held[-1]], spans) if day else None
    return _either_end(day, held, spans) if day else None


def _either_end(day: date, held: list[date], spans: list[Span]) -> Patched | None:
    """A day of which nothing says whether it is the first or the last one."""
    if day < held[0]:
        return Patched([day, held[1]], spans, LIKELY)
    if day > held[1]:
        return Patched([held[0], day], spans, LIKELY)
    ways = [[day, held[1]], [held[0], day]]
    ways = [way for way in ways if way != held and way[0] < way[1]]
    others = tuple(dates.value_of(way) for way in ways[1:])
    return Patched(ways[0], spans, WEAK, others) if ways else None


def _is_marked(said: Utterance, whole: Mapped, row: Sequence[Token], point: Point) -> bool:
    """Whether a number is said as a day: as an ordinal, or behind an article, a preposition, a word of one end."""
    token, before = row[point.first], row[point.first - 1] if point.first else None
    start, end = whole.source(token.start, token.end)
    if token.sign not in ("", ".") or ordinals.said(said.text[start:end], said.language):
        return True
    if before is None:
        return False
    names_end = before.kind in ("to", "back") or patterns.fullmatch(
        lexicon.of(said.language).dates.start, before.text.lower()
    )
    return bool(names_end) or (before.kind == "skip" and before.text.isalpha())


def _near(said: _Said, point: Point, held: date) -> date | None:
    """The day that a point names, with the month and year of the day in whose place it comes."""
    if not point.day:
        if point.weekday is None:
            return None
        day = held + timedelta((point.weekday - held.weekday() + 3) % 7 - 3)
        return day if day >= said.today else day + timedelta(7)
    month, year = point.month or held.month, point.year or held.year
    found = _date(year, month, point.day)
    if found and found < said.today and not point.year:
        found = _date(year + 1, month, point.day) if point.month else _not_before(point, said.today)
    return found


def _not_before(point: Point, first: date) -> date | None:
    """The first such day after another one."""
    if not point.day:
        return relative.coming(point.weekday, first) if point.weekday is not None else None
    if point.month:
        years = (point.year,) if point.year else (first.year, first.year + 1)
        return next((d for year in years if (d := _date(year, point.month, point.day)) and d > first), None)
    return next((d for n in range(1, 62) if (d := first + timedelta(n)).day == point.day), None)


def _moved(said: _Said, held: list[date]) -> Patched | None:
    """One day later: both ends, or the one that is named."""
    moved = [relative.moved(day, said.text, said.language) for day in held]
    span = moved[0][1] if moved[0] else (0, 0)
    days = [one[0] for one in moved if one]
    if len(days) < len(held):
        return None
    start = lexicon.of(said.language).dates.start
    if len(held) == 2 and any(token.kind == "back" for token in said.row):
        days[0] = held[0]
    elif len(held) == 2 and any(patterns.fullmatch(start, token.text.lower()) for token in said.row):
        days[1] = held[1]
    return Patched(days, [span], LIKELY if len(held) == 2 and days[0] != held[0] and days[1] != held[1] else SURE)


def _in_month(said: _Said, held: list[date]) -> Patched | None:
    """Another month, or another year, for all of them."""
    used = {place for point in (*said.points, *said.denied) for place in range(point.first, point.last + 1)}
    named = [
        place
        for place, token in enumerate(said.row)
        if token.kind in ("month", "year")
        and place not in used
        and not is_denied(said.text[: token.start], said.language)
    ]
    months = [place for place in named if said.row[place].kind == "month"]
    years = [place for place in named if said.row[place].kind == "year"]
    if len(months) > 1 or len(years) > 1 or not named:
        return None
    by = said.row[months[0]].numbers[0] - held[0].month if months else 0
    year = said.row[years[0]].numbers[0] if years else held[0].year
    # Without a year it is the next one of its name, as long as the one that is held was.
    nearest = held[0] < said.today + timedelta(366)
    for ahead in (-1, 0, 1) if nearest and not years else (0, 1):
        index = [(day.year - held[0].year + year + ahead) * 12 + day.month - 1 + by for day in held]
        days = [_date(at // 12, at % 12 + 1, day.day) for at, day in zip(index, held, strict=True)]
        if days[0] and (days[0] >= said.today or years):
            break
    spans = [said.span(place, place) for place in named]
    return Patched([day for day in days if day], spans) if all(days) else None


def _long(said: _Said, held: list[date], *, single: bool) -> Patched | None:
    """How long, from the first day on."""
    if single:
        return None
    days = relative.lasting(held[:1], said.text, said.language)
    return Patched(days, relative.durations(said.text, said.language)) if len(days) == 2 else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
