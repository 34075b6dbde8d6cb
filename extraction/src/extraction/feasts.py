"""Feasts that move with Easter, as days: "Good Friday", "Pfingsten", "на Пасху"."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from extraction import lexicon, patterns
from extraction.lexicon.dates import Dates
from extraction.mapped import Mapped

WEEK = 7


@cache
def _any(language: str) -> str:
    return rf"(?<!\w)(?:{'|'.join(lexicon.of(language).dates.feasts.values()) or '(?!)'})(?!\w)"


@cache
def _weekday(language: str) -> str:
    """A day of the week that is said by a feast: "the Tuesday after Easter"."""
    has = lexicon.of(language).dates
    days = "|".join(f"(?P<d{place}>{form})" for place, form in enumerate(has.weekday_forms))
    names = "|".join((*has.feasts.values(), *has.holidays.values())) or "(?!)"
    ways = rf"(?P<after>{has.after_feast})|(?P<before>{has.before_feast})"
    return rf"(?<!\w)(?:{days})\s+(?:{ways})\s+(?:\w{{1,3}}\s+)?(?P<name>{names})(?!\w)"


def weekdays(text: Mapped, language: str, today: date) -> Mapped:
    """The text with the days of the week before or after a feast or a holiday as dates."""
    has = lexicon.of(language).dates

    def day(match: re.Match[str]) -> str:
        weekday = next(place for place in range(WEEK) if match[f"d{place}"])
        at = next(day for name, day in _coming(has, today) if patterns.fullmatch(name, match["name"], re.IGNORECASE))
        away = (weekday - at.weekday() - 1) % WEEK + 1 if match["after"] else -((at.weekday() - weekday - 1) % WEEK + 1)
        return (at + timedelta(away)).isoformat()

    return text.sub(_weekday(language), day, re.IGNORECASE)


def _coming(has: Dates, today: date) -> Iterator[tuple[str, date]]:
    """Feasts and holidays, each with its next day from today on."""
    for year in (today.year, today.year + 1):
        sunday = easter(year, julian=has.julian_easter)
        days = [(name, sunday + timedelta(away)) for away, name in has.feasts.items()]
        days += [
            (name, date.fromisoformat(f"{year}-{moment}")) for moment, name in has.holidays.items() if moment != "02-29"
        ]
        yield from ((name, day) for name, day in days if day >= today)


def as_days(text: Mapped, language: str, today: date) -> Mapped:
    """The text with these feasts as dates, each the next one from today on."""
    if not patterns.search(_any(language), text.text, re.IGNORECASE):
        return text
    has = lexicon.of(language).dates
    for away, name in sorted(has.feasts.items(), key=lambda item: -len(item[1])):
        days = (easter(year, julian=has.julian_easter) + timedelta(away) for year in (today.year, today.year + 1))
        day = next((day for day in days if day >= today), today)
        text = text.sub(rf"(?<!\w)(?:{name})(?!\w)", day.isoformat(), re.IGNORECASE)
    return text


def without(text: Mapped, language: str) -> Mapped:
    """The text with blanks in their place."""
    return text.sub(_any(language), lambda match: " " * len(match[0]), re.IGNORECASE)


def easter(year: int, *, julian: bool = False) -> date:
    """Easter Sunday of a year, in the calendar of today; `julian`: as the Orthodox churches reckon it."""
    golden = year % 19
    if julian:  # the full moon, and the Sunday after it; 13 days are between the calendars until 2099
        moon = (19 * golden + 15) % 30
        sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
        ahead = moon + sunday + 114
        return date(year, ahead // 31, ahead % 31 + 1) + timedelta(13)
    century = year // 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (year % 100 // 4) - moon - year % 100 % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    ahead = moon + sunday - 7 * late + 114
    return date(year, ahead // 31, ahead % 31 + 1)
