"""A number of things: "for two people", "вдвоём", "zu dritt", 4; within the limits of the field."""

import re

from extraction import lexicon, numerals, patterns
from extraction.lexicon.numbers import Counting

_NUMBER = re.compile(r"(?<![\d.,:/+-])(\d{1,9})(?:[.,](\d{1,2}))?(?![\d:/]|[.,]\d)")


def find(text: str, language: str, low: float | None, high: float | None, ask: str = "") -> tuple[str, str]:
    """The first number within the limits, as digits ("" when there is none), and the text without it.

    A number of nights or hours counts only where `ask`, the question, asks for such.
    """
    said = numerals.natural(text.lower(), language)
    words = lexicon.of(language).counting
    for group, count in words.groups.items():
        said = patterns.sub(rf"(?<!\w)(?:{group})(?!\w)", str(count), said)
    counted = patterns.compiled(rf",?\s*(?<!\w)(?:{words.part})(?!\w)").split(said)[0]
    said = counted if patterns.search(r"\d", counted) else said
    together = _persons(said, words)
    if together and _within(together, low, high):
        return str(together), ""
    unit_word = patterns.compiled(rf"\s+({'|'.join(words.units.split())})")
    for match in _NUMBER.finditer(said):
        value = float(f"{match[1]}.{match[2] or 0}")
        unit = unit_word.match(said, match.end())
        if _within(value, low, high) and (unit is None or unit[1] in ask.lower()):
            shown = str(int(value)) if value.is_integer() else str(value)
            return shown, said[: match.start()] + " " + said[match.end() :]
    return "", text


def _persons(said: str, words: Counting) -> int:
    """Those who are counted apart: "2 adults and a child" are 3; 0 where at most one kind is named."""
    if patterns.search(rf"\b(?:{words.with_me})\b", said):
        return max(2, 1 + sum(1 for _ in patterns.finditer(rf"\b(?:{words.mine})\b", said)))
    counts = [int(match[1] or 1) for match in patterns.finditer(rf"(?:(\d{{1,3}})\s+|\b)(?:{words.persons})\b", said)]
    return sum(counts) if len(counts) > 1 else 0


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
