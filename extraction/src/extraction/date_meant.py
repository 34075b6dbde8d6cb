"""Which of the days that a text names are those of the caller's stay: a text is points, pairs and what is said beside.

A day that is denied, or of another year's stay, is none. Behind a change of mind the later days count. Two days with a
"to" between them, or an arrival and a departure, are the stay where a single day stands before them: that is an event
beside it, or the stay said less exactly, whose month they take over.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from extraction import asides, lexicon, patterns
from extraction.date_marks import is_first, is_marked, not_denied, role
from extraction.date_points import Point
from extraction.date_words import Token
from extraction.words import any_of, changes_mind, split

APART = 4
"""Words between a first day and a last one, where words say that they are those."""


def meant(row: Sequence[Token], said_of: list[Point], said: str, language: str, today: date) -> list[Point]:
    """The points that count, with the month that they leave out; none where it is open which they are."""
    now = _not_over(row, not_denied(row, said_of, said, language), said, language)
    return _stay(row, _once(row, _last_said(row, now, said, language), language), language, today)


def is_pair(row: Sequence[Token], one: Point, other: Point, language: str) -> bool:
    """Whether two points are the first and the last day of one stay by the words between them."""
    between = row[one.last + 1 : other.first]
    kinds = [token.kind for token in between]
    words = kinds.count("word")
    if "to" in kinds:
        return words == 0
    if words > APART or not ("back" in kinds or is_first(row, one, language)):
        return False
    behind = next((token.kind for token in row[other.last + 1 :] if token.kind != "skip"), "")
    return "back" in (*kinds, behind) or ("and" in kinds and (words > 0 or "skip" in kinds))


def _not_over(row: Sequence[Token], said_of: list[Point], said: str, language: str) -> list[Point]:
    """The points without those of a stay that is over, where others are left: "last year the 3rd, now the 5th"."""
    left, over = [], False
    for place, point in enumerate(said_of):
        before = said_of[place - 1] if place else None
        if not (before and is_pair(row, before, point, language)):
            since = row[before.last].end if before else 0
            until = row[said_of[place + 1].first].start if place + 1 < len(said_of) else len(said)
            over = asides.is_over(said[since : row[point.first].start], said[row[point.last].end : until], language)
        if not over:
            left.append(point)
    return left or said_of


def _once(row: Sequence[Token], said_of: list[Point], language: str) -> list[Point]:
    """The points without a day that is said again without its month: "the 13th of June, so from the 13th"."""
    made: list[Point] = []
    for point in said_of:
        before = made[-1] if made else None
        if before and before.month and point.day == before.day and not point.month:
            kinds = {token.kind for token in row[before.last + 1 : point.first]}
            if not kinds & {"to", "and", "back"} or is_first(row, point, language):
                continue
        if before and before.month and point.month and len(made) > 1 and _is_exacter(row, before, point):
            made.pop()
        made.append(point)
    return made


def _is_exacter(row: Sequence[Token], one: Point, other: Point) -> bool:
    """Whether a last day is said again: "after New Year's, the 2nd of January", "to the end of May, so to the 29th"."""
    between = row[one.last + 1 : other.first]
    kinds = [token.kind for token in between]
    if "to" in kinds:
        return kinds.count("word") <= 1 and any(token.text == "," for token in between)
    return bool(between) and set(kinds) <= {"skip"}


def _stay(row: Sequence[Token], said_of: list[Point], language: str, today: date) -> list[Point]:
    """The points from the only pair on, where what stands before it is no part of it."""
    places = range(len(said_of) - 1)
    pairs = [at for at in places if is_pair(row, said_of[at], said_of[at + 1], language) or _follows(row, said_of, at)]
    pairs = [at for at in pairs if not _is_loose(row, said_of[at])] or pairs
    pairs = pairs or [at for at in places if at and _is_around(row, said_of[at - 1 : at + 2], language)]
    if len(pairs) != 1 or not pairs[0]:
        return said_of
    before, first, last = said_of[pairs[0] - 1 : pairs[0] + 2]
    between = row[before.last + 1 : first.first]
    kinds = {token.kind for token in between}
    joined = kinds & {"to", "back"} or ("and" in kinds and "word" not in kinds)
    if joined or not (between or row[before.last].text.endswith(".")):
        return said_of
    rest = said_of[pairs[0] :]
    if first.month or last.month or not before.month or not first.day:
        return rest
    whole = pairs[0] > 1 and _is_loose(row, before) and _is_loose(row, said_of[pairs[0] - 2])
    since = replace(before, day=first.day) if whole else before  # "all of October, say the 5th to the 9th"
    near = _nearest(first.day, since, today)
    return [replace(first, month=near.month, year=before.year and near.year), *rest[1:]] if near else rest


def _follows(row: Sequence[Token], said_of: list[Point], at: int) -> bool:
    """Whether two days follow one another, behind a feast: "the third Sunday in Advent, so the 12th and 13th"."""
    one, other = said_of[at : at + 2]
    kinds = {token.kind for token in row[one.last + 1 : other.first]}
    behind = at > 0 and _is_loose(row, said_of[at - 1]) and not (one.month or other.month)
    return behind and 0 < one.day == other.day - 1 and "and" in kinds and "word" not in kinds


def _is_around(row: Sequence[Token], said_of: Sequence[Point], language: str) -> bool:
    """Whether behind a day two others, the later of which is said to be the last, lie around it and take its month:
    "the wedding is on the 18th of June, but we come on the 16th and stay until the 20th".
    """
    event, one, other = said_of
    if not (event.month and one.day and other.day) or one.month or other.month:
        return False
    before = row[event.last + 1 : one.first]
    apart = any(token.kind == "word" for token in before) and not any(t.kind in ("to", "back") for t in before)
    return apart and one.day < event.day <= other.day and role(row, one.last + 1, other, language) == "last"


def _is_loose(row: Sequence[Token], point: Point) -> bool:
    """Whether it stands for a part of a month, or a feast: it was put into the text as a date."""
    return row[point.first].kind == "iso"


def _nearest(day: int, to: Point, today: date) -> date | None:
    """The day of the month that is nearest to another day: of the 30th and 1 June, that of May."""
    try:
        there = date(to.year or today.year, to.month, to.day)
        days = (there + timedelta(by * n) for n in range(31) for by in (-1, 1))
        return next((one for one in days if one.day == day), None)
    except (ValueError, OverflowError):
        return None


def _last_said(row: Sequence[Token], said_of: list[Point], said: str, language: str) -> list[Point]:
    """The points after the last change of mind, with the month that they leave out.

    A single one takes the place of the end that it is said to be, or lies behind; none, where it may be either.
    """
    for place in range(len(said_of) - 1, 0, -1):
        if not is_changed(row, said_of[place - 1], said_of[place], said, language):
            continue
        before, after = said_of[:place], said_of[place:]
        month = next((point for point in reversed(before) if point.month), None)
        if not any(point.day for point in after) or not (month or any(point.month for point in after)):
            continue
        if _completes(row, before, after, language):
            continue
        if sum(point.day > 0 for point in before) > 1 and len(after) == 1:
            is_day = _is_day(row, before[-1], after[0], said, language)
            return _end_replaced(row, before, after[0], language) if is_day else []
        if month and not any(point.month for point in after):
            after[-1] = replace(after[-1], month=month.month, year=after[-1].year or month.year)
        return after
    return said_of


def _completes(row: Sequence[Token], before: list[Point], after: list[Point], language: str) -> bool:
    """Whether what is put in other words is the last day of a stay whose first day stands before it: "a week from the
    6th of June, I mean, until the 13th".
    """
    if len(before) != 1 or len(after) != 1 or not before[0].month or role(row, 0, before[0], language) == "last":
        return False
    return role(row, before[0].last + 1, after[0], language) == "last"


def _is_day(row: Sequence[Token], last: Point, new: Point, said: str, language: str) -> bool:
    """Whether a number behind a change of mind is said as a day, or stands right behind that: not "so we are 4"."""
    if new.month or row[new.first].sign.isalpha() or is_marked(row, new):
        return True
    between = said[row[last.last].end : row[new.first].start]
    return not split(patterns.sub(any_of(lexicon.of(language).answers.marks), "", between, re.IGNORECASE))


def is_changed(row: Sequence[Token], one: Point, other: Point, said: str, language: str) -> bool:
    """Whether a change of mind stands between two days: between them a bare no is one too, where it is no "not"."""
    if changes_mind(said[row[one.last].end : row[other.first].start], language):
        return True
    answers = lexicon.of(language).answers
    no = answers.no_words.split()[0]
    between = [token.text.lower() for token in row[one.last + 1 : other.first] if token.kind == "word"]
    return between == [no] and not patterns.fullmatch(any_of(answers.denies), no)


def _end_replaced(row: Sequence[Token], before: list[Point], new: Point, language: str) -> list[Point]:
    """A first and a last day with one of them replaced; none where nothing says which."""
    if len(before) != 2 or not is_pair(row, before[0], before[1], language):
        return []
    first, last = before
    end = role(row, last.last + 1, new, language)
    later = new.day > last.day and not (new.month and last.month)
    if end == "last" or (later and end != "first"):
        made = replace(new, first=last.first, month=new.month or last.month, year=new.year or last.year)
        return [first, replace(made, guessed=not end)]
    if end == "first" or (not later and new.day < min(first.day, last.day)):
        return [replace(first, day=new.day, month=new.month or first.month), replace(last, last=new.last)]
    return []


def two_stays(row: Sequence[Token], said_of: list[Point]) -> list[list[Point]]:
    """The two pairs of days where four are two stays: "from the 3rd to the 5th or the 10th to the 12th of March"."""
    if len(said_of) != 4 or any(_is_loose(row, point) for point in said_of):
        return []
    between = [{token.kind for token in row[a.last + 1 : b.first]} for a, b in pairwise(said_of)]
    if not ("to" in between[0] and "to" in between[2]) or between[1] & {"to", "back"}:
        return []
    pairs = [said_of[:2], said_of[2:]]
    month = next((point for point in reversed(said_of) if point.month), None)
    return [
        pair if any(point.month for point in pair) or not month else [pair[0], replace(pair[1], month=month.month)]
        for pair in pairs
    ]


def left_out(
    row: Sequence[Token], said_of: list[Point], until: Point, said: str, language: str
) -> list[tuple[int, int]]:
    """Where days stand that are none of the stay; no numbers that may be something else: "one room, from the 3rd"."""
    before = [point for point in said_of if point.first < until.first]
    if before and changes_mind(said[row[before[0].last].end : row[until.first].start], language):
        return [(row[before[0].first].start, row[until.first].start)]
    days = [point for point in before if point.month or row[point.first].sign]
    return [(row[point.first].start, row[point.last].end) for point in days]
