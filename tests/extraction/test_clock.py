"""The kind of times: what it finds, how sure it is, what takes the place of a part of what is held."""

from datetime import date
from pathlib import Path

import pytest

from extraction.kinds import Ask
from extraction.kinds.clock import TIME
from extraction.utterance import Utterance

KEPT = 0.3
TABLE = [
    [cell.strip() for cell in line.split("|")]
    for line in (Path(__file__).parent / "clock.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def ask(language: str, *, asked: bool = True, hours: tuple[str, ...] = (), question: str = "") -> Ask:
    return Ask((language,), "", date(2026, 11, 20), asked=asked, hours=hours, question=question)


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case[0]}: {case[1]}")
def test_times_that_callers_mean(case: list[str]) -> None:
    (language, how, hours), text, values = case[0].split(), case[1], case[2]
    spans = () if hours == "-" else (hours,)
    found = TIME.find(Utterance(text, language), ask(language, asked=how == "asked", hours=spans))
    kept = [one for one in found if one.confidence >= KEPT]
    assert ", ".join(value for one in kept for value in (one.value, *one.others)) == values
    if values:
        least, most = map(float, case[3].split())
        assert least <= kept[0].confidence <= most, kept


def test_a_call_back_is_the_value_where_it_was_asked_for() -> None:
    said = Utterance("call me at 8pm", "en")
    assert TIME.find(said, ask("en", question="When may we call you?"))[0].confidence >= 0.9
    assert TIME.find(said, ask("en", question="For what time?"))[0].confidence < KEPT


@pytest.mark.parametrize(
    ("language", "held", "text", "expected"),
    [
        ("en", "15:00", "an hour later", "16:00"),
        ("en", "15:00", "30 minutes earlier", "14:30"),
        ("en", "07:00", "no, in the evening", "19:00"),
        ("de", "07:30", "nein, abends", "19:30"),
        ("de", "15:00", "eine Stunde später", "16:00"),
        ("ru", "08:00", "нет, вечера", "20:00"),
        ("ru", "15:00", "на час позже", "16:00"),
        ("es", "08:00", "no, de la tarde", "20:00"),
        ("fr", "08:00", "non, du soir", "20:00"),
        ("fr", "15:00", "une heure plus tard", "16:00"),
        ("en", "15:00", "it's Hannah", ""),
        ("en", "15:00", "at four in the afternoon", ""),
    ],
)
def test_a_part_of_the_time_is_said_anew(language: str, held: str, text: str, expected: str) -> None:
    made = TIME.patch(held, Utterance(text, language), ask(language))
    assert (made.value if made else "") == expected


@pytest.mark.parametrize(("value", "expected"), [("15:30", "15:30"), ("3pm", "15:00"), ("soon", ""), ("at three", "")])
def test_what_somebody_else_proposes_is_checked(value: str, expected: str) -> None:
    assert TIME.check(value, ask("en")) == expected


@pytest.mark.parametrize(("text", "expected"), [("at", True), ("at 7:30pm", False), ("at three", None), ("hm", None)])
def test_whether_a_time_goes_on(text: str, expected: bool | None) -> None:
    assert TIME.goes_on(Utterance(text, "en"), ask("en"), "") is expected


def test_no_other_field_is_filled_from_the_words_of_a_time() -> None:
    text = "Donnerstag um achtzehn Uhr bitte"
    (one,) = TIME.find(Utterance(text, "de"), ask("de"))
    assert [text[start:end] for start, end in one.spans] == ["achtzehn Uhr"]
