"""What nobody has, however plainly it is said: names without end, addresses that no mail has, numbers that cost."""

from datetime import date

import pytest

from extraction.kinds import Ask, Candidate
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

SURE = 0.9


def find(kind: str, text: str, region: str = "US") -> list[Candidate]:
    ask = Ask(("en",), region, date(2027, 1, 1), asked=True)
    return KINDS[kind].find(Utterance(text, "en"), ask)


@pytest.mark.parametrize("kind", ["name", "city"])
@pytest.mark.parametrize("word", ["Petrosk" * 128, "Ann-" * 225 + "Ann", "Mc" + "a" * 900])
def test_a_name_has_an_end(kind: str, word: str) -> None:
    assert not [one for one in find(kind, f"Anna {word}") if len(one.value) > 80]
    assert not KINDS[kind].check(word, Ask(("en",), "US", date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("Hubert Blaine Wolfeschlegelsteinhausenbergerdorff", True),
        ("María del Carmen Fernández-Villaverde Rodríguez", True),
    ],
)
def test_long_names_are_names(name: str, whole: bool) -> None:
    assert (KINDS["name"].check(name, Ask(("en",), "US", date(2027, 1, 1))) == name) == whole


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("anna@example.com", True),
        ("anna.b+c@mail.example.co.uk", True),
        ("анна@почта.рф", True),
        (f"{'a' * 64}@example.com", True),
        (f"{'a' * 65}@example.com", False),
        (f"anna@{'b' * 63}.com", True),
        (f"anna@{'b' * 64}.com", False),
        (f"anna@{'.'.join(['b' * 60] * 4)}.com", True),
        (f"anna@{'.'.join(['b' * 60] * 5)}.com", False),
        ("anna..b@example.com", False),
        ("anna.@example.com", False),
        ("anna@-example-.com", False),
        ("anna@example-.com", False),
        ("anna@my-example.com", True),
        ("anna@ex\u0430mple.com", False),
        ("\u0430nna@example.com", False),
        ("anna@gm\u0430il.com", False),
    ],
)
def test_an_address_is_one_that_mail_can_have(address: str, there: bool) -> None:
    found = find("email", f"it's {address}")
    assert [one.value for one in found] == ([address] if there else [])
    assert (KINDS["email"].check(address, Ask(("en",), "US", date(2027, 1, 1))) == address) == there


@pytest.mark.parametrize(
    ("said", "region", "premium"),
    [
        ("+1 900 234 5678", "US", True),
        ("900 234 5678", "US", True),
        ("0900 1 234567", "DE", True),
        ("0909 879 0123", "GB", True),
        ("415 555 0123", "US", False),
        ("0800 1234567", "DE", False),
        ("020 7946 0958", "GB", False),
    ],
)
def test_a_number_that_costs_is_read_back(said: str, region: str, premium: bool) -> None:
    found = find("phone", said, region)
    assert found
    assert (found[0].confidence < SURE) == premium
