"""A time of day as HH:MM: "half past seven in the evening", "в половине восьмого вечера", "um halb acht", "19:30", 3pm.

Twelve hours or twenty-four: what is said of the part of the day decides (pm, abends, "дня"); an hour of 13 and more, or
one with a nought in front, is one of twenty-four. Else the opening hours decide, where they hold one of the two. Where
nothing does, seven to twelve are before noon, with little confidence, and one to six are left to be asked: "at
three" is hardly ever 03:00.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from extraction import lexicon, patterns
from extraction.mapped import Mapped
from extraction.reading import GUESSED, SURE, UNSURE, Reading
from extraction.time_words import BEHIND, HOUR, Patterns, of
from extraction.utterance import Utterance

EVENING = 6
"""At night is the evening from this hour on, and the small hours before."""
EARLY = 6
"""Up to this hour nobody means the morning who does not say so."""
ASKED = 0.35
"""Confidence of a time that may be one of two."""
CHOICE = "\0"
"""Stands for times of which none is chosen: a number that is left beside them is no time by itself."""


@dataclass(frozen=True, slots=True)
class _Said:
    """An hour and minutes, where they are said, and whether they are surely a time."""

    hour: int
    minute: int
    span: tuple[int, int]
    sure: bool = True
    of_24: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """The time that a text says; more than one where morning and evening are equally likely, the evening first."""

    values: tuple[str, ...]
    confidence: float
    span: tuple[int, int]
    certain: bool
    """Its words are a time whatever was asked for."""


def search(text: str, language: str, hours: Sequence[str], *, asked: bool) -> Hit | None:
    """The time in a text, with its place there. Unasked, a number by itself is none."""
    said = digits(text, language)
    hit = _search(said, of(language), hours, asked=asked)
    return replace(hit, span=said.source(*hit.span)) if hit else None


def read(text: str, *, language: str = "", hours: Sequence[str] = ()) -> Reading:
    """What a text that is nothing but a time says, in a language or, where none is given, in any."""
    codes = lexicon.codes()
    readings = [_read(text, one, hours) for one in dict.fromkeys([language, *codes] if language in codes else codes)]
    return min(readings, key=lambda reading: (not reading.value, len(reading.unread)))


def _read(text: str, language: str, hours: Sequence[str]) -> Reading:
    said, words = digits(text, language), of(language)
    hit = _search(said, words, hours, asked=True)
    if hit is None or len(hit.values) > 1:
        return Reading("", 0.0, tuple(re.findall(r"\w+", said.text)))
    rest = said.text[: hit.span[0]] + " " + said.text[hit.span[1] :]
    for part in (words.pm, words.am, words.night):
        rest = patterns.sub(part, " ", rest)
    unread = tuple(word for word in re.findall(r"\w+", rest) if word not in words.fillers)
    return Reading(hit.values[0], hit.confidence, unread)


@lru_cache(maxsize=256)
def digits(text: str, language: str) -> Mapped:
    """The text in small letters, with its numbers as digits."""
    said = Mapped.of(text.lower()).sub(r"(?<=\d)(?=[ap]\.?\s?m\b)", " ")
    said = said.through(Utterance(said.text, language).readings[0])
    for pattern, by in of(language).rewrite:
        said = said.sub(pattern, by)
    return said.sub(r"(?<!\d )\b(\d{1,2}) 0 (\d)(?! ?\d)", r"\1 0\2")  # "three oh five"


def _search(said: Mapped, words: Patterns, hours: Sequence[str], *, asked: bool) -> Hit | None:
    """The first time that is meant, with its place in `said`."""
    if not patterns.search(words.any, said.text):
        return None
    meant = _apart(_in_clock(_apart(said, words), words), words)
    text = _without_denied(meant.text, words)
    for one in _candidates(text, words, asked=asked):
        if one.minute > 59 or patterns.search(words.bound, text[: one.span[0]]):
            continue
        options, sure = _of_24(one, text, words, hours)
        span = meant.source(*one.span)
        at = _places(said, span)
        return Hit(tuple(f"{hour:02d}:{one.minute:02d}" for hour in options), sure, at, one.sure)
    return None


def _places(said: Mapped, span: tuple[int, int]) -> tuple[int, int]:
    """Where a part of the original is in the rewritten text."""
    inside = [place for place, (start, end) in enumerate(said.spans) if start < span[1] and span[0] < end]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _in_clock(said: Mapped, words: Patterns) -> Mapped:
    """Half past seven as 7:30."""
    for pattern, shift in words.worded:
        said = said.sub(pattern, partial(_worded, shift=shift, words=words))
    return said


def _apart(said: Mapped, words: Patterns) -> Mapped:
    """The text without two times of which none is chosen: a sign stands for each of them."""
    for pattern in words.spans:
        said = said.sub(pattern, lambda match: CHOICE * len(match[0]))
    return said


def _without_denied(said: str, words: Patterns) -> str:
    """The text, as long as it was, without times that are not to be: "not at three, at four"."""
    for one in [*_candidates(said, words, asked=True)]:
        first, last = one.span
        if patterns.search(words.denied, said[:first]):
            said = said[:first] + " " * (last - first) + said[last:]
    return said


def _candidates(said: str, words: Patterns, *, asked: bool) -> Iterator[_Said]:
    """What may be a time; the surest first."""
    for match in patterns.finditer(words.digital, said):
        yield _Said(int(match[1]), int(match[2]), match.span(), ":" in match[0], match[1].startswith("0"))
    for match in patterns.finditer(words.one_oclock, said):
        yield _Said(1, 0, match.span())
    for match in patterns.finditer(words.with_part, said):
        yield _Said(int(match["h"]), int(match["m"] or 0), match.span())
    for pattern, hour, minute in words.named:
        for match in patterns.finditer(pattern, said):
            yield _Said(hour, minute, match.span(), of_24=True)
    for pattern in words.plain:
        for match in patterns.finditer(pattern, said):
            minute = int(match.groupdict().get("m") or 0)
            certain = int(match["h"]) > 12 and match.end("h") < match.end()
            if asked or not re.match(r"[\s.,:-]*\d", said[match.end() :]):
                yield _Said(int(match["h"]), minute, match.span(), sure=certain)
    bare = patterns.fullmatch(rf"[^\d{CHOICE}]*(?P<t>{HOUR}(?:\s+{BEHIND})?)[^\d{CHOICE}]*", said)
    if asked and bare:
        yield _Said(int(bare["h"]), int(bare["m"] or 0), bare.span("t"), sure=False)


def _worded(match: re.Match[str], shift: str, words: Patterns) -> str:
    """Half past seven: the minutes after an hour, or before it, as 7:30."""
    parts = match.groupdict()
    minutes = int(parts.get("m") or 0)
    if word := parts.get("o"):
        hour = next(n for n, pattern in enumerate(words.hour_words, 1) if patterns.fullmatch(pattern, word))
    else:
        hour = int(parts["h"])
    after = {"+m": minutes, "-m": -minutes, "m-60": minutes - 60}.get(shift)
    after = (int(shift) if after is None else after) + int(parts.get("q") or 0)
    return f"{_shifted(hour, -1) if after < 0 else hour}:{after % 60:02d}"


def _shifted(hour: int, by: int) -> int:
    """The hour before one is twelve, unless they are counted to 24."""
    return 12 if hour == 1 and by else (hour + by) % 24


def _of_24(said: _Said, text: str, words: Patterns, hours: Sequence[str]) -> tuple[tuple[int, ...], float]:
    """The hour of 24 and how sure it is; both of them where it must be asked."""
    hour = said.hour
    if hour in (0, 24) or hour > 12 or said.of_24:
        return (hour % 24,), SURE
    if (half := half_of(text, hour, words)) is not None:
        return (half,), SURE
    return _by_hours(hour % 12, said.minute, hours)


def half_of(text: str, hour: int, words: Patterns) -> int | None:
    """An hour of twelve as one of 24 by the part of the day that is said; None where none is."""
    if patterns.search(words.night, text):
        return (hour + 12) % 24 if hour >= EVENING else hour
    if patterns.search(words.pm, text):
        return 12 if hour == 12 else hour + 12
    return hour % 12 if patterns.search(words.am, text) else None


def _by_hours(hour: int, minute: int, hours: Sequence[str]) -> tuple[tuple[int, ...], float]:
    """The one of the two that lies in the opening hours."""
    both = (hour, hour + 12)
    inside = [one for one in both if any(_within(f"{one:02d}:{minute:02d}", span) for span in hours)]
    if len(inside) == 1:
        return (inside[0],), GUESSED
    if hour == 0:
        return (12,), GUESSED
    return ((hour + 12, hour), ASKED) if hour <= EARLY else ((hour,), UNSURE)


def _within(moment: str, span: str) -> bool:
    begin, _, end = span.partition("-")
    return begin <= moment < end
