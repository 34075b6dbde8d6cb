"""Dates and ranges of dates: "1-10 July", "с первого по десятое июля", "next Friday", 2027-07-01."""

import re
from datetime import date, timedelta

from extraction import holidays, ordinals, relative

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
# Beginnings by which a month is known, in the order of the months; "|" parts other spellings.
_STEMS = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "ru": "январ феврал март апрел ма[йяе] июн июл август сентябр октябр ноябр декабр",
    "de": "januar|jänner februar märz|maerz april mai jun[io] jul[iy] august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto se(?:p)?tiembre octubre noviembre diciembre",
    "fr": "janvier f[ée]vrier mars avril mai juin juillet ao[ûu]t septembre octobre novembre d[ée]cembre",
}
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|º|-?го|-?е|-?ое|\.)?"
_AND = r"and|и|und|y(?: el)?|et(?: le)?"
_UNTIL = r"(?:-|–|—|to|till|until|through|по|до|bis(?: zum)?|auf(?: den)?|al|hasta(?: el)?|au|jusqu'au)"
_TO = rf"\s*(?:{_UNTIL}|{_AND}|a)\s*"
_OF = r"\s*(?:of\s+|de\s+|d')?"
_YEAR = r"(?:,?\s*(?:de\s+)?(\d{4}))?"
# Beginnings of words for the way back, and of what a number counts that is no day.
_BACK = {
    "en": "leav|back|return|check(?:ing)? ?out|come home",
    "ru": "обратно|уезжа|уех|уед|улет|выезд|выех|возвра|назад",
    "de": r"zurück|abreis|abfahr|reis|wieder weg|ab\b",
    "es": "volv|vuel|regres|salid|salimos",
    "fr": "retour|repart|rentr|revien|départ",
}
_UNITS = (
    r"night|day|week|people|person|adult|guest|o'clock|am|pm|ноч|дн|недел|человек|час|nächt|nacht|tag|woche|person|uhr|"
    r"noche|día|semana|hora|nuit|jour|semaine|heure"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})([./])(\d{1,2})(?:\2(\d{4}))?(?![\d.]*\d)")


def find(text: str, language: str, today: date, *, asked: bool) -> tuple[str, str]:
    """`YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD` ("" when there is none), and the text without it.

    A date without a year is its next occurrence. Words like "tomorrow" count only when dates were asked for: "call me
    tomorrow" is about something else.
    """
    months = MONTHS.get(language, MONTHS["en"]).split()
    said = ordinals.as_digits(holidays.as_days(text, language, months), language)
    for finder in (_iso, _nth_weekday, _same_month, _worded, _numeric):
        found, spans = finder(said, language, today)
        if len(found) == 1:
            found, spans = _until(said, language, found[0], spans[0])
        if found:
            rest = said
            for start, end in reversed(spans):
                rest = rest[:start] + " " + rest[end:]
            return _span(relative.lasting(found, rest, language)), rest
    if asked:
        days = relative.find(said, language, today)
        if not days and not re.search(rf"\b(?:{_month_pattern(language)})", said, re.IGNORECASE):
            days = _bare_days(said, language, today, single=ordinals.said(text, language))
        if days:
            return _span(days), said
    return "", text


def _bare_days(said: str, language: str, today: date, *, single: bool) -> list[date]:
    """Days of a month that is not named: "the fifth" (`single`: it was an ordinal), "from 5 to 10"; the next ones."""
    pair = re.search(rf"(?<![\d.:]){_DAY}\s*{_UNTIL}\s*{_DAY}(?![\d:])", said)
    one = re.fullmatch(rf"[^\d]*?(?<![\d.:]){_DAY}[^\d]*", said) if single else None
    days = [int(pair[1]), int(pair[2])] if pair else [int(one[1])] if one else []
    if not days or not all(1 <= day <= 31 for day in days):
        return []
    first = next((d for n in range(62) if (d := today + timedelta(n)).day == days[0]), None)
    last = next((d for n in range(62) if first and (d := first + timedelta(n)).day == days[-1]), None)
    if first is None or last is None:
        return []
    return relative.lasting([first], said, language) if len(days) == 1 else [first, last]


Found = tuple[list[date], list[tuple[int, int]]]


def _iso(text: str, _language: str, _today: date) -> Found:
    found: list[date] = []
    spans: list[tuple[int, int]] = []
    for match in _ISO.finditer(text):
        day = _date(int(match[1]), int(match[2]), int(match[3]))
        if day:
            found.append(day)
            spans.append(match.span())
    return found[:2], spans[:2]


def _nth_weekday(text: str, language: str, today: date) -> Found:
    """The first Monday of December and the like: the next occurrence."""
    match = relative.nth_weekday(text, language, _month_pattern(language))
    if match is None:
        return [], []
    month = _month_number(match["month"], language)
    for year in (today.year, today.year + 1):
        first = date(year, month, 1)
        ahead = (relative.weekday(match["day"], language) - first.weekday()) % 7
        found = first + timedelta(ahead + 7 * (int(match["nth"]) - 1))
        if found >= today and found.month == month:
            return [found], [match.span()]
    return [], []


