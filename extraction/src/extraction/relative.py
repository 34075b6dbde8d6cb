"""Days that are said from today on: "next Friday", "через две недели", "dieses Wochenende", "for three nights"."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from extraction import lexicon, patterns
from extraction.mapped import Mapped
from extraction.relative_words import Patterns, of

Span = tuple[int, int]
Days = tuple[list[date], list[Span]]
"""The day, or the first and last one, and where they are said; none where nothing says them."""
_NONE: Days = ([], [])
WEEK = 7
SATURDAY, BEFORE = 5, 3
"""Days from which on, before a Saturday, a stay is one over that weekend: from Wednesday."""
_NEAR_IT, _BEHIND_IT = 12, 4
"""Characters between a "next" and what it belongs to, before and behind it."""


def find(text: str, language: str, today: date) -> Days:
    """The day or the first and last day that a text with its numbers as digits speaks of."""
    lower, words = text.lower(), of(language)
    if not patterns.search(words.any, lower):
        return _NONE
    close, named = _near(lower, words, today), _weekdays(lower, words, today)
    if len(close[0]) == 1 and len(named[0]) == 1:  # "from tomorrow until Sunday"
        return [close[0][0], coming(named[0][0].weekday(), close[0][0])], close[1] + named[1]
    weekend = _weekend(lower, words, today)
    found = _around(weekend, named, today) or (weekend if weekend[0] else named)
    found = found if found[0] else _whole_week(lower, words, today)
    base = found if found[0] else close
    if len(base[0]) == 1 and (away := _away(base[0][0], lower[: base[1][0][0]], words)):
        first, last = away[1][0], base[1][0][1]
        return _lasting(([away[0]], [(first, last)]), lower[:first] + " " * (last - first) + lower[last:], words)
    base = _week_after(base, lower, words)
    found, close = (base, close) if found[0] else (found, base)
    found = found if found[0] else _after(lower, words, today)
    return _lasting(found if found[0] else close, lower, words)


def lasting(days: list[date], text: str, language: str) -> list[date]:
    """A single day with how long it goes on from there: "July 5 for three nights"."""
    return _lasting((days, []), text.lower(), of(language))[0]


def durations(said: str, language: str) -> list[Span]:
    """Where a text says how long ("for 3 nights"), or how long after a day."""
    lower, words = said.lower(), of(language)
    found = [_length(lower, words), *(patterns.search(one, lower) for one in (words.week_from, words.before_day))]
    return [match.span() for match in found if match]


def _length(lower: str, words: Patterns) -> re.Match[str] | None:
    for pattern in (*words.longer, *words.shorter):  # "one more night" is no length
        lower = patterns.sub(pattern, lambda match: " " * len(match[0]), lower)
    return next((match for pattern in words.lasting if (match := patterns.search(pattern, lower))), None)


def counted(days: list[date], text: str, at: int, language: str) -> list[date]:
    """A single day, which stood at a place of the text, with what is counted from it: "a week from July 5" is one day
    too, "July 5 for 3 nights" is two.
    """
    lower, words = text.lower(), of(language)
    if away := _away(days[0], lower[:at], words):
        return [away[0]]
    weekend = patterns.search(words.weekend, lower)
    if weekend and not patterns.search(words.indefinite, lower[: weekend.start()]):
        saturday = days[0] + timedelta(5 - days[0].weekday())
        return [saturday, saturday + timedelta(1)]
    return lasting(days, text, language)


def disagrees(days: list[date], text: str, language: str) -> bool:
    """Whether a text says how long a stay is, and its days say otherwise; a day more or less is a way to count."""
    lower, words = text.lower(), of(language)
    if len(days) == 1:
        return bool(patterns.search(words.weekend, lower))
    match = _length(lower, words)
    until = later_by(days[0], match, words) if match else []
    return bool(until) and abs((until[0] - days[-1]).days) > 1


def _away(day: date, before: str, words: Patterns) -> tuple[date, Span] | None:
    """The day that is as far from another one as is said right before it: "a week from", "the day after"."""
    for pattern, by in ((words.week_from, 1), (words.before_day, -1)):
        match = patterns.search(rf"{pattern}[\s\w]{{0,5}}$", before)
        found = later_by(day, match, words, by) if match else []
        if match and found:
            return found[0], match.span()
    return None


def _week_after(days: Days, lower: str, words: Patterns) -> Days:
    """The day of the week that comes a week later: "Monday week"."""
    if len(days[0]) != 1 or not (match := patterns.compiled(words.week_after).match(lower, days[1][0][1])):
        return days
    return [days[0][0] + timedelta(WEEK)], [(days[1][0][0], match.end()), *days[1][1:]]


def _lasting(days: Days, lower: str, words: Patterns) -> Days:
    match = _length(lower, words) if len(days[0]) == 1 else None
    if match is None:
        return days
    later = later_by(days[0][0], match, words)
    if later and later[0] - days[0][0] == timedelta(1) and patterns.fullmatch(words.day, match["unit"]):
        later = days[0]  # "for one day" is that day
    return ([*dict.fromkeys([*days[0], *later])], [*days[1], match.span()]) if later else _NONE


def later_by(day: date, match: re.Match[str], words: Patterns, by: int = 1) -> list[date]:
    """The day that is so much later; none where no calendar has it."""
    parts = match.groupdict()
    number = int(parts["n"][:9]) if parts.get("n") and parts["n"].isdigit() else 1
    unit = next((days for unit, days in words.units if patterns.fullmatch(unit, parts.get("unit") or "")), WEEK)
    try:
        return [day + by * timedelta(days=number * unit)]
    except OverflowError:
        return []


def _beside(lower: str, said: str, thing: str) -> Span | None:
    """Where something is said to be the next one, from its first to its last word."""
    before, behind = rf"{said}[^.]{{0,{_NEAR_IT}}}{thing}", rf"{thing}[^.]{{0,{_BEHIND_IT}}}{said}"
    match = patterns.search(before, lower) or patterns.search(behind, lower)
    return match.span() if match else None


def _weekend(lower: str, words: Patterns, today: date) -> Days:
    match = patterns.search(words.weekend, lower)
    if not match or patterns.search(words.indefinite, lower[: match.start()]):
        return _NONE
    saturday, span = today + timedelta((5 - today.weekday()) % 7 if today.weekday() != 6 else 6), match.span()
    if after := _beside(lower, words.after_next, words.weekend):
        saturday, span = saturday + timedelta(14), after
    elif later := _beside(lower, words.next, words.weekend):
        saturday, span = saturday + timedelta(7), later
    return [saturday, saturday + timedelta(1)], [span]


def _around(weekend: Days, named: Days, today: date) -> Days | None:
    """A weekend with the days at which it begins or ends: "next weekend, Friday to Sunday", "from Friday over the
    weekend"; None where no day beside it is named.
    """
    if not weekend[0] or not named[0]:
        return None
    saturday = weekend[0][0]
    days = [saturday + timedelta((day.weekday() - SATURDAY + BEFORE) % WEEK - BEFORE) for day in named[0]]
    if len(days) == 1 and days[0] not in weekend[0]:
        days = sorted([*days, weekend[0][1] if days[0] < saturday else saturday])
    if len(days) < 2 or days[0] >= days[1]:
        return None
    if days[0] <= today:
        days = [day + timedelta(WEEK) for day in days]
    return days, sorted([*weekend[1], *named[1]])


def _weekdays(lower: str, words: Patterns, today: date) -> Days:
    """The coming one; one of next week where that is said; two of them are a range."""
    named: list[tuple[Span, int]] = []
    for day, word in enumerate(words.weekdays):
        named += [(match.span(), day) for match in patterns.finditer(word, lower)]
    if not named:
        return _NONE
    named.sort()
    spans = [span for span, _ in named[:2]]
    monday = today - timedelta(today.weekday())
    later = _beside(lower, words.next, words.week)
    first = monday + timedelta(7 + named[0][1]) if later else coming(named[0][1], today)
    found = [first]
    if len(named) > 1:
        found.append(coming(named[1][1], first))
    return found, [*spans, *([later] if later else [])]


def in_full(said: Mapped, language: str) -> Mapped:
    """The text with two short names of weekdays, "Mo-Fr", as their full ones."""
    has = lexicon.of(language).dates

    def full(match: re.Match[str]) -> str:
        first, last = (has.weekdays.split()[_place(match[group], has.short_weekdays)] for group in (1, 2))
        return f"{first} - {last}"

    return said.sub(of(language).short_pair, full, re.IGNORECASE)


def _place(word: str, among: Sequence[str]) -> int:
    return next(place for place, pattern in enumerate(among) if patterns.fullmatch(pattern, word, re.IGNORECASE))


def coming(weekday: int, after: date) -> date:
    """The next such day of the week after a day."""
    return after + timedelta((weekday - after.weekday() - 1) % 7 + 1)


def _whole_week(lower: str, words: Patterns, today: date) -> Days:
    span = _beside(lower, words.next, words.week)
    if not span:
        return _NONE
    monday = today + timedelta(7 - today.weekday())
    return [monday, monday + timedelta(6)], [span]


def _after(lower: str, words: Patterns, today: date) -> Days:
    match = patterns.search(words.ahead, lower)
    return (later_by(today, match, words), [match.span()]) if match else _NONE


def near_in_digits(said: Mapped, language: str, today: date) -> Mapped:
    """The text with today and tomorrow as dates, where they are an end of a range whose other end is a date."""
    words = of(language)
    if not patterns.search(r"\d", said.text):
        return said
    for pattern, away in words.near:
        said = said.sub(pattern + words.near_end, (today + timedelta(away)).isoformat(), re.IGNORECASE)
    return said


def near(text: str, language: str, today: date) -> Days:
    """Today and tomorrow, where a text says them."""
    return _near(text.lower(), of(language), today)


def _near(lower: str, words: Patterns, today: date) -> Days:
    """Today and tomorrow; both of them are a range."""
    found: list[tuple[date, Span]] = []
    for pattern, away in words.near:
        if match := patterns.search(pattern, lower):
            found.append((today + timedelta(away), match.span()))
            lower = lower[: match.start()] + " " * len(match[0]) + lower[match.end() :]
    found = sorted(found)[:2]
    return [day for day, _ in found], [span for _, span in found]
