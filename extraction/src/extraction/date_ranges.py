"""The days that points make: which two are a range, and the months and years that they leave out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from extraction import lexicon, relative
from extraction.date_lists import chain, ends, parted, run, way_back
from extraction.date_marks import has_other_year, in_that_month, is_first, left_over, unexplained
from extraction.date_meant import is_changed, left_out, meant, two_stays
from extraction.date_points import Point
from extraction.date_turned import from_there, is_turned
from extraction.date_words import Token

REVERSED = timedelta(300)
"""What lies over New Year and is longer than this was said in the wrong order."""
ACROSS = timedelta(14)
"""From a day of the month before it at most: "from the 28th to the 2nd of February"."""
LATEST = 2999
"""Nobody means a later year; and what is counted from its end must be in the calendar."""


@dataclass(frozen=True, slots=True)
class Found:
    """A day, or the first and the last one; none where a text makes none."""

    days: list[date]
    spans: list[tuple[int, int]]
    """Where they stand in the text."""
    ambiguous: bool = False
    """Its numbers are dates in either order."""
    doubtful: bool = False
    """The day of the week that is said with it is another one's."""
    listed: bool = False
    """They are days of a list, "the 1st and the 5th of July": those two, or from the one to the other?"""
    left: bool = False
    """Another day is in the text, and nothing says what it has to do with these."""
    years: bool = False
    """A year is said."""
    loose: bool = False
    """They are made of a part of a month or a feast."""
    beside: bool = False
    """Something was left out that may belong to them: an event that is not in them, a mend of either end."""
    other: tuple[date, ...] = ()
    """What the numbers are in the other order, where nothing says in which they are."""
    unexplained: bool = False
    """A day or a day of the week is left over that has no part in them."""
    mended: bool = False
    """A change of mind stands between the days that were said: they are what is left of them."""


NOTHING = Found([], [])


def found(row: Sequence[Token], said_of: list[Point], said: str, language: str, today: date) -> Found:
    """The day or the first and last day that points make; nothing where one of them cannot be."""
    every, said_of = said_of, meant(row, said_of, said, language, today)
    if halves := two_stays(row, said_of):
        one, two = (found(row, half, said, language, today) for half in halves)
        if one.days and two.days and one.days != two.days:
            return replace(one, spans=one.spans + two.spans, other=tuple(two.days), left=True)
    if not any(point.month for point in said_of):
        said_of = in_that_month(row, said_of, said, language)
    turned = is_turned(row, said_of, language)
    full = [point for point in said_of if point.month]
    if not full or any(point.impossible for point in full[:2]):
        return NOTHING
    dropped = left_out(row, every, said_of[0], said, language)
    made = _turned(said_of, today) if turned else _joined(row, said_of, full, today, language)
    if not made:
        return NOTHING
    days, used = made
    ambiguous = any(point.ambiguous for point in used)
    in_row = reversed(days) if turned else days
    doubtful = any(
        p.weekday is not None and p.month and p.weekday != d.weekday() for p, d in zip(used, in_row, strict=False)
    )
    spans = [(row[point.first].start, row[point.last].end) for point in used]
    open_ = False
    if len(days) == 1:
        days, open_ = _from_one(row, used, days, said, language)
        if not days:
            return NOTHING
    left = left_over(row, said_of, used, language)
    other: tuple[date, ...] = ()
    if len(left) == len(days) == 1 and (instead := _day(replace(left[0], month=left[0].month or used[0].month), today)):
        other = (instead,)
    years, listed = any(point.year for point in used), _is_list(row, used, days, language)
    doubt = bool(left) or open_ or has_other_year(row, used) or relative.disagrees(days, said, language)
    loose = any(row[point.first].kind == "iso" for point in used)
    beside = any(point.guessed for point in used) or _is_outside(every[0], said_of, days)
    more = unexplained(row, said_of, used, days, language)
    mended = any(is_changed(row, one, two, said, language) for one, two in pairwise(every))
    return Found(days, dropped + spans, ambiguous, doubtful, listed, doubt, years, loose, beside, other, more, mended)


def _from_one(
    row: Sequence[Token], used: list[Point], days: list[date], said: str, language: str
) -> tuple[list[date], bool]:
    """One day, or the stay that begins or ends there, and whether it is open which; nothing where it is an end of which
    no beginning is said.
    """
    first, last = row[used[0].first].start, row[used[0].last].end
    rest = said[:first] + " " * (last - first) + said[last:]
    found, sure = from_there(row, used[0], days[0], rest, language)
    if found:
        return found, not sure
    return ([] if _is_end(row, used, language) else relative.counted(days, rest, first, language)), False


def _is_outside(event: Point, said_of: list[Point], days: list[date]) -> bool:
    """Whether a day that was said first is none of the stay, nor one right beside it."""
    if not event.month or event.first == said_of[0].first or len(days) < 2:
        return False
    stay = {days[0] + timedelta(n) for n in range(-1, min((days[-1] - days[0]).days, 62) + 2)}
    return not any((day.month, day.day) == (event.month, event.day) for day in stay)