def _same_month(text: str, language: str, today: date) -> Found:
    """Two days and one month: "1 to 10 July", "July 1-10"."""
    month = _month_pattern(language)
    patterns = (
        rf"\b{_DAY}{_TO}{_DAY}{_OF}\b({month})\w*{_YEAR}",
        rf"\b({month})\w*\s+(?:the\s+)?{_DAY}{_TO}(?:the\s+)?{_DAY}\b{_YEAR}",
        rf"\b(?:les|los)\s+{_DAY}\s+{_DAY}{_OF}\b({month})\w*{_YEAR}",  # the "et" between numbers is taken as theirs
    )
    for index, pattern in enumerate(patterns):
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            groups = match.groups()
            name, low, high = (groups[2], groups[0], groups[1]) if index != 1 else (groups[0], groups[1], groups[2])
            number = _month_number(name, language)
            if int(low) > int(high):  # "from the 28th to the 2nd of February" begins in January
                last = _next(number, int(high), groups[3], today)
                before = last.replace(day=1) - timedelta(1) if last else None
                first = _date(before.year, before.month, int(low)) if before else None
            else:
                first = _next(number, int(low), groups[3], today)
                last = _date(first.year, number, int(high)) if first else None
            if first and last and first <= last:
                return [first, last], [match.span()]
    return [], []


def _until(text: str, language: str, first: date, span: tuple[int, int]) -> Found:
    """A second day without its month, after the first: "until the nineteenth", "and leave on the 11th"."""
    until = rf"(?:{_UNTIL}|(?:{_BACK.get(language, _BACK['en'])})\w*)"
    patterns = (
        rf"^(?P<before>[^\d]{{0,45}}?(?<!\w){until}[^\d]{{0,12}}?){_DAY}(?![\d:]|\s*(?:{_UNITS}))",
        rf"^(?P<before>[^\d]{{1,20}}){_DAY}\s+(?:{_BACK.get(language, _BACK['en'])})",
        rf"^(?P<before>(?:,?\s*(?:the )?\d{{1,2}}\b)*\s*(?:{_AND})\s+(?:the )?){_DAY}(?![\d:]|\s*(?:{_UNITS}))",
    )
    for pattern in patterns:
        match = re.search(pattern, text[span[1] :], re.IGNORECASE)
        if match and 1 <= int(match[2]) <= 31:
            last = next((d for n in range(1, 62) if (d := first + timedelta(n)).day == int(match[2])), first)
            return [first, last], [(span[0], span[1] + match.end())]
    return [first], [span]


def _worded(text: str, language: str, today: date) -> Found:
    """Days with their months: "1 July", "July 1st", and two of them for a range."""
    month = _month_pattern(language)
    found: list[date] = []
    spans: list[tuple[int, int]] = []
    pattern = rf"\b{_DAY}{_OF}\b({month})\w*{_YEAR}|\b({month})\w*\s+(?:the\s+)?{_DAY}\b{_YEAR}"
    for match in re.finditer(pattern, text, re.IGNORECASE):
        day, name, year = match.groups()[:3] if match[1] else (match[5], match[4], match[6])
        value = _next(_month_number(name, language), int(day), year, found[0] if found else today)
        if value:
            found.append(value)
            spans.append(match.span())
    return found[:2], spans[:2]


def _numeric(text: str, language: str, today: date) -> Found:
    """1.7. or 1/7/2027; month first where that is the custom (English with slashes)."""
    found: list[date] = []
    spans: list[tuple[int, int]] = []
    for match in _NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        month_first = language == "en" and match[2] == "/" and first <= 12
        month, day = (first, second) if month_first else (second, first)
        value = _next(month, day, match[4], found[0] if found else today)
        if value:
            found.append(value)
            spans.append(match.span())
    return found[:2], spans[:2]


def _month_pattern(language: str) -> str:
    return "|".join(f"(?:{stem})" for stem in _STEMS.get(language, _STEMS["en"]).split())


def _month_number(name: str, language: str) -> int:
    stems = _STEMS.get(language, _STEMS["en"]).split()
    return next(i for i, stem in enumerate(stems, 1) if re.match(stem, name, re.IGNORECASE))


def _next(month: int, day: int, year: str | None, after: date) -> date | None:
    """The day in `year`, or its next occurrence not before `after`."""
    if year:
        return _date(int(year), month, day)
    # Eight years hold at least one 29 February.
    return next((d for y in range(after.year, after.year + 9) if (d := _date(y, month, day)) and d >= after), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _span(days: list[date]) -> str:
    return "/".join(day.isoformat() for day in sorted(set(days)))


def spoken(value: str, language: str) -> str:
    """`2027-07-01/2027-07-10` as it is said: "July 1 – July 10"."""
    names = MONTHS.get(language, MONTHS["en"]).split()
    days = [date.fromisoformat(part) for part in value.split("/")]
    of = " de " if language == "es" else ". " if language == "de" else " "
    said = [f"{names[d.month - 1]} {d.day}" if language == "en" else f"{d.day}{of}{names[d.month - 1]}" for d in days]
    return " – ".join(said)
