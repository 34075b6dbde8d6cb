"""Numbers as telephone systems give them, and as they are kept."""

import pytest

from gateway.conversation.numbers import normal


@pytest.mark.parametrize(
    ("given", "region", "kept"),
    [
        ("+14155550123", "US", "+14155550123"),
        ("(415) 555-0123", "US", "+14155550123"),
        ("14155550123", "US", "+14155550123"),
        ("004930901820", "US", "+4930901820"),
        ("01149 30 901820", "US", "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("sip:+14155550123@pbx.example;user=phone", "US", "+14155550123"),
        ("tel:+1-415-555-0123", "US", "+14155550123"),
        ("5550123", "US", "5550123"),
        (" 101 ", "US", "101"),
        ("anonymous", "US", "anonymous"),
        ("sip:anna@pbx1.example", "US", "sip:anna@pbx1.example"),
        ("٤١٥٥٥٥٠١٢٣", "US", "+14155550123"),
        ("", "US", None),
        (None, "US", None),
    ],
)
def test_a_caller_as_it_enters(given: str | None, region: str, kept: str | None) -> None:
    assert normal(given, region) == kept
