"""What an utterance says of days that are held: days, those that are denied, and which end each is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from extraction import dates, lexicon, ordinals, patterns
from extraction.date_marks import right_before, role
from extraction.date_points import Point, apart, points
from extraction.date_words import Token, is_denied, tokens
from extraction.mapped import Mapped
from extraction.utterance import Utterance

SURE, LIKELY, DOUBTED, WEAK = 0.9, 0.7, 0.5, 0.4
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Patched:
    """The new days, from which parts of the text they were made, how sure, and what else they may be."""

    days: list[date]
    spans: list[Span]
    sure: float = SURE
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A text that may say a part of some days."""

    whole: Mapped
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
        has = lexicon.of(self.language).dates
        last_day = rf"(?<!\w)(?:{has.last_of})\s+(?:{has.units.day}|{has.units.night})(?!\w)"
        if before and patterns.search(last_day, self.text[before[0].start : before[-1].end].lower()):
            return "last"
        return role(self.row, since, point, self.language)

    @property
    def text(self) -> str:
        """With its numbers and ordinals as digits."""
        return self.whole.text

    def span(self, first: int, last: int) -> Span:
        """Where some of its tokens stand in its text."""
        return self.row[first].start, self.row[last].end


def of(utterance: Utterance, today: date) -> Said:
    """What an utterance says of days."""
    language = utterance.language
    whole = dates.dated(utterance.text, language, today)[0]
    row = apart(tokens(whole.text, language), language)
    every = [
        point
        for point in points(row, "day first", today, language)
        if (point.month or point.weekday is not None or _is_marked(utterance, whole, row, point))
        and not _in_a_row(row, point)
    ]
    denied: list[Point] = []
    for before, point in zip([None, *every], every, strict=False):
        goes_on = before in denied and before is not None and _is_range(row[before.last + 1 : point.first])
        if is_denied(whole.text[: row[point.first].start], language) or goes_on:
            denied.append(point)
    return Said(whole, row, [point for point in every if point not in denied], denied, language, today)


def _is_range(between: Sequence[Token]) -> bool:
    """Whether two days with this between them are one range: "not the fourth to the ninth" denies both."""
    kinds = {token.kind for token in between}
    return "to" in kinds and kinds <= {"to", "skip"}


def _in_a_row(row: Sequence[Token], point: Point) -> bool:
    """Whether its number stands in a row of numbers: digits of something else."""
    if point.month or not point.day:
        return False
    beside = [row[place] for place in (point.first - 1, point.last + 1) if 0 <= place < len(row)]
    return any(re.fullmatch(r"\d+", token.text) for token in beside)


def _is_article(said: Utterance, start: int, end: int) -> bool:
    return said.text[start:end].lower() in lexicon.of(said.language).numbers.articles.split()


def _is_marked(said: Utterance, whole: Mapped, row: Sequence[Token], point: Point) -> bool:
    """Whether a number is said as a day: as an ordinal, or behind an article, a preposition, a word of one end."""
    token, before = row[point.first], right_before(row, point)
    start, end = whole.source(token.start, token.end)
    if token.sign not in ("", ".") or ordinals.said(said.text[start:end], said.language):
        return True
    following = row[point.last + 1].kind if point.last + 1 < len(row) else "skip"
    if before is None:
        return False
    is_day = ordinals.is_day(f"{before.text} {point.day}", said.language)
    if point.day == 1 and not is_day and (len(before.text) == 1 or _is_article(said, start, end)):
        return False  # "à une", "a uno": somebody, something
    if following == "word" and not (is_day or before.kind == "back" or said.text[start:end].isdigit()):
        return False  # it counts that: "il y a une erreur", "con los dos apellidos"
    names_end = before.kind in ("to", "back") or patterns.fullmatch(
        lexicon.of(said.language).dates.start, before.text.lower()
    )
    return bool(names_end) or (before.kind == "skip" and before.text.isalpha())
