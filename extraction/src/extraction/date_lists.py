"""Days that take their month from one another: "1, 2 and 3 July", "July 4th and 5th, checking out on the 6th"."""

from collections.abc import Sequence

from extraction.date_marks import is_first, is_like, is_marked
from extraction.date_meant import APART, is_pair
from extraction.date_points import Point
from extraction.date_words import Token


def run(row: Sequence[Token], until: list[Point], language: str) -> list[Point]:
    """The days right before a point that take their month from it: "1, 2 and 3 July"."""
    made = [until[-1]]
    for point in reversed(until[:-1]):
        between = row[point.last + 1 : made[0].first]
        words = sum(token.kind == "word" for token in between)
        parts = any(token.kind == "back" for token in between) or is_first(row, point, language)
        if not point.day or point.month or not (words == 0 or (parts and words <= APART)):
            break
        signs = {token.text for token in between if token.kind == "skip"}
        if "," in signs and all(token.kind == "skip" for token in between) and not _is_listed(row, point, made[0]):
            break
        made.insert(0, point)
    return made


def chain(row: Sequence[Token], since: list[Point], language: str) -> list[Point]:
    """The days behind one with a month that take it over: "July 1 to 10", "September 2, 3 and 4"."""
    made: list[Point] = []
    for point in since[1:]:
        before = made[-1] if made else since[0]
        between = row[before.last + 1 : point.first]
        if point.month or not point.day or not between:
            break
        made.append(point)
        if parted(row, before, point):
            return [*made, *way_back(row, since[len(made) :])]
        if any(token.kind == "word" for token in between):
            if ends(row, before, point, language):
                return made
            break
    return []


def way_back(row: Sequence[Token], since: list[Point]) -> list[Point]:
    """The day of the departure behind the days of a list: "on the 4th and 5th, checking out on the 6th"."""
    if len(since) < 2 or not since[1].day or since[1].month:
        return []
    kinds = [token.kind for token in row[since[0].last + 1 : since[1].first]]
    again = since[1].day == since[0].day  # "to the 21st, so leaving on the 21st"
    return [since[1]] if "back" in kinds and kinds.count("word") <= APART and not again else []


def _is_listed(row: Sequence[Token], one: Point, other: Point) -> bool:
    """Whether two days with nothing between but signs and small words are of one list: not "for two, on the 5th"."""
    return is_like(row, one, other) or (other.day - one.day == 1 and not is_marked(row, other))


def ends(row: Sequence[Token], one: Point, other: Point, language: str) -> bool:
    """Whether a second point is the last day: "we come on the 12th of June and go on the 15th"."""
    between = row[one.last + 1 : other.first]
    likely = len(between) <= APART + 1 and is_like(row, one, other) and "and" in [token.kind for token in between]
    return parted(row, one, other) or likely or is_pair(row, one, other, language)


def parted(row: Sequence[Token], one: Point, other: Point) -> bool:
    """Whether a "to", "and", "leaving" stands between two points, or behind the second one."""
    between = [token.kind for token in row[one.last + 1 : other.first]]
    if "to" in between or "back" in between:
        return True
    behind = next((token.kind for token in row[other.last + 1 :] if token.kind != "skip"), "")
    return ("and" in between and "word" not in between) or behind == "back"
