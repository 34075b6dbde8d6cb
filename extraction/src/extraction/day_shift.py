"""Days that are held, moved or made longer or shorter: "one day later", "one more night", "make it a week"."""

import re
from datetime import date

from extraction import lexicon, patterns, relative, relative_length
from extraction.day_said import LIKELY, SURE, Patched, Said


def moved(said: Said, held: list[date]) -> Patched | None:
    """One day later: both ends, or the one that is named."""
    moved = [relative_length.moved(day, said.text, said.language) for day in held]
    span = moved[0][1] if moved[0] else (0, 0)
    days = [one[0] for one in moved if one]
    if len(days) < len(held):
        return None
    start = lexicon.of(said.language).dates.start
    if len(held) == 2 and any(token.kind == "back" for token in said.row):
        days[0] = held[0]
    elif len(held) == 2 and any(patterns.fullmatch(start, token.text.lower()) for token in said.row):
        days[1] = held[1]
    return Patched(days, [span], LIKELY if len(held) == 2 and days[0] != held[0] and days[1] != held[1] else SURE)


def stretched(said: Said, held: list[date]) -> Patched | None:
    """One night more, at the end, or at the beginning where that is said."""
    last = relative_length.stretched(held[-1], said.text, said.language)
    if last is None:
        return None
    first = "|".join(lexicon.of(said.language).phone.begins.split()) or "(?!)"
    if len(held) > 1 and patterns.search(rf"(?<!\w)(?:{first})", said.text, re.IGNORECASE):
        return Patched([held[0] - (last[0] - held[-1]), held[-1]], [last[1]])
    return Patched([held[0], last[0]], [last[1]])


def long(said: Said, held: list[date], *, single: bool) -> Patched | None:
    """How long, from the first day on."""
    if single:
        return None
    if len(held) > 1 and (other := relative_length.instead(held[0], said.text, said.language)):
        return Patched([held[0], other[0]], [other[1]])
    text = relative_length.without_denied(said.text, said.language)
    days = relative.lasting(held[:1], text, said.language)
    if len(days) == 2:
        return Patched(days, relative.durations(text, said.language))
    last = relative_length.lengthened(held[0], text, said.language) if len(held) > 1 else None
    return Patched([held[0], last[0]], [last[1]], LIKELY) if last else None
