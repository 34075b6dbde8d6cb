"""What the words around days say of them: which are denied, whose month is said apart, which are of something else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from extraction import lexicon, patterns
from extraction.date_points import Point
from extraction.date_words import Token, is_denied

COUNT = 12
"""A bare number up to this may be one of people or of rooms."""
CLOSE = 3
"""Words and signs from a day to another one that may be meant instead."""


def is_part(point: Point, used: list[Point]) -> bool:
    """Whether one of the days that are used was made of it."""
    return any(one.first <= point.first <= one.last for one in used)


def left_over(row: Sequence[Token], said_of: Sequence[Point], used: list[Point], language: str) -> list[Point]:
    """The days of which nothing says what they have to do with those that are used: between them, or after an "or"."""
    either = lexicon.of(language).dates.either.split()
    made = []
    unused = [point for point in said_of if point.day and not is_part(point, used)]
    for one, other in pairwise(unused):
        kinds = {token.kind for token in row[one.last + 1 : other.first]}
        if "to" in kinds and kinds <= {"to", "skip"}:
            return unused
    for point in unused:
        if point.first < used[0].first:
            between = row[point.last + 1 : used[0].first]
        else:
            between = row[used[-1].last + 1 : point.first]
        among = used[0].first < point.first < used[-1].first
        choice = len(between) <= CLOSE and any(t.kind == "and" or t.text.lower() in either for t in between)
        if among or choice:
            made.append(point)
    return made


def stay(days: Sequence[date]) -> list[date]:
    """All days of a stay; of a very long one those of its first months, which are all numbers of days."""
    return [days[0] + timedelta(n) for n in range(min((days[-1] - days[0]).days, 62) + 1)]


def unexplained(
    row: Sequence[Token], said_of: Sequence[Point], used: list[Point], days: Sequence[date], language: str
) -> bool:
    """Whether a day or a day of the week has no part in the days that were made; a small bare number is some count."""
    known = {day.day for day in stay(days)} | {point.day for point in used}
    weekdays = {day.weekday() for day in days}
    for point in said_of:
        if is_part(point, used):
            continue
        if not point.day:
            if point.weekday is not None and point.weekday not in weekdays:
                return True
            continue
        token = row[point.first]
        marked = point.month or token.sign.isalpha() or point.day > COUNT or is_first(row, point, language)
        if marked and point.day not in known:
            return True
    return False


def has_other_year(row: Sequence[Token], used: list[Point]) -> bool:
    """Whether four digits stand right behind a month that are no year of a stay: "January 1492"."""
    behind = [row[point.last + 1] for point in used if point.month and point.last + 1 < len(row)]
    return any(token.kind == "word" and len(token.text) == 4 and token.text.isdigit() for token in behind)


def is_first(row: Sequence[Token], point: Point, language: str) -> bool:
    """Whether what stands right before a day says that it is the first one: "arriving on"."""
    start = lexicon.of(language).dates.start
    before = row[max(0, point.first - CLOSE) : point.first]
    return any(patterns.fullmatch(start, token.text.lower()) for token in before)


def role(row: Sequence[Token], since: int, point: Point, language: str) -> str:
    """`first` or `last`: which end of a stay a day is, by the nearest of the words before it, from a place in
    the row on, or right behind it; "" where nothing says it.
    """
    has = lexicon.of(language).dates
    before = row[since : point.first]
    behind = [token for token in row[point.last + 1 :] if token.text.isalpha()][:1]
    for token in [*reversed(before), *behind]:
        word = token.text.lower().replace("’", "'")
        starts = bool(patterns.fullmatch(has.start, word))
        # A word that is both: "ab dem fünften" is from then on, "am fünften ab" is when they leave.
        if (token.kind in ("back", "to") or word in has.until.split()) and not (starts and token in before):
            return "last"
        if starts:
            return "first"
    return ""


def in_that_month(row: Sequence[Token], said_of: list[Point], said: str, language: str) -> list[Point]:
    """The days of a month that is said apart from them: "in June, from the 5th to the 9th"."""
    months = [place for place, token in enumerate(row) if token.kind == "month"]
    if len(months) > 1:
        months = [place for place in months if not is_denied(said[: row[place].start], language)]
    bare = [point for point in said_of if point.day]
    if len(months) != 1 or not 1 <= len(bare) <= 2 or not all(is_marked(row, point) for point in bare[:1]):
        return said_of
    month = row[months[0]].numbers[0]
    return [replace(point, month=month) if point.day else point for point in said_of]


def is_marked(row: Sequence[Token], point: Point) -> bool:
    """Whether a word like "on" or "from" stands before it."""
    before = right_before(row, point)
    return before is not None and before.kind == "skip" and before.text.isalpha()


def right_before(row: Sequence[Token], point: Point) -> Token | None:
    """The token before a point: the article of the Italian "l'8", not its apostrophe."""
    at = point.first - 1
    if at > 0 and row[at].text in "'’":
        at -= 1
    return row[at] if at >= 0 else None


def is_like(row: Sequence[Token], one: Point, other: Point) -> bool:
    """Whether the same word, an "on" or "el", stands before two days."""
    before = [row[point.first - 1].text.lower() if point.first else "" for point in (one, other)]
    return is_marked(row, other) and before[0] == before[1]


def not_denied(row: Sequence[Token], said_of: list[Point], said: str, language: str) -> list[Point]:
    """The points without those that are not to be, whose month the next one may need: "not July 3rd, the 4th"."""
    left: list[Point] = []
    month = 0
    for point in said_of:
        if is_denied(said[: row[point.first].start], language):
            month = point.month or month
        else:
            left.append(point)
    if left and month and not any(point.month for point in left):
        left[-1] = replace(left[-1], month=month)
    return left


def is_open(row: Sequence[Token], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a "to" stands right behind a day that is the only one: what it leads to was not understood."""
    behind = [token for token in row if token.start >= max(end for _, end in spans)]
    following = next((place for place, token in enumerate(behind) if token.kind != "skip"), None)
    return following is not None and behind[following].kind == "to" and len(behind) > following + 1
