"""The kinds of days: what they find, how sure they are, what takes the place of a part of what is held."""

from dataclasses import replace
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


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "For four nights."),
        ("ru", "На четыре ночи."),
        ("de", "Vier Nächte."),
        ("es", "Cuatro noches."),
        ("fr", "Pour quatre nuits."),
        ("it", "per quattro notti"),
        ("pt", "quatro noites"),
        ("uk", "на чотири ночі"),
        ("pl", "na cztery noce"),
        ("tr", "dört gece"),
    ],
)
def test_a_length_by_itself_is_that_of_the_stay_whose_first_day_is_held(language: str, text: str) -> None:
    held = replace(ask(language), known="2027-08-03")
    assert [one.value for one in DATE_RANGE.find(Utterance(text, language), held)] == ["2027-08-03/2027-08-07"]
    whole = replace(held, known="2027-08-03/2027-08-05")
    assert not DATE_RANGE.find(Utterance(text, language), whole)
    assert not DATE.find(Utterance(text, language), held)


@pytest.mark.parametrize(
    ("language", "value", "expected"),
    [
        ("en", "2027-07-01/2027-07-10", "July 1 – July 10"),
        ("en", "2028-07-01/2028-07-10", "July 1, 2028 – July 10"),
        ("en", "2025-07-01", "July 1, 2025"),
        ("de", "2028-07-01", "1. Juli 2028"),
        ("ru", "2028-07-01/2029-07-10", "1 июля 2028 года – 10 июля 2029 года"),
        ("es", "2028-07-01", "1 de julio de 2028"),
        ("fr", "2028-07-01", "1 juillet 2028"),
    ],
)
def test_a_year_is_said_that_is_not_the_next_one(language: str, value: str, expected: str) -> None:
    assert DATE_RANGE.spoken(value, ask(language)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (DATE_RANGE, "01.07 — 10.07", "2027-07-01/2027-07-10"),
        (DATE_RANGE, "July 1st to whenever", ""),
        (DATE, "2027-07-01", "2027-07-01"),
        (DATE, "2027-07-01/2027-07-10", ""),
        (DATE, "2027-02-30", ""),
    ],
)
def test_what_somebody_else_proposes_is_checked(kind: Days, value: str, expected: str) -> None:
    assert kind.check(value, ask("en", region="GB")) == expected


@pytest.mark.parametrize(
    ("kind", "language", "text", "expected"),
    [
        (DATE_RANGE, "en", "from the first", True),
        (DATE_RANGE, "en", "from the first to", True),
        (DATE_RANGE, "en", "from the first to the fifth of July", False),
        (DATE_RANGE, "en", "from July first for three nights", None),
        (DATE_RANGE, "de", "vom ersten", True),
        (DATE_RANGE, "ru", "с первого", True),
        (DATE_RANGE, "es", "del uno", True),
        (DATE_RANGE, "fr", "du premier", True),
        (DATE, "en", "the fifth of July", False),
        (DATE, "en", "the fifth of", True),
        (DATE_RANGE, "en", "well let me see", None),
        (DATE_RANGE, "en", "", None),
    ],
)
def test_whether_the_days_go_on(kind: Days, language: str, text: str, expected: bool | None) -> None:
    assert kind.goes_on(Utterance(text, language), ask(language, asked=True), "") is expected


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "Anna here, from the first to the fifth of July, two people", ["first", "fifth of July"]),
        ("de", "vom ersten bis zum fünften Juli, Nummer null eins sieben", ["ersten", "fünften Juli"]),
        ("ru", "с первого по пятое июля, нас трое", ["первого", "пятое июля"]),
        ("en", "tomorrow for two nights please", ["tomorrow", "for two nights"]),
    ],
)
def test_no_other_field_is_filled_from_the_words_of_days(language: str, text: str, parts: list[str]) -> None:
    (one,) = DATE_RANGE.find(Utterance(text, language), ask(language))
    assert [text[start:end] for start, end in one.spans] == parts
