"""A part of the days that are held, said anew: "until the 12th", "in June", "one day later", "the 5th to the 9th"."""

from dataclasses import replace
from datetime import date, timedelta

from extraction import dates, day_said, day_shift, relative, relative_length
from extraction.date_points import Point
from extraction.date_words import is_denied
from extraction.day_said import DOUBTED, LIKELY, SURE, WEAK, Patched, Said, Span
from extraction.utterance import Utterance

FAR = timedelta(21)
"""A stay that is longer has its month said with its last day."""


def patch(value: str, utterance: Utterance, today: date, *, single: bool) -> Patched | None:
    """The days of a value with what a text says of them; None where it says nothing. `single`: they are one day."""
    held = [date.fromisoformat(part) for part in value.split("/")]
    said = _once(_instead(day_said.of(utterance, today), held), held)
    made = (
        _by_points(said, held, single=single)
        or day_shift.moved(said, held)
        or (None if single else day_shift.stretched(said, held))
        or _in_month(said, held)
        or day_shift.long(said, held, single=single)
    )
    if made is None or made.days != sorted(set(made.days)) or made.days == held:
        return None
    return replace(made, spans=[said.whole.source(*span) for span in made.spans])


def _instead(said: Said, held: list[date]) -> Said:
    """With one of two days denied that is held already, where they are no range: "the 24th, better than the 23rd"."""
    if len(said.points) != 2 or said.denied or any(point.month for point in said.points):
        return said
    one, other = said.points
    between = said.row[one.last + 1 : other.first]
    kinds = {token.kind for token in between}
    old = [point for point in (one, other) if point.day in {day.day for day in held}]
    if len(old) != 1 or not one.day or not other.day or kinds & {"to", "back", "and"}:
        return said
    if not any(token.text.isalpha() for token in between):
        return said
    return replace(said, points=[point for point in said.points if point not in old], denied=old)


def _once(said: Said, held: list[date]) -> Said:
    """Without a day of the week that is the one of the other day: "until the 16th, my train goes on Monday"."""
    days = [point for point in said.points if point.day]
    if len(said.points) != 2 or len(days) != 1:
        return said
    same = _near(said, days[0], held[-1])
    weekday = next(point.weekday for point in said.points if not point.day)
    return replace(said, points=days) if same and same.weekday() == weekday else said


def _by_points(said: Said, held: list[date], *, single: bool) -> Patched | None:
    """By days: both ends, or one of them."""
    if not said.points or len(said.points) > 2 or any(point.impossible for point in said.points):
        return None
    spans = [said.span(point.first, point.last) for point in said.points]
    if len(said.points) == 2:
        if any(point.month for point in said.points):
            parts = all(said.row[point.first].kind == "iso" for point in said.points)  # "all of July"
            return _without_denied(said) if (said.denied or parts) and not single else None
        if single:
            return None
        first = _near(said, said.points[0], held[0])
        last = first and _not_before(said.points[1], first)
        return Patched([first, last], spans) if first and last else None
    point, role = said.points[0], said.role(0)
    if lasting := None if single or role == "last" else _from(said, point, held):
        return lasting
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


def _from(said: Said, point: Point, held: list[date]) -> Patched | None:
    """A first day and how long: "the eleventh for three nights"."""
    if any(day.day == held[-1].day for day in said.denied):
        return None
    text = relative_length.without_denied(said.text, said.language)
    first = _near(said, point, held[0])
    days = relative.lasting([first], text, said.language) if first else []
    spans = [said.span(point.first, point.last), *relative.durations(text, said.language)]
    return Patched(days, spans) if len(days) == 2 else None


def _without_denied(said: Said) -> Patched | None:
    """Two days with their month are a whole value; here once what is denied is taken away."""
    first, last = said.points[0].first, said.points[1].last
    start, end = said.row[first].start, said.row[last].end
    text = "".join(sign if start <= at < end else " " for at, sign in enumerate(said.text))
    found = dates.search(text, said.language, said.today, "", asked=True)
    return Patched(found.found.days, [(start, end)]) if found and len(found.found.days) == 2 else None


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


def _near(said: Said, point: Point, held: date) -> date | None:
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


def _in_month(said: Said, held: list[date]) -> Patched | None:
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
    names = {said.row[place].numbers[0] for place in months}
    if len(names) > 1 or len(years) > 1 or not named:
        return None
    by = said.row[months[0]].numbers[0] - held[0].month if months else 0
    year = said.row[years[0]].numbers[0] if years else held[0].year
    # Without a year it is the next one of its name, as long as the one that is held was.
    nearest = held[0] < said.today + timedelta(366)
    for ahead in (-1, 0, 1) if nearest and not years else (0, 1):
        index = [(day.year - held[0].year + year + ahead) * 12 + day.month - 1 + by for day in held]
        days = [_date(at // 12, at % 12 + 1, day.day) for at, day in zip(index, held, strict=True)]
        if held[0].day == 1 and len(held) > 1 and (held[1] + timedelta(1)).day == 1:  # all of a month
            days[1] = _date((index[1] + 1) // 12, (index[1] + 1) % 12 + 1, 1)
            days[1] = days[1] and days[1] - timedelta(1)
        if days[0] and (days[0] >= said.today or years):
            break
    spans = [said.span(place, place) for place in named]
    return Patched([day for day in days if day], spans) if all(days) else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
