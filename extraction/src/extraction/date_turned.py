"""A stay whose last day is said first: "until the 20th, from the 14th", "out on the 9th, in two days earlier"."""

from collections.abc import Sequence
from datetime import date

from extraction import lexicon, patterns, relative, relative_length
from extraction.date_marks import CLOSE
from extraction.date_points import Point
from extraction.date_words import Token


def is_turned(row: Sequence[Token], said_of: Sequence[Point], language: str) -> bool:
    """Whether of two days the first one is said to be the last of the stay, and the second one to be the first."""
    if len(said_of) != 2 or not (said_of[0].day and said_of[1].day):
        return False
    one, other = said_of
    starts = any(_starts(token, language) for token in row[max(one.last + 1, other.first - CLOSE) : other.first])
    ends = _is_last(row, one, language) or _is_behind_to(row, one, language)
    if not starts or not ends:
        return False
    months = [point.month for point in said_of if point.month]
    return other.day < one.day if len(set(months)) == 1 else (other.month, other.day) < (one.month, one.day)


def from_there(row: Sequence[Token], point: Point, day: date, rest: str, language: str) -> tuple[list[date], bool]:
    """The first and the last day where one of them is said to be so much earlier or later than the other, and whether
    that is sure; none else.

    A day from which another one is so much earlier, where nothing says which of them it is, is that day alone.
    """
    moved = relative_length.moved(day, rest, language)
    if moved is None or moved[0] == day:
        return _until_there(row, point, day, rest, language)
    behind = row[point.last + 1 :]
    if moved[0] > day:
        return ([day, moved[0]] if any(token.kind == "back" for token in behind) else []), True
    is_end = _is_last(row, point, language) or any(_starts(token, language) for token in behind)
    return ([moved[0], day] if is_end else [day]), True


def _until_there(row: Sequence[Token], point: Point, day: date, rest: str, language: str) -> tuple[list[date], bool]:
    """The stay that ends on a day and is as long as is said: "leaving on the 24th, for three nights"."""
    if not _is_last(row, point, language):
        return [], True
    if relative_length.stretched(day, rest, language):
        return [day], True
    until = relative.lasting([day], rest, language)
    return ([day - (until[-1] - day), day] if len(until) > 1 else []), False


def _is_behind_to(row: Sequence[Token], point: Point, language: str) -> bool:
    before = row[max(0, point.first - CLOSE) : point.first]
    return any(token.kind == "to" for token in before) and not any(_starts(token, language) for token in before)


def _is_last(row: Sequence[Token], point: Point, language: str) -> bool:
    """Whether what stands right before a day says that it is the last one: "until", "leaving on"."""
    until = lexicon.of(language).dates.until.split()
    before = row[max(0, point.first - CLOSE) : point.first]
    ends = (token.kind == "back" or token.text.lower().replace("’", "'") in until for token in before)
    return any(ends) and not any(_starts(token, language) for token in before)


def _starts(token: Token, language: str) -> bool:
    return bool(patterns.fullmatch(lexicon.of(language).dates.start, token.text.lower()))
