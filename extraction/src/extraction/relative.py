"""Days that are said from today on: "next Friday", "через две недели", "dieses Wochenende", "for three nights"."""

import re
from datetime import date, timedelta

_DAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "ru": "понедельник\\w* вторник\\w* сред[аеуы] четверг\\w* пятниц\\w+ суббот\\w+ воскресень\\w+",
    "de": "montags? dienstags? mittwochs? donnerstags? freitags? (?:samstag|sonnabend)s? sonntags?",
    "es": "lunes martes mi[ée]rcoles jueves viernes s[áa]bado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
}
_NEAR = {
    "en": {"the day after tomorrow": 2, "day after tomorrow": 2, "tomorrow": 1, "today": 0, "tonight": 0},
    "ru": {"послезавтра": 2, "завтра": 1, "сегодня": 0, "завтрашнего дня": 1, "сегодняшнего дня": 0},
    "de": {"übermorgen": 2, "morgen": 1, "heute": 0},
    "es": {"pasado mañana": 2, "mañana": 1, "hoy": 0},
    "fr": {"après-demain": 2, "demain": 1, "aujourd'hui": 0, "aujourd’hui": 0},
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
_WEEKS = r"week|недел|woche|semana|semaine"
_MONTHS = r"month|месяц|monat|mes|mois"


def find(text: str, language: str, today: date) -> list[date]:
    """The day or the first and last day that a text with its numbers as digits speaks of; none where it does not."""
    lower = text.lower()
    near, named = _near(lower, language, today), _weekdays(lower, language, today)
    if len(near) == 1 and len(named) == 1:  # "from tomorrow until Sunday"
        return [near[0], _coming(named[0].weekday(), near[0])]
    found = _weekend(lower, language, today) or named or _whole_week(lower, language, today)
    return _lasting(found or _after(lower, language, today) or near, lower, language)


def lasting(days: list[date], text: str, language: str) -> list[date]:
    """A single day with how long it goes on from there: "July 5 for three nights"."""
    return _lasting(days, text.lower(), language)


def _lasting(days: list[date], lower: str, language: str) -> list[date]:
    match = re.search(rf"\b{_FOR[language]}\b", lower) if language in _FOR and len(days) == 1 else None
    return [days[0], days[0] + _span(match)] if match else days


def _span(match: re.Match[str]) -> timedelta:
    number = int(match["n"]) if match["n"] and match["n"].isdigit() else 1
    if re.match(_WEEKS, match["unit"]):
        return timedelta(weeks=number)
    return timedelta(days=30 * number) if re.match(_MONTHS, match["unit"]) else timedelta(days=number)


def _is_next(lower: str, word: str, language: str) -> bool:
    said = _NEXT.get(language, r"$^")
    return bool(re.search(rf"\b(?:{said})\b[^.]{{0,12}}\b(?:{word})|\b(?:{word})\b[^.]{{0,4}}\b(?:{said})\b", lower))


def _weekend(lower: str, language: str, today: date) -> list[date]:
    word = _WEEKEND.get(language, r"$^")
    if not re.search(rf"\b(?:{word})\b", lower):
        return []
    saturday = today + timedelta((5 - today.weekday()) % 7 if today.weekday() != 6 else 6)
    if re.search(r"weekend after next", lower):
        saturday += timedelta(14)
    elif _is_next(lower, word, language):
        saturday += timedelta(7)
    return [saturday, saturday + timedelta(1)]


def _weekdays(lower: str, language: str, today: date) -> list[date]:
    """The coming one; one of next week where that is said; two of them are a range."""
    named: list[tuple[int, int]] = []
    for day, word in enumerate(_DAYS.get(language, "").split()):
        named += [(match.start(), day) for match in re.finditer(rf"\b{word}\b", lower)]
    if not named:
        return []
    named.sort()
    monday = today - timedelta(today.weekday())
    later = _is_next(lower, _WEEK.get(language, r"$^"), language)
    first = monday + timedelta(7 + named[0][1]) if later else _coming(named[0][1], today)
    if re.search(r"\b(?:a week from|week on)\b|\bin (?:1|einer) woche am\b", lower):
        first += timedelta(7)
    found = [first]
    if len(named) > 1:
        found.append(_coming(named[1][1], first))
    return found


def nth_weekday(text: str, language: str, month: str) -> re.Match[str] | None:
    """The first Monday of December, with its ordinal as a digit; groups `nth`, `day` and `month`, a pattern's."""
    days = "|".join(_DAYS.get(language, "").split())
    nth = r"(?<!\d)(?P<nth>[1-5])(?:st|nd|rd|th|\.|er|-?й)?"
    pattern = rf"{nth}\s+(?P<day>{days})\s+(?:of|in|im|des|de|du|в)?\s*(?P<month>{month})"
    return re.search(pattern, text, re.IGNORECASE) if days else None


def weekday(name: str, language: str) -> int:
    """The number of a day of the week, Monday's is 0."""
    days = _DAYS[language].split()
    return next(number for number, day in enumerate(days) if re.fullmatch(day, name, re.IGNORECASE))


def _coming(weekday: int, after: date) -> date:
    return after + timedelta((weekday - after.weekday() - 1) % 7 + 1)


def _whole_week(lower: str, language: str, today: date) -> list[date]:
    if not _is_next(lower, _WEEK.get(language, r"$^"), language):
        return []
    monday = today + timedelta(7 - today.weekday())
    return [monday, monday + timedelta(6)]


def _after(lower: str, language: str, today: date) -> list[date]:
    match = re.search(rf"\b{_IN[language]}\b", lower) if language in _IN else None
    return [today + _span(match)] if match else []


def _near(lower: str, language: str, today: date) -> list[date]:
    """Today and tomorrow; both of them are a range."""
    found: list[date] = []
    for words, days in _NEAR.get(language, {}).items():
        match = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", lower)
        if match:
            found.append(today + timedelta(days))
            lower = lower[: match.start()] + " " + lower[match.end() :]
    return sorted(found)[:2]
