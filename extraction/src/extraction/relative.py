"""Days that are said from today on: "next Friday", "через две недели", "dieses Wochenende", "for three nights"."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from extraction import patterns
from extraction.date_words import MONTH, SHORT_WEEKDAYS, WEEKDAYS

_NEAR = {
    "en": {"the day after tomorrow": 2, "day after tomorrow": 2, "tomorrow": 1, "today": 0, "tonight": 0},
    "ru": {"послезавтра": 2, "завтра": 1, "сегодня": 0, "завтрашнего дня": 1, "сегодняшнего дня": 0},
    "de": {"übermorgen": 2, "morgen": 1, "heute": 0},
    "es": {"pasado mañana": 2, "mañana": 1, "hoy": 0},
    "fr": {"après-demain": 2, "demain": 1, "aujourd'hui": 0, "aujourd’hui": 0},
}
_PLAIN = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "ru": "понедельник вторник среда четверг пятница суббота воскресенье",
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
}
_IN = {
    "en": r"in (?:about |around )?(?P<n>\d+|a) (?P<unit>days?|weeks?|months?)",
    "ru": r"через (?:примерно )?(?:(?P<n>\d+) )?(?P<unit>день|дня|дней|недел\w+|месяц\w*)",
    "de": r"in (?:etwa |ungefähr )?(?P<n>\d+|eine[mrn]?) (?P<unit>tag\w*|woche\w*|monat\w*)",
    "es": r"(?:en|dentro de) (?:unos |unas )?(?P<n>\d+|una?) (?P<unit>d[ií]as?|semanas?|mes(?:es)?)",
    "fr": r"dans (?:environ )?(?P<n>\d+|une?) (?P<unit>jours?|semaines?|mois)",
}
_FOR = {
    "en": r"(?:for (?=\d|a )|(?=\d+ (?:nights?|\w+ (?:from|starting|beginning))))"
    r"(?P<n>\d+|a) (?P<unit>nights?|days?|weeks?)",
    "ru": r"на (?:(?P<n>\d+|одну|одни) )?(?P<unit>ноч\w+|сут\w+|день|дня|дней|недел\w+)",
    "de": r"(?<!in )(?:für )?(?P<n>\d+) (?P<unit>n[äa]cht\w*|tage?|wochen?)(?: lang)?",
    "es": r"(?:(?:por|para|durante) |(?=\d+ noches? (?:desde|a partir|del)))"
    r"(?P<n>\d+) (?P<unit>noches?|d[ií]as?|semanas?)",
    "fr": r"(?:(?:pour|pendant) |(?=\w+ \w+ (?:à partir|dès)))(?P<n>\d+) (?P<unit>nuits?|jours?|semaines?)",
}
# How long, where it stands beside a day; and what before it makes it no length: "in 3 days".
_LENGTH = {
    "en": r"nights?|days?|weeks?",
    "ru": r"ноч\w+|сут\w+|день|дня|дней|недел\w+",
    "de": r"n[äa]cht\w*|tage?|wochen?",
    "es": r"noches?|d[ií]as?|semanas?",
    "fr": r"nuits?|jours?|semaines?",
}
_AHEAD = {"en": "in |about |within ", "ru": "через ", "de": "in ", "es": "en |de ", "fr": "dans "}
_WEEKEND = {
    "en": r"weekend",
    "ru": r"выходн\w+",
    "de": r"wochenende",
    "es": r"fin de semana",
    "fr": r"week-?end",
}
_WEEK = {"en": r"week", "ru": r"недел\w+", "de": r"woche", "es": r"semana", "fr": r"semaine"}
_NEXT = {
    "en": r"next|following",
    "ru": r"следующ\w+",
    "de": r"nächste\w*|kommende\w*",
    "es": r"pr[óo]xim[oa]|que viene|siguiente",
    "fr": r"prochaine?|suivante?",
}
_FROM_IT = {"en": r"\ba week (?:from|after)\b", "ru": r"\bчерез неделю после\b"}
_WEEKS = r"week|недел|woche|semana|semaine"
_MONTHS = r"month|месяц|monat|mes|mois"


def find(text: str, language: str, today: date) -> list[date]:
    """The day or the first and last day that a text with its numbers as digits speaks of; none where it does not."""
    lower = text.lower()
    near, named = _near(lower, language, today), _weekdays(lower, language, today)
    if len(near) == 1 and len(named) == 1:  # "from tomorrow until Sunday"
        return [near[0], coming(named[0].weekday(), near[0])]
    found = _weekend(lower, language, today) or named or _whole_week(lower, language, today)
    return _lasting(found or _after(lower, language, today) or near, lower, language)


def lasting(days: list[date], text: str, language: str) -> list[date]:
    """A single day with how long it goes on from there: "July 5 for three nights"."""
    return _lasting(days, text.lower(), language)


def durations(said: str, language: str) -> list[tuple[int, int]]:
    """Where a text says how long ("for 3 nights"), or how long after a day."""
    lower = said.lower()
    found = (_length(lower, language), patterns.search(_FROM_IT[language], lower) if language in _FROM_IT else None)
    return [match.span() for match in found if match]


def _length(lower: str, language: str) -> re.Match[str] | None:
    if language not in _FOR:
        return None
    long = rf"(?<!{')(?<!'.join(_AHEAD[language].split('|'))})\b(?P<n>\d+) (?P<unit>{_LENGTH[language]})\b"
    return patterns.search(rf"\b{_FOR[language]}\b", lower) or patterns.search(long, lower)


def counted(days: list[date], text: str, at: int, language: str) -> list[date]:
    """A single day, which stood at a place of the text, with what is counted from it: "a week from July 5" is one day
    too, "July 5 for 3 nights" is two.
    """
    if language in _FROM_IT and patterns.search(rf"{_FROM_IT[language]}\s+$", text[:at].lower()):
        return [days[0] + timedelta(7)]
    return lasting(days, text, language)


def is_read(word: str, language: str) -> bool:
    """Whether a word is one of those that `find` reads."""
    return bool(_vocabulary(language).fullmatch(word.lower()))


@cache
def _vocabulary(language: str) -> re.Pattern[str]:
    near = [word for words in _NEAR.get(language, {}) for word in words.split()]
    units = re.findall(r"\(\?P<unit>(.*?)\)\s", _IN[language] + " " + _FOR[language] + " ")
    weekend = _WEEKEND[language].split()
    tables = (*weekend, _WEEK[language], _LENGTH[language], _NEXT[language], *WEEKDAYS[language].split(), *units)
    return re.compile("|".join([*(re.escape(word) for word in near), *(f"(?:{table})" for table in tables), r"\d+"]))


def _lasting(days: list[date], lower: str, language: str) -> list[date]:
    match = _length(lower, language) if len(days) == 1 else None
    later = _later(days[0], match) if match else []
    return days if not match else [*days, *later] if later else []


def _later(day: date, match: re.Match[str]) -> list[date]:
    """The day that is so much later; none where no calendar has it."""
    try:
        return [day + _span(match)]
    except OverflowError:
        return []


def _span(match: re.Match[str]) -> timedelta:
    number = int(match["n"][:9]) if match["n"] and match["n"].isdigit() else 1
    if re.match(_WEEKS, match["unit"]):
        return timedelta(weeks=number)
    return timedelta(days=30 * number) if re.match(_MONTHS, match["unit"]) else timedelta(days=number)


def _is_next(lower: str, word: str, language: str) -> bool:
    said = _NEXT.get(language, r"$^")
    return bool(
        patterns.search(rf"\b(?:{said})\b[^.]{{0,12}}\b(?:{word})|\b(?:{word})\b[^.]{{0,4}}\b(?:{said})\b", lower)
    )


def _weekend(lower: str, language: str, today: date) -> list[date]:
    word = _WEEKEND.get(language, r"$^")
    if not patterns.search(rf"\b(?:{word})\b", lower):
        return []
    saturday = today + timedelta((5 - today.weekday()) % 7 if today.weekday() != 6 else 6)
    if patterns.search(r"weekend after next", lower):
        saturday += timedelta(14)
    elif _is_next(lower, word, language):
        saturday += timedelta(7)
    return [saturday, saturday + timedelta(1)]


def _weekdays(lower: str, language: str, today: date) -> list[date]:
    """The coming one; one of next week where that is said; two of them are a range."""
    named: list[tuple[int, int]] = []
    for day, word in enumerate(WEEKDAYS.get(language, "").split()):
        named += [(match.start(), day) for match in patterns.finditer(rf"\b{word}\b", lower)]
    if not named:
        return []
    named.sort()
    monday = today - timedelta(today.weekday())
    later = _is_next(lower, _WEEK.get(language, r"$^"), language)
    first = monday + timedelta(7 + named[0][1]) if later else coming(named[0][1], today)
    if patterns.search(r"\b(?:a week from|week on)\b|\bin (?:1|einer) woche am\b", lower):
        first += timedelta(7)
    found = [first]
    if len(named) > 1:
        found.append(coming(named[1][1], first))
    return found


def in_full(said: str, language: str) -> str:
    """The text with two short names of weekdays, "Mo-Fr", as their full ones."""
    short = SHORT_WEEKDAYS.get(language, "").split()
    either = "|".join(short)
    pair = rf"(?<!\w)({either})\.?(\s*[-–—]\s*|\s+\w{{1,5}}\s+)({either})(?!\w)\.?"
    match = patterns.search(pair, said, re.IGNORECASE) if short else None
    if match is None:
        return said
    first, last = (_PLAIN[language].split()[_place(match[group], short)] for group in (1, 3))
    return f"{said[: match.start()]}{first} - {last}{said[match.end() :]}"


def nth_weekday(said: str, language: str, today: date) -> tuple[date, tuple[int, int]] | None:
    """The first Monday of December and the like: its next occurrence, and where it is said."""
    pattern = _nth_weekday(language)
    match = pattern.search(said) if pattern else None
    if match is None:
        return None
    month = _place(match["month"], MONTH[language].split()) + 1
    for year in (today.year, today.year + 1):
        first = date(year, month, 1)
        ahead = (_place(match["day"], WEEKDAYS[language].split()) - first.weekday()) % 7
        found = first + timedelta(ahead + 7 * (int(match["nth"]) - 1))
        if found >= today and found.month == month:
            return found, match.span()
    return None


@cache
def _nth_weekday(language: str) -> re.Pattern[str] | None:
    if language not in WEEKDAYS:
        return None
    days, months = "|".join(WEEKDAYS[language].split()), "|".join(MONTH[language].split())
    nth = r"(?<!\d)(?P<nth>[1-5])(?:st|nd|rd|th|\.|er|-?й)?"
    pattern = rf"{nth}\s+(?P<day>{days})\s+(?:of|in|im|des|de|du|в)?\s*(?P<month>{months})(?!\w)"
    return re.compile(pattern, re.IGNORECASE)


def _place(word: str, among: Sequence[str]) -> int:
    return next(place for place, pattern in enumerate(among) if patterns.fullmatch(pattern, word, re.IGNORECASE))


def coming(weekday: int, after: date) -> date:
    """The next such day of the week after a day."""
    return after + timedelta((weekday - after.weekday() - 1) % 7 + 1)


def _whole_week(lower: str, language: str, today: date) -> list[date]:
    if not _is_next(lower, _WEEK.get(language, r"$^"), language):
        return []
    monday = today + timedelta(7 - today.weekday())
    return [monday, monday + timedelta(6)]


def _after(lower: str, language: str, today: date) -> list[date]:
    match = patterns.search(rf"\b{_IN[language]}\b", lower) if language in _IN else None
    return _later(today, match) if match else []


def near_in_digits(said: str, language: str, today: date) -> str:
    """The text with today and tomorrow as dates, where they are an end of a range whose other end is a date."""
    if language not in _NEAR or not patterns.search(r"\d", said):
        return said
    for words, days in _NEAR[language].items():
        end = rf"(?<!\w){re.escape(words)}(?!\w)"
        to = r"\s*(?:[-–—]|to\b|till\b|until\b|through\b|по\b|до\b|bis\b|al\b|a\b|hasta\b|au\b|à\b|jusqu)"
        said = patterns.sub(
            rf"{end}(?={to}[^\d]{{0,20}}\d)", (today + timedelta(days)).isoformat(), said, flags=re.IGNORECASE
        )
    return said


def _near(lower: str, language: str, today: date) -> list[date]:
    """Today and tomorrow; both of them are a range."""
    found: list[date] = []
    for words, days in _NEAR.get(language, {}).items():
        match = patterns.search(rf"(?<!\w){re.escape(words)}(?!\w)", lower)
        if match:
            found.append(today + timedelta(days))
            lower = lower[: match.start()] + " " + lower[match.end() :]
    return sorted(found)[:2]
