"""Kinds of fields asked by themselves."""

from collections.abc import Mapping, Sequence
from datetime import date

from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

LIKELY, KEPT = 0.5, 0.3
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


def days(text: str, language: str, *, asked: bool = True, region: str = "", today: date = TODAY) -> str:
    """The days of a `date_range` that are kept, however little is sure of them; "" for none."""
    found = KINDS["date_range"].find(Utterance(text, language), Ask((language,), region, today, asked=asked))
    return found[0].value if found and found[0].confidence >= KEPT else ""


def time(text: str, language: str, *, asked: bool = True, hours: Sequence[str] = ()) -> str:
    """The time of day that is likely said; "" for none, and for one of two."""
    found = KINDS["time"].find(Utterance(text, language), Ask((language,), "", TODAY, asked=asked, hours=tuple(hours)))
    return found[0].value if found and found[0].confidence >= LIKELY and not found[0].others else ""
