"""A time of day as HH:MM: "half past seven in the evening", "в половине восьмого вечера", "um halb acht", "19:30", 3pm.

Twelve hours or twenty-four: what is said of the part of the day decides (pm, abends, "дня"); an hour of 13 and more, or
one with a nought in front, is one of twenty-four. Else the opening hours decide, where they hold one of the two. Where
nothing does, seven to twelve are before noon, with little confidence, and one to six are left to be asked: "at
three" is hardly ever 03:00.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction import numerals, patterns
from extraction.reading import GUESSED, SURE, UNSURE, Reading
from extraction.time_words import AM, BEHIND, HALF_OF, HOUR, MINUTES, NAMED, NIGHT, NOT, PLAIN, PM, SPAN, UNIT, WORDED

_DIGITAL = re.compile(
    r"(?<![\d.:])([01]?\d|2[0-4])\s*(?:[:.h]|uhr|heures?|hrs?)\s*([0-5]\d)(?::[0-5]\d)?(?:\s*(?:h|uhr)\b)?(?![\d.])",
    re.IGNORECASE,
)
EVENING = 6
"""At night is the evening from this hour on, and the small hours before."""
EARLY = 6
"""Up to this hour nobody means the morning who does not say so."""
CHOICE = "\0"
"""Stands for times of which none is chosen: a number that is left beside them is no time by itself."""
_FILLERS = re.compile(
    r"at|around|about|by|o.?clock|в|к|около|на|час\w*|ч|минут\w*|um|gegen|ab|uhr|a|las?|h|horas?|à|vers|heures?|le|the|in|"
    r"hrs?|time|please|пожалуйста|bitte|por|favor|of|de|du|am"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """An hour and minutes, where they are said, and whether they are surely a time."""

    hour: int
    minute: int
    span: tuple[int, int]
    sure: bool = True
    of_24: bool = False


def find(text: str, language: str, *, asked: bool, hours: Sequence[str] = ()) -> tuple[str, str]:
    """The time ("" when there is none), and the text without it. Unasked, only what is surely a time counts.

    `hours` are the opening hours, as 09:00-18:00.
    """
    said = _digits(text, language)
    value, _, span = _first(said, language, hours, asked=asked)
    return (value, said[: span[0]] + " " + said[span[1] :]) if value else ("", text)


def confidence(text: str, language: str, hours: Sequence[str]) -> float:
    """How sure the time is that `find` takes from a text."""
    return _first(_digits(text, language), language, hours, asked=True)[1]


def read(text: str, *, language: str = "", hours: Sequence[str] = ()) -> Reading:
    """What a text that is nothing but a time says, in a language or, where none is given, in any."""
    languages = dict.fromkeys([language, *PM] if language in PM else PM)
    readings = [_read(text, one, hours) for one in languages]
    return min(readings, key=lambda reading: (not reading.value, len(reading.unread)))


def _read(text: str, language: str, hours: Sequence[str]) -> Reading:
    said = _digits(text, language)
    value, sure, span = _first(said, language, hours, asked=True)
    rest = said[: span[0]] + " " + said[span[1] :]
    for parts in (PM, AM, NIGHT):
        rest = patterns.sub(rf"(?<!\w)(?:{parts[language]})(?!\w)", " ", rest)
    unread = tuple(word for word in re.findall(r"\w+", rest) if not value or not _FILLERS.fullmatch(word))
    return Reading(value, sure, unread)


def _digits(text: str, language: str) -> str:
    apart = re.sub(r"(?<=\d)(?=[ap]\.?\s?m\b)", " ", text.lower())
    said = re.sub(r"\b0(?=['’ ]?clock)", "o", numerals.readings(apart, language)[0])
    said = re.sub(r"(?<!\d )\b(\d{1,2}) 0 (\d)(?! ?\d)", r"\1 0\2", said)  # "three oh five"
    if language == "ru":  # "на три дня" is how long, "в три дня" when
        return patterns.sub(r"\b(на|через) \d+ (дн\w+)", r"\1 \2", said)
    return said


def _first(said: str, language: str, hours: Sequence[str], *, asked: bool) -> tuple[str, float, tuple[int, int]]:
    said = _meant(said, language)
    for one in _candidates(said, language):
        if not (asked or one.sure) or one.minute > 59:
            continue
        hour, sure = _of_24(one, said, language, hours)
        if hour is None:
            return "", 0.0, (0, 0)
        return f"{hour:02d}:{one.minute:02d}", sure, one.span
    return "", 0.0, (0, 0)


def _meant(said: str, language: str) -> str:
    """The text, as long as it was, without times that are denied or left to be chosen from: "not at three, at four"."""
    if language in NOT:
        for one in [*_candidates(said, language)]:
            first, last = one.span
            if patterns.search(rf"{NOT[language]}\s+$", said[:first]):
                said = said[:first] + " " * (last - first) + said[last:]
    named = "|".join(NAMED.get(language, {}) or ["noon"])
    parts = "|".join([named, *(words[language] for words in (PM, AM, NIGHT) if language in words)])
    one_of = rf"(?:{named}|\d{{1,2}}(?:[:.h][0-5]\d)?(?:\s*(?:{UNIT})(?!\w))?(?:\s*(?:{parts}))?)"
    for words in (*SPAN.get(language, ()), r"{t}\s*[-–—]\s*{t}"):
        pattern = rf"(?<![\w:./-]){words.replace('{t}', one_of)}(?![\d:]|[.-]\d)"
        said = patterns.compiled(pattern).sub(lambda match: CHOICE * len(match[0]), said)
    return said


def _candidates(said: str, language: str) -> Iterator[_Said]:
    """What may be a time; the surest first."""
    for match in _DIGITAL.finditer(said):
        yield _Said(int(match[1]), int(match[2]), match.span(), ":" in match[0], match[1].startswith("0"))
    if language == "ru":
        yield from _russian(said)
    for words, shift, minutes in WORDED.get(language, []):
        pattern = words.replace("{h}", HOUR).replace("{m}", MINUTES)
        for match in patterns.finditer(rf"\b{pattern}\b", said):
            given = int(match.groupdict().get("m") or 0)
            minute = minutes if minutes > 1 else given if minutes == 1 else 60 - given
            yield _Said(_shifted(int(match["h"]), shift), minute % 60, match.span())
    part = "|".join(parts[language] for parts in (PM, AM, NIGHT) if language in parts)
    for match in patterns.finditer(rf"\b{HOUR}(?:\s+{BEHIND})?\s*(?:{part})(?!\w)", said) if part else ():
        yield _Said(int(match["h"]), int(match["m"] or 0), match.span())
    for words, (hour, minute) in NAMED.get(language, {}).items():
        for match in patterns.finditer(rf"\b(?:{words})\b", said):
            yield _Said(hour, minute, match.span(), of_24=True)
    for plain in PLAIN.get(language, []):
        for match in patterns.finditer(
            rf"\b{plain}(?!\w)(?!\s+(?:дня|дней|день|ноч|days?|nights?|tage|n[äa]chte|d[ií]as|noches|jours))", said
        ):
            yield _Said(int(match["h"]), int(match.groupdict().get("m") or 0), match.span(), sure=False)
    if bare := patterns.fullmatch(rf"[^\d{CHOICE}]*{HOUR}(?:\s+{BEHIND})?[^\d{CHOICE}]*", said):
        yield _Said(int(bare["h"]), int(bare["m"] or 0), bare.span(), sure=False)


def _russian(said: str) -> Iterator[_Said]:
    following = "|".join(HALF_OF)
    for match in patterns.finditer(rf"\b(?:половин[уеа]\s+|пол[\s-]?)({following})", said):
        yield _Said(_shifted(HALF_OF[match[1]], -1), 30, match.span())
    for match in patterns.finditer(rf"(?:{MINUTES}\s+минут\w*|четверть)\s+({following})", said):
        yield _Said(_shifted(HALF_OF[match[2]], -1), int(match["m"] or 15), match.span())
    for match in patterns.finditer(r"(?<!\d )\bчас\s+(?=дня|ночи)|(?<=\bв )час\b(?!\s+\d)", said):
        yield _Said(1, 0, match.span())


def _shifted(hour: int, by: int) -> int:
    """The hour before one is twelve, unless they are counted to 24."""
    return 12 if hour == 1 and by else (hour + by) % 24


def _of_24(said: _Said, text: str, language: str, hours: Sequence[str]) -> tuple[int | None, float]:
    """The hour of 24 and how sure it is; None: it must be asked."""
    hour = said.hour
    if hour in (0, 24) or hour > 12 or said.of_24:
        return hour % 24, SURE

    def is_said(parts: dict[str, str]) -> bool:
        return language in parts and bool(patterns.search(rf"(?<!\w)(?:{parts[language]})(?!\w)", text))

    if is_said(NIGHT):
        return (hour + 12) % 24 if hour >= EVENING else hour, SURE
    if is_said(PM):
        return 12 if hour == 12 and not said.of_24 else hour + 12, SURE
    if is_said(AM):
        return hour % 12, SURE
    return _by_hours(hour % 12, said.minute, hours)


def _by_hours(hour: int, minute: int, hours: Sequence[str]) -> tuple[int | None, float]:
    """The one of the two that lies in the opening hours."""
    both = (hour, hour + 12)
    inside = [one for one in both if any(_within(f"{one:02d}:{minute:02d}", span) for span in hours)]
    if len(inside) == 1:
        return inside[0], GUESSED
    if hour == 0:
        return 12, GUESSED
    return (None, 0.0) if hour <= EARLY else (hour, UNSURE)


def _within(moment: str, span: str) -> bool:
    begin, _, end = span.partition("-")
    return begin <= moment < end
