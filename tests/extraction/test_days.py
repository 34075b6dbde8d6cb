"""The kinds of days: what they find, how sure they are, what takes the place of a part of what is held."""

from datetime import date
from pathlib import Path

import pytest

from extraction.kinds import Ask
from extraction.kinds.days import DATE, DATE_RANGE, Days
from extraction.utterance import Utterance

TODAY = date(2026, 11, 20)
KINDS: dict[str, Days] = {kind.name: kind for kind in (DATE, DATE_RANGE)}
KEPT = 0.3
"""Confidence from which a value is kept at all."""


def table(name: str) -> list[list[str]]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]


def ask(language: str, *, asked: bool = False, region: str = "") -> Ask:
    return Ask((language,), region, TODAY, asked=asked)


@pytest.mark.parametrize("case", table("days.txt"), ids=lambda case: f"{case[0]}: {case[1]}")
def test_days_that_callers_mean(case: list[str]) -> None:
    (kind, language, how), text, values = case[0].split(), case[1], case[2]
    found = KINDS[kind].find(Utterance(text, language), ask(language, asked=how == "asked"))
    kept = [one for one in found if one.confidence >= KEPT]
    assert ", ".join(value for one in kept for value in (one.value, *one.others)) == values
    if values:
        least, most = map(float, case[3].split())
        assert least <= kept[0].confidence <= most, kept


@pytest.mark.parametrize("case", table("day_patches.txt"), ids=lambda case: f"{case[0]}: {case[2]}")
def test_a_part_of_the_days_is_said_anew(case: list[str]) -> None:
    (kind, language), held, text, expected = case[0].split(), case[1], case[2], case[3]
    made = KINDS[kind].patch(held, Utterance(text, language), ask(language))
    assert (", ".join((made.value, *made.others)) if made else "") == expected
