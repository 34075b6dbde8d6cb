"""What a scenario's business hours and holidays leave of a date or a time. Pure, no I/O.

A day on which nobody is there and a time outside of the day's hours are refused, and what is open nearest to them is
offered. A range of days is never limited (guests arrive at night), nor is a field with `any_time`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from extraction import dates, lexicon
from extraction.kinds.registry import part
from gateway.scenario.models import FormField, Hours

MOST_OFFERED = 2
FURTHEST = 28
"""Days from the one that is refused to another one."""
LAST = 30
"""Minutes before the end of the hours at which somebody is still expected."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is said to a value that cannot be: a template of the languages' file, and the names in it."""

    template: str
    names: dict[str, str]
    free: tuple[str, ...]
    """Values that can be, the nearest first."""


def spans(hours: Hours | None, form: Sequence[FormField], known: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """The hours in which a time may lie: those of the day that the form has, else of every day."""
    if hours is None:
        return ()
    day = _day_of(form, known)
    return _open_on(hours, day, now) if day else hours.spans


def refusal(
    field: FormField,
    value: str,
    form: Sequence[FormField],
    known: Mapping[str, str],
    hours: Hours | None,
    now: datetime,
    language: str,
) -> Refusal | None:
    """Why a new value cannot be, and what can; None where it can. `known` are the other fields' values, `now` is local.

    A day at whose hours a time lies that is known already is refused too.
    """
    limited = part(field.type).open
    if hours is None or field.any_time or not limited:
        return None
    others = {name: held for name, held in known.items() if name != field.name}
    if limited == "time":
        day = _day_of(form, others)
        return _closed_then(value, _open_on(hours, day, now) if day else hours.spans)
    moment = date.fromisoformat(value)
    at = _time_of(form, others)
    if _is_open(hours, moment, at, now):
        return None
    free = tuple(day.isoformat() for day in _nearest(hours, moment, at, now))
    return Refusal(
        "closed_day",
        {"day": _spoken(value, language, now), "free": ", ".join(_spoken(one, language, now) for one in free)},
        free,
    )


def _closed_then(value: str, open_: Sequence[str]) -> Refusal | None:
    """Why a time cannot be at these hours; a day without any is refused where the day is said."""
    if not open_ or any(_within(value, span) for span in open_):
        return None
    at = _minutes(value)
    ends = [_minutes(end) for span in open_ for end in span.split("-")]
    moments = {_clock(begin) for begin in ends[::2]}
    moments |= {_clock(max(begin, end - LAST)) for begin, end in zip(ends[::2], ends[1::2], strict=True)}
    free = tuple(sorted(moments, key=lambda moment: (abs(_minutes(moment) - at), moment))[:MOST_OFFERED])
    names = {"time": value, "hours": ", ".join(span.replace("-", " – ") for span in open_), "free": ", ".join(free)}
    return Refusal("closed_time", names, free)


def _day_of(form: Sequence[FormField], known: Mapping[str, str]) -> date | None:
    """The day that the times of the form are of: that of its only date."""
    days = [known[one.name] for one in _of(form, "day") if one.name in known]
    return date.fromisoformat(days[0]) if len(days) == 1 else None


def _time_of(form: Sequence[FormField], known: Mapping[str, str]) -> str:
    """The time that is known of the form's only day; "" where there is none."""
    times = [known[one.name] for one in _of(form, "time") if one.name in known and not one.any_time]
    return times[0] if len(_of(form, "day")) == len(times) == 1 else ""


def _of(form: Sequence[FormField], limited: str) -> list[FormField]:
    """The fields of the form that hours limit so."""
    return [one for one in form if part(one.type).open == limited]


def _open_on(hours: Hours, day: date, now: datetime) -> tuple[str, ...]:
    """The hours of a day; of today those that are not over."""
    open_ = hours.on(day)
    return tuple(span for span in open_ if day != now.date() or f"{now:%H:%M}" < span.partition("-")[2])


def _is_open(hours: Hours, day: date, at: str, now: datetime) -> bool:
    open_ = _open_on(hours, day, now)
    return any(not at or _within(at, span) for span in open_)


def _nearest(hours: Hours, day: date, at: str, now: datetime) -> list[date]:
    """Open days, the nearest first, and the earlier of two that are as near."""
    near = (one for one in _around(day) if one >= now.date() and _is_open(hours, one, at, now))
    return [one for one, _ in zip(near, range(MOST_OFFERED), strict=False)]


def _around(day: date) -> Iterator[date]:
    for away in range(1, FURTHEST + 1):
        yield day - timedelta(away)
        yield day + timedelta(away)


def _spoken(day: str, language: str, now: datetime) -> str:
    """A day with its day of the week: both help to hear that one was misunderstood."""
    names = lexicon.of(dates.language_of(language)).dates.weekdays.split()
    return f"{names[date.fromisoformat(day).weekday()]}, {dates.spoken(day, language, now.date())}"


def _within(moment: str, span: str) -> bool:
    begin, _, end = span.partition("-")
    return begin <= moment < end


def _minutes(clock: str) -> int:
    return 60 * int(clock[:2]) + int(clock[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
