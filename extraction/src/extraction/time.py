"""A time of day as HH:MM: "half past seven in the evening", "в половине восьмого", "um halb acht", "19:30"."""

import re
from collections.abc import Iterator

from extraction import numerals, patterns

_DIGITAL = re.compile(r"(?<![\d.:])([01]?\d|2[0-3])\s*(?:[:.h]|uhr|heures?|hrs?)\s*([0-5]\d)(?![\d.])", re.IGNORECASE)
_PM = {
    "en": r"p\.?\s?m\b|in the (?:evening|afternoon)|at night|tonight|this evening",
    "ru": r"вечера|дня|вечером|дн[её]м",
    "de": r"abends|nachmittags|am (?:abend|nachmittag)|heute abend",
    "es": r"de la (?:tarde|noche)|por la (?:tarde|noche)|p\.?\s?m\b",
    "fr": r"du soir|de l'après-midi|de l’après-midi|ce soir",
}
_AM = {
    "en": r"a\.?\s?m\b|in the morning",
    "ru": r"утра|утром|ночи",
    "de": r"morgens|vormittags|am morgen|früh",
    "es": r"de la mañana|por la mañana|de la madrugada|a\.?\s?m\b",
    "fr": r"du matin",
}
_NIGHT = {"en": "at night|tonight", "de": "nachts", "es": "de la noche|por la noche", "fr": "du soir"}
_NAMED = {
    "en": {r"noon|midday": (12, 0), r"midnight": (0, 0)},
    "ru": {r"полдень|в полдень": (12, 0), r"полночь|в полночь": (0, 0)},
    "de": {r"mittags?(?! )|zwölf uhr mittags": (12, 0), r"mitternacht": (0, 0)},
    "es": {r"mediod[ií]a": (12, 0), r"medianoche": (0, 0)},
    "fr": {r"midi": (12, 0), r"minuit": (0, 0)},
}
_HALF_OF = {
    "первого": 1,
    "второго": 2,
    "третьего": 3,
    "четвёртого": 4,
    "четвертого": 4,
    "пятого": 5,
    "шестого": 6,
    "седьмого": 7,
    "восьмого": 8,
    "девятого": 9,
    "десятого": 10,
    "одиннадцатого": 11,
    "двенадцатого": 12,
}
# Each gives hour and minutes; {h} is an hour, {m} are minutes. The signs say what is done with them.
_WORDED: dict[str, list[tuple[str, int, int]]] = {
    "en": [
        (r"half past {h}", 0, 30),
        (r"(?:a )?quarter past {h}", 0, 15),
        (r"(?:a )?quarter (?:to|of|till) {h}", -1, 45),
        (r"{m} (?:minutes )?past {h}", 0, 1),
        (r"{m} (?:minutes )?to {h}", -1, -1),
    ],
    "de": [
        (r"halb {h}", -1, 30),
        (r"viertel nach {h}", 0, 15),
        (r"viertel vor {h}", -1, 45),
        (r"dreiviertel {h}", -1, 45),
        (r"{m} (?:minuten )?nach {h}", 0, 1),
        (r"{m} (?:minuten )?vor {h}", -1, -1),
    ],
    "es": [
        (r"{h} y media", 0, 30),
        (r"{h} y cuarto", 0, 15),
        (r"{h} menos cuarto", -1, 45),
        (r"{h} menos {m}", -1, -1),
        (r"{h} y {m}", 0, 1),
    ],
    "fr": [
        (r"{h}(?: heures?)? et demie?", 0, 30),
        (r"{h}(?: heures?)? et quart", 0, 15),
        (r"{h}(?: heures?)? moins le quart", -1, 45),
        (r"{h}(?: heures?)? moins {m}", -1, -1),
    ],
    "ru": [(r"без четверти {h}", -1, 45), (r"без {m} (?:минут )?{h}", -1, -1)],
}
_HOUR, _MINUTES = r"(?P<h>[01]?\d|2[0-4])", r"(?P<m>[0-5]?\d)"
_PLAIN = {
    "en": [rf"(?:at|around|about|by)\s+{_HOUR}(?:\s+{_MINUTES})?", rf"{_HOUR}(?:\s+{_MINUTES})?\s*o.?clock"],
    "ru": [
        rf"(?:в|к|около|на)\s+{_HOUR}(?:\s+{_MINUTES})?",
        rf"{_HOUR}\s+час\w*(?:\s+{_MINUTES}(?:\s+минут\w*)?)?",
    ],
    "de": [rf"{_HOUR}\s+uhr(?:\s+{_MINUTES})?", rf"(?:um|gegen|ab)\s+{_HOUR}"],
    "es": [rf"las?\s+{_HOUR}(?:\s+{_MINUTES})?"],
    "fr": [rf"{_HOUR}\s+heures?(?:\s+{_MINUTES})?", rf"(?:à|vers)\s+{_HOUR}"],
}


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The time ("" when there is none), and the text without it. Unasked, only what is surely a time counts."""
    said = numerals.readings(text.lower(), language)[0]
    for hour, minute, start, end, sure in _candidates(said, language):
        if not (asked or sure) or minute > 59:
            continue
        hour24 = _day_part(hour, said, language)
        if hour24 is not None:
            return f"{hour24:02d}:{minute:02d}", said[:start] + " " + said[end:]
    return "", text


def _candidates(said: str, language: str) -> Iterator[tuple[int, int, int, int, bool]]:
    """Hour, minutes, where, and whether it is surely a time; the surest first."""
    for match in _DIGITAL.finditer(said):
        yield int(match[1]), int(match[2]), *match.span(), ":" in match[0]
    for words, (hour, minute) in _NAMED.get(language, {}).items():
        for match in patterns.finditer(rf"\b(?:{words})\b", said):
            yield hour, minute, *match.span(), True
    if language == "ru":
        following = "|".join(_HALF_OF)
        for match in patterns.finditer(rf"\b(?:половин[уеа]\s+|пол)({following})", said):
            yield (_HALF_OF[match[1]] - 1) % 12, 30, *match.span(), True
        for match in patterns.finditer(rf"(?:{_MINUTES}\s+минут\w*|четверть)\s+({following})", said):
            yield (_HALF_OF[match[2]] - 1) % 12, int(match["m"] or 15), *match.span(), True
    for words, shift, minutes in _WORDED.get(language, []):
        pattern = words.replace("{h}", _HOUR).replace("{m}", _MINUTES)
        for match in patterns.finditer(rf"\b{pattern}\b", said):
            given = int(match.groupdict().get("m") or 0)
            minute = minutes if minutes > 1 else given if minutes == 1 else 60 - given
            yield (int(match["h"]) + shift) % 24, minute % 60, *match.span(), True
    part = rf"(?:{_PM.get(language, '')}|{_AM.get(language, '')})"
    for match in patterns.finditer(rf"\b{_HOUR}(?:\s+{_MINUTES})?\s*{part}", said):
        yield int(match["h"]), int(match["m"] or 0), *match.span(), True
    for plain in _PLAIN.get(language, []):
        for match in patterns.finditer(rf"\b{plain}\b", said):
            yield int(match["h"]), int(match.groupdict().get("m") or 0), *match.span(), False
    bare = patterns.fullmatch(rf"\D*{_HOUR}(?:\s+{_MINUTES})?\D*", said)
    if bare:
        yield int(bare["h"]), int(bare["m"] or 0), *bare.span(), False


def _day_part(hour: int, said: str, language: str) -> int | None:
    """The hour of 24, by what is said of the part of the day."""
    if hour == 24:
        return 0
    if hour == 12 and patterns.search(rf"\b(?:{_NIGHT[language]})" if language in _NIGHT else r"$^", said):
        return 0
    if hour < 12 and patterns.search(rf"\b(?:{_PM[language]})" if language in _PM else r"$^", said):
        return hour + 12
    if hour == 12 and patterns.search(rf"\b(?:{_AM[language]})" if language in _AM else r"$^", said):
        return 0
    return hour