def _is_list(row: Sequence[Token], used: list[Point], days: list[date], language: str) -> bool:
    """Whether nothing says that two days are a stay's ends, and they do not follow one another."""
    if len(days) < 2 or len(used) < 2 or (days[1] - days[0]).days == len(used) - 1:
        return False
    kinds = [token.kind for token in row[used[0].last + 1 : used[-1].first]]
    behind = next((token.kind for token in row[used[-1].last + 1 :] if token.kind != "skip"), "")
    if (
        "to" in kinds
        or "back" in (*kinds, behind)
        or is_first(row, used[0], language)
        or not ("and" in kinds or len(used) > 2)
    ):
        return False
    return not any(token.text.lower() in lexicon.of(language).dates.between.split() for token in row[: used[0].first])


def _is_end(row: Sequence[Token], used: list[Point], language: str) -> bool:
    """Whether the only day is an end without a beginning: "until 10 July"."""
    before = [token for token in row[: used[0].first] if token.kind != "skip"]
    return bool(before) and before[-1].text.lower().replace("’", "'") in lexicon.of(language).dates.until.split()


def _joined(
    row: Sequence[Token], said_of: list[Point], full: list[Point], today: date, language: str
) -> tuple[list[date], list[Point]] | None:
    """Days, and the points that they are made of."""
    at = said_of.index(full[0])
    following = said_of[at + 1] if at + 1 < len(said_of) else None
    if following and following.year and not following.month and not full[0].year:  # "July 1 to 10, 2027"
        full = [replace(full[0], year=following.year), *full[1:]]
    lone = [point for point in run(row, [*said_of[:at], full[0]], language) if not point.month]
    after = chain(row, said_of[at:], language)
    if lone:
        last = _day(full[0], today)
        first = _before(last, lone[0].day) if last else None
        if not first or not last:
            return None
        if first < today and not full[0].year:
            last = _day(full[0], last + timedelta(1))
            first = _before(last, lone[0].day) if last else None
        back = way_back(row, said_of[at:])
        last = _coming(last, back[0].day) if last and back else last
        return ([first, last], [*lone, full[0], *back]) if first and last else None
    if after:
        first = _day(full[0], today)
        last = _coming(first, after[-1].day) if first else None
        return ([first, last], [full[0], *after]) if first and last else None
    if len(full) == 1:
        only = _day(full[0], today)
        return _with_weekday(row, said_of, full[0], only, today, language) or ([only], full) if only else None
    pair = _range(full[0], full[1], today)
    return (pair, full[:2]) if pair else None


def _turned(said_of: list[Point], today: date) -> tuple[list[date], list[Point]] | None:
    """The days of which the last one was said first."""
    last, first = (replace(point, month=point.month or other.month) for point, other in _each(said_of))
    until = _day(last, today)
    since = _before(until, first.day) if until and not said_of[1].month else _day(first, today)
    if since and since < today and until and not last.year:
        until = _day(last, until + timedelta(1))
        since = _before(until, first.day) if until else None
    return ([since, until], [last, first]) if since and until and since < until else None


def _each(said_of: list[Point]) -> list[tuple[Point, Point]]:
    return [(said_of[0], said_of[1]), (said_of[1], said_of[0])]


def _with_weekday(
    row: Sequence[Token], said_of: list[Point], full: Point, day: date, today: date, language: str
) -> tuple[list[date], list[Point]] | None:
    """A range of which one end is a day of the week: "from Monday to 5 December"."""
    at = next(place for place, point in enumerate(said_of) if point.first == full.first)
    for one, other in zip(said_of[max(0, at - 1) : at + 1], said_of[max(0, at - 1) + 1 : at + 2], strict=False):
        if one.weekday is not None and not one.day and other is said_of[at] and parted(row, one, other):
            first = relative.coming(one.weekday, today)
            return ([first, day], [one, full]) if first <= day else None
        if other.weekday is not None and not other.day and one is said_of[at] and ends(row, one, other, language):
            return [day, relative.coming(other.weekday, day)], [full, other]
    return None


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
        return date(year, point.month, point.day) if year <= LATEST else None
    except ValueError:
        return None


def _coming(first: date, day: int) -> date | None:
    """The next such day of a month."""
    return next((d for n in range(1, 62) if (d := first + timedelta(n)).day == day), None)


def _before(last: date, day: int) -> date | None:
    """The day of the same month, or of the month before where it is a few days from there."""
    try:
        first = last.replace(day=day)
        if first > last:
            first = (last.replace(day=1) - timedelta(1)).replace(day=day)
    except ValueError:
        return None
    return first if first.month == last.month or last - first <= ACROSS else None
