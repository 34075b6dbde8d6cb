"""Whose data is whose."""

import pytest

from mesh.kept import person


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("+14155550123", "+1 (415) 555-0123"),
        ("+14155550123", "my number is 415-555-0123, thanks"),
        ("+14155550123", "4155550123"),
        ("+14155550123", "1.415.555.0123"),
        ("+14155550123", "call 415 555 0123 2027-07-01"),
        ("+4930901820", "030 901820"),
        ("+4930901820", "004930901820"),
        ("+4930901820", "01149 30 901820"),
        ("+74951234567", "8 (495) 123-45-67"),
        ("+390612345678", "06 1234 5678"),
        ("+4512345678", "12 34 56 78"),
    ],
)
def test_a_number_is_found_in_every_form(who: str, text: str) -> None:
    assert person.mentions({"text": [text]}, person.forms(who))


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("+14155550123", "+44 4155550123"),
        ("+14155550123", "+14155550124"),
        ("+14155550123", "5550123"),
        ("+14155550123", "order 94155550123"),
        ("+4930901820", "+130901820"),
        ("101", "room 101"),
        ("+7", ""),
        ("+7", "7"),
        ("+49101", "101"),
        ("anonymous", "I stay anonymous"),
    ],
)
def test_a_number_of_somebody_else_is_not(who: str, text: str) -> None:
    kept = {"text": text, "caller": text, "at": 4155550123.0}
    assert not person.mentions(kept | ({} if who.startswith("+") else {"caller": ""}), person.forms(who))


def test_what_is_no_number_is_found_as_a_caller_only() -> None:
    assert person.mentions({"caller": "Anonymous "}, person.forms("anonymous"))
    assert person.mentions({"caller": "101"}, person.forms("101"))
