"""Counts, choices and e-mail addresses as kinds: what is found, how surely, from which words; what is asked about."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance


def table(name: str) -> list[tuple[str, ...]]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines if not line.startswith("#")]


TABLE = table("counts.txt")
ROOMS = {"standard": ["standard", "cheapest"], "suite": ["suite"], "family": ["family room", "for a family"]}
TODAY = date(2026, 11, 20)
HELD = 0.9


@pytest.mark.parametrize(("language", "text", "question", "expected"), TABLE)
def test_how_many(language: str, text: str, question: str, expected: str) -> None:
    asked = not question.endswith("-")
    ask = Ask((language,), "US", TODAY, asked=asked, low=1, high=30, question=question.rstrip(" -"))
    found = KINDS["number"].find(Utterance(text, language), ask)
    if not expected:
        assert not found
        return
    value, *others = expected.removeprefix("~ ").split(" or ")
    assert (found[0].value, list(found[0].others)) == (value, others)
    assert (found[0].confidence < HELD) == expected.startswith("~"), found


@pytest.mark.parametrize(("language", "text", "question", "expected"), table("heads.txt"))
def test_who_comes(language: str, text: str, question: str, expected: str) -> None:
    asked = not question.endswith("-")
    ask = Ask((language,), "US", TODAY, asked=asked, low=1, high=20, question=question.rstrip(" -"))
    found = [one for one in KINDS["number"].find(Utterance(text, language), ask) if not one.others]
    assert [one.value for one in found[:1]] == ([expected] if expected else [])


def hotel(language: str) -> dict[str, list[str]]:
    """The words of the rooms of the hotel that is shipped."""
    fields = yaml.safe_load(Path("config/scenarios/hotel.yaml").read_text(encoding="utf-8"))["fields"]
    return {one["value"]: one["words"][language] for field in fields for one in field.get("choices", [])}


@pytest.mark.parametrize(("language", "text", "expected"), table("rooms.txt"))
def test_which_room(language: str, text: str, expected: str) -> None:
    ask = Ask((language,), "US", TODAY, asked=True, choices=hotel(language))
    found = KINDS["choice"].find(Utterance(text, language), ask)
    said = " or ".join((found[0].value, *found[0].others)) if found else "-"
    assert said == expected


def choose(text: str, *, asked: bool = True) -> list[tuple[str, tuple[str, ...]]]:
    ask = Ask(("en",), "US", TODAY, asked=asked, choices=ROOMS)
    return [(one.value, one.others) for one in KINDS["choice"].find(Utterance(text, "en"), ask) if one.confidence > 0.4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a suite, not the standard one", [("suite", ())]),
        ("the standard one instead of the suite", [("standard", ())]),
        ("not the suite", []),
        ("standard or suite", [("standard", ("suite",))]),
        ("the second one", [("suite", ())]),
        ("not the suite, the last one", []),
        ("the family room", [("family", ())]),
        ("what do you have?", []),
    ],
)
def test_one_of_a_list(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert choose(text) == expected


def test_a_place_in_a_list_says_nothing_that_was_not_asked() -> None:
    assert choose("for the second of May", asked=False) == []
    assert choose("a suite for the second of May", asked=False) == [("suite", ())]


def test_the_words_of_a_choice_are_known() -> None:
    text = "we would like a Suite please"
    (found,) = KINDS["choice"].find(Utterance(text, "en"), Ask(("en",), "US", TODAY, asked=True, choices=ROOMS))
    assert [text[start:end] for start, end in found.spans] == ["Suite"]


@pytest.mark.parametrize(
    ("language", "text", "value", "words"),
    [
        ("en", "it's anna dot smith at example dot com, and I arrive on Monday", "anna.smith@example.com",
         "anna dot smith at example dot com"),
        ("en", "write to Anna.Smith@Example.com please", "anna.smith@example.com", "Anna.Smith@Example.com"),
        ("en", "anna one nine nine zero at example dot com", "anna1990@example.com",
         "anna one nine nine zero at example dot com"),
        ("de", "Sie lautet peter klammeraffe beispiel punkt de", "peter@beispiel.de", "peter klammeraffe beispiel punkt de"),
        ("ru", "пишите anna собака example точка ру", "anna@example.ru", "anna собака example точка ру"),
    ],
)  # fmt: skip
def test_the_words_of_an_address_are_known(language: str, text: str, value: str, words: str) -> None:
    (found,) = KINDS["email"].find(Utterance(text, language), Ask((language,), "US", TODAY, asked=True))
    assert found.value == value
    assert text[found.spans[0][0] : found.spans[0][1]] == words


@pytest.mark.parametrize(("language", "text", "expected"), table("emails.txt"))
def test_an_address_is_spoken(language: str, text: str, expected: str) -> None:
    found = KINDS["email"].find(Utterance(text, language), Ask((language,), "US", TODAY, asked=True))
    assert [one.value for one in found] == [expected]


@pytest.mark.parametrize(("language", "name", "text", "expected"), table("own_names.txt"))
def test_an_address_is_made_of_the_name_of_the_caller(language: str, name: str, text: str, expected: str) -> None:
    ask = Ask((language,), "US", TODAY, asked=True, speaker=name)
    found = KINDS["email"].find(Utterance(text, language), ask)
    assert [one.value for one in found] == ([] if expected == "-" else [expected])
    assert all(one.confidence < HELD for one in found)  # a name may be spelled otherwise: it is read back


@pytest.mark.parametrize(("language", "known", "text", "expected"), table("email_parts.txt"))
def test_a_part_of_an_address_is_said_again(language: str, known: str, text: str, expected: str) -> None:
    ask = Ask((language,), "US", TODAY, corrects=True, known=known)
    made = KINDS["email"].patch(known, Utterance(text, language), ask)
    assert (made.value if made else "-") == expected.removeprefix("~ ")
    if made:
        assert (made.confidence < HELD) == expected.startswith("~ "), made


def test_the_domain_of_an_address_is_said_again() -> None:
    ask = Ask(("en",), "US", TODAY, corrects=True)
    patched = KINDS["email"].patch("anna@example.com", Utterance("no, at example dot org", "en"), ask)
    assert patched is not None
    assert patched.value == "anna@example.org"
    assert KINDS["email"].patch("anna@example.com", Utterance("at home on Monday", "en"), ask) is None


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("email", "anna dot", True),
        ("email", "well", None),
        ("number", "four five six seven", False),
        ("number", "four", False),
        ("choice", "the suite", False),
        ("choice", "the", None),
    ],
)
def test_patience(kind: str, text: str, expected: bool | None) -> None:
    ask = Ask(("en",), "US", TODAY, asked=True, low=1, high=30, choices=ROOMS, question="How many?")
    assert KINDS[kind].goes_on(Utterance(text, "en"), ask, "") is expected
    if text == "four five six seven":  # where there is no limit it is a number of something, and may go on
        assert KINDS[kind].goes_on(Utterance(text, "en"), Ask(("en",), "US", TODAY, asked=True), "") is True
