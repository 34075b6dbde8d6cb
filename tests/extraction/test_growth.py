"""What a turn takes grows with its length, not with its square. Work is counted; no clock decides alone."""

import sys
import time
from collections.abc import Callable
from datetime import date
from types import FrameType
from typing import Any

import pytest

from extraction import changes, repair, spelling, table, words
from extraction.gazetteer import FILE
from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

ASK = Ask(("en",), "US", date(2027, 1, 1), asked=True, question="?", choices={"one": ("one",)})
HELD = {"name": "Anna Smith", "city": "London", "phone": "+14155550123", "date_range": "2027-07-01/2027-07-10"}


def calls(of: Callable[[], object]) -> int:
    """How many calls something makes, once it is warm."""
    of()
    count = 0

    def counted(_frame: FrameType, event: str, _what: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        of()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "unit", ["Petrosk ", "my name is Zo ", "not in Lyon, ", "a b c ", "to Paris ", "Mr ", "no sorry "]
)
def test_words_twice_as_many_are_work_twice_as_much(kind: str, unit: str) -> None:
    few, many = (unit * (length // len(unit)) for length in (400, 1600))
    least, most = (calls(lambda text=text: KINDS[kind].find(Utterance(text, "en"), ASK)) for text in (few, many))
    assert most < 7 * least + 2_000


@pytest.mark.parametrize("unit", ["not Ann, ", "no no Ann is wrong. ", "the name city phone is so, ", "wrong "])
def test_corrections_twice_as_many_are_work_twice_as_much(unit: str) -> None:
    held = [repair.Held(name, KINDS[name], ASK, value, (name,), True, 2) for name, value in HELD.items()]
    few, many = (unit * (length // len(unit)) for length in (400, 1600))
    least, most = (calls(lambda text=text: repair.find(Utterance(text, "en"), held)) for text in (few, many))
    assert most < 7 * least + 2_000


@pytest.mark.parametrize("read", [lambda text: changes.parts(text, "en"), spelling.of])
@pytest.mark.parametrize("sign", [" ", ", ", "- "])
def test_blanks_for_what_was_cut_out_cost_no_square(read: Callable[[str], object], sign: str) -> None:
    def seconds(length: int) -> float:
        taken = []
        for _ in range(3):
            began = time.process_time()
            read(f"a{sign * (length // len(sign))}b")
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(8_000) < 12 * seconds(2_000) + 0.01  # a square: sixteen times, of much more


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Anna\x00 Smith", "Anna Smith"),
        ("Anna \ud800Smith", "Anna Smith"),
        ("\u202eAn\u200bna\ufeff", "Anna"),
        ("a\r\nb\tc", "a b c"),
        ("Zoe\u0301", "Zoe\u0301"),
    ],
)
def test_what_nobody_says_is_not_read(text: str, read: str) -> None:
    assert words.readable(text) == read


def test_half_a_surrogate_pair_is_no_key() -> None:
    assert table.look_up(FILE, "San \ud800") is None
    assert list(table.beginning(FILE, "\udfff")) == []


@pytest.mark.parametrize(("key", "there"), [("london", True), ("", False), ("!", False), ("\U0010ffff", False)])
def test_tables_have_what_they_have(key: str, there: bool) -> None:
    assert (table.look_up(FILE, key) is not None) == there


def test_tables_find_their_first_and_their_last_line() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for line in (lines[0], *lines[::997], lines[-1]):
        key, *values = line.split("\t")
        assert table.look_up(FILE, key) == values
        assert next(table.beginning(FILE, key)) == (key, values)
