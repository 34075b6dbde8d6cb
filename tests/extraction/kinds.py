"""Kinds of fields asked by themselves."""

from collections.abc import Mapping, Sequence
from datetime import date

from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

LIKELY = 0.5
TODAY = date(2026, 11, 20)


def value(
    kind: str,
    text: str,
    language: str,
    *,
    asked: bool = True,
    region: str = "",
    today: date = TODAY,
    low: float | None = None,
    high: float | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """What is likely said for a field of that kind; "" for nothing, and for one of two."""
    ask = Ask((language,), region, today, asked=asked, low=low, high=high, choices=choices or {})
    found = KINDS[kind].find(Utterance(text, language), ask)
    return found[0].value if found and found[0].confidence >= LIKELY and not found[0].others else ""
