"""Telephone numbers as they are dictated, in pieces, and corrected: tables of cases, and what no table can hold."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.kinds import Ask, Dictated
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

FOLDER = Path(__file__).parent
PHONE = KINDS["phone"]
HELD = 0.9
"""From here on nobody reads a value back."""


def table(name: str) -> list[tuple[str, ...]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines if not line.startswith("#")]


def ask(language: str, region: str, *, asked: bool = True, before: str = "", corrects: bool = False) -> Ask:
    return Ask((language,), region, date(2026, 11, 20), asked=asked, before=before, corrects=corrects)


@pytest.mark.parametrize(("where", "text", "expected"), table("phones.txt"))
def test_numbers_as_they_are_dictated(where: str, text: str, expected: str) -> None:
    language, region = where.split()
    found = PHONE.find(Utterance(text, language), ask(language, region, asked=bool(expected)))
    held = [one for one in found if one.confidence >= 0.3]
    if not expected:
        assert not held, held
        return
    doubted, _, choices = expected.rpartition("~ ")
    value, *others = choices.split(" or ")
    assert (held[0].value, list(held[0].others)) == (value, others)
    assert (held[0].confidence < HELD) == bool(doubted or "~" in expected), held


@pytest.mark.parametrize(("where", "held", "text", "expected"), table("phone_parts.txt"))
def test_parts_that_are_said_again(where: str, held: str, text: str, expected: str) -> None:
    language, region = where.split()
    patched = PHONE.patch(held, Utterance(text, language), ask(language, region, asked=False, corrects=True))
    assert (patched.value if patched and patched.confidence >= 0.5 else "") == expected, patched


@pytest.mark.parametrize(
    ("language", "region", "turns", "expected"),
    [
        ("en", "US", ["it's two oh six five five five", "oh one nine four"], "+12065550194"),
        ("en", "US", ["home or work? let me see, it's my desk, area code 206...", "...555-0194"], "+12065550194"),
        (
            "fr",
            "FR",
            ["Un instant, je cherche le papier. Alors, zéro deux, quarante,", "vingt et un, seize, trois, deux"],
            "+33240211632",
        ),
        ("en", "US", ["four one five", "five five five", "oh one", "two three"], "+14155550123"),
        ("en", "US", ["four one five five", "four one five five five five oh one two three"], "+14155550123"),
        ("en", "US", ["four one five five five six", "no, five, oh one two three"], "+14155550123"),
        ("de", "DE", ["null eins sieben neun", "acht acht zwo eins vier null sechs"], "+491798821406"),
        (
            "ru",
            "RU",
            ["восемь девятьсот двадцать пять", "ноль ноль ноль", "одиннадцать", "двадцать два"],
            "+79250001122",
        ),
        ("fr", "FR", ["zéro six douze", "trente-quatre", "cinquante-six soixante-dix-huit"], "+33612345678"),
        ("es", "ES", ["seis tres siete", "doce, trece", "catorce"], "+34637121314"),
    ],
)
def test_a_number_comes_in_pieces(language: str, region: str, turns: list[str], expected: str) -> None:
    assert isinstance(PHONE, Dictated)
    before = ""
    for turn in turns:
        said, now = Utterance(turn, language), ask(language, region, before=before)
        found = PHONE.find(said, now)
        if found:
            assert turn == turns[-1]
            assert found[0].value == expected
            return
        assert PHONE.goes_on(said, now, before) is True
        piece = PHONE.piece(said, now)
        assert piece is not None
        before = piece.value
    assert PHONE.check(before, now) == expected


@pytest.mark.parametrize("text", ["wait a moment", "I don't have it here, I think", "what was that?", ""])
def test_no_piece_is_in_other_words(text: str) -> None:
    assert isinstance(PHONE, Dictated)
    assert PHONE.piece(Utterance(text, "en"), ask("en", "US", before="415")) is None


def test_the_words_of_a_number_are_known_and_those_of_a_range_of_days_are_not_among_them() -> None:
    text = "from 3 to 7 415 555 0123 please"
    (found,) = PHONE.find(Utterance(text, "en"), ask("en", "US"))
    assert [text[start:end] for start, end in found.spans] == ["415", "555", "0123"]
    said = "it's four fifteen, five fifty-five, oh one twenty-three, for Anna"
    (found,) = PHONE.find(Utterance(said, "en"), ask("en", "US"))
    first, last = min(start for start, _ in found.spans), max(end for _, end in found.spans)
    assert said[first:last] == "four fifteen, five fifty-five, oh one twenty-three"


def test_a_number_that_another_field_has_cut_out_is_read_alone() -> None:
    text = "from the 3 to 7 4 1 5 5 5 5 0 1 2 3"
    said = Utterance(text, "en").cut(((9, 15),))
    (found,) = PHONE.find(said, ask("en", "US"))
    assert found.value == "+14155550123"
    assert found.confidence >= HELD


@pytest.mark.parametrize(
    ("text", "region", "before", "expected"),
    [
        ("four one five five five", "US", "", True),
        ("four one five five five five oh one two three", "US", "", False),
        ("oh one two three", "US", "415555", False),
        ("I would like to think", "US", "", None),
        ("null eins fünf eins eins zwei drei vier fünf sechs", "DE", "", True),
    ],
)
def test_patience_follows_the_digits(text: str, region: str, before: str, expected: bool | None) -> None:
    language = "de" if region == "DE" else "en"
    assert PHONE.goes_on(Utterance(text, language), ask(language, region, before=before), before) is expected


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789+-. ,()", max_size=40) | st.text("one two oh double 45 no not and ", max_size=80))
def test_whatever_is_said_gives_numbers_that_exist_and_spans_within_the_text(text: str) -> None:
    for one in PHONE.find(Utterance(text, "en"), ask("en", "US")):
        assert PHONE.check(one.value, ask("en", "US")) == one.value
        assert all(0 <= start < end <= len(text) for start, end in one.spans)
    PHONE.patch("+14155550123", Utterance(text, "en"), ask("en", "US", corrects=True))


def test_digits_that_were_taken_back_are_no_value_of_another_field() -> None:
    text = "it's oh seven 12... no wait, it's plus one two oh two five five five oh one four three"
    (found,) = PHONE.find(Utterance(text, "en"), ask("en", "US"))
    assert found.value == "+12025550143"
    assert (text.index("12"), text.index("12") + 2) in found.spans
