"""What is true of every language that has a lexicon; a new one is tested without a new test."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from extraction import frequency, lexicon, numerals, words
from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance
from mesh.settings import load_config
from mesh.wire.lang import Languages

TODAY = date(2026, 11, 20)
CODES = lexicon.codes()
HELD = {
    "date": "2027-07-05",
    "date_range": "2027-07-05/2027-07-12",
    "time": "09:30",
    "phone": "+390612345678",
    "email": "anna@example.com",
    "name": "Anna Rossi",
    "city": "Roma",
    "number": "2",
}
SAID = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "languages.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
REGIONS = {one.code: one.region for one in load_config("languages.yaml", Languages).languages}


def heard(kind: str, text: str, code: str) -> str:
    """What a kind takes from an answer to its question."""
    ask = Ask((code,), REGIONS.get(code, ""), TODAY, asked=True)
    found = KINDS[kind].find(Utterance(text, code), ask)
    return found[0].value if found else ""


def read_back(kind: str, value: str, code: str) -> str:
    return KINDS[kind].spoken(value, Ask((code,), REGIONS.get(code, ""), TODAY))


def test_every_language_that_we_speak_is_understood() -> None:
    assert set(REGIONS) <= set(CODES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("month", range(1, 13))
def test_the_days_that_we_read_back_are_understood(code: str, month: int) -> None:
    for value in (f"2027-{month:02d}-01/2027-{month:02d}-28", f"2028-{month:02d}-02/2028-{month:02d}-11"):
        assert heard("date_range", read_back("date_range", value, code), code) == value
    assert heard("date", read_back("date", f"2027-{month:02d}-21", code), code) == f"2027-{month:02d}-21"


@pytest.mark.parametrize("code", CODES)
def test_every_day_of_the_week_is_known(code: str) -> None:
    named = [heard("date", day, code) for day in lexicon.of(code).dates.weekdays.split()]
    assert sorted(named) == [f"2026-11-{day}" for day in range(21, 28)]
    assert [date.fromisoformat(day).weekday() for day in named] == list(range(7))


@pytest.mark.parametrize("code", CODES)
def test_numbers_in_words_are_digits(code: str) -> None:
    has = lexicon.of(code).numbers
    for first, said in ((0, has.digits), (10, has.teens)):
        for value, word in enumerate(said.split(), first):
            assert numerals.natural(word, code) == str(value)
    assert [numerals.natural(word, code) for word in has.tens.split()] == [str(n) for n in range(20, 100, 10)]
    dictated = " ".join(has.digits.split()[digit] for digit in (4, 0, 7, 1, 9))
    assert numerals.natural(dictated, code) == "4 0 7 1 9"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("value", ["anna@example.com", "a.b-c_d+e@post.org"])
def test_addresses_that_we_read_out_are_understood(code: str, value: str) -> None:
    assert heard("email", read_back("email", value, code), code) == value


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("value", ["00:00", "09:05", "12:00", "18:30"])
def test_times_that_we_read_back_are_understood(code: str, value: str) -> None:
    assert heard("time", read_back("time", value, code), code) == value


@pytest.mark.parametrize("code", CODES)
def test_yes_is_yes_and_no_is_no(code: str) -> None:
    assert [Utterance(words.first(yes, code), code).answer for yes in (True, False)] == ["yes", "no"]


@pytest.mark.parametrize("code", CODES)
def test_its_words_are_known_by_frequency(code: str) -> None:
    """Without words.txt every word would be a rare one, and might be a name."""
    assert frequency.zipf(words.first(False, code), code) > 4


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_it(kind: str, code: str) -> None:
    """All of its patterns compile, and nothing is found where nothing is said."""
    nothing = Utterance("...", code)
    ask = Ask((code,), REGIONS.get(code, ""), TODAY, asked=True, choices={"one": ("qwx",)})
    assert not KINDS[kind].find(nothing, ask)
    if kind in HELD:
        assert KINDS[kind].patch(HELD[kind], nothing, ask) is None


@pytest.mark.parametrize(("code", "kind", "said", "value"), SAID)
def test_languages_that_were_added_by_files(code: str, kind: str, said: str, value: str) -> None:
    assert heard(kind, said, code) == value


def test_what_a_lexicon_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(lexicon.FOLDER / "it", tmp_path / "qq")
    file = tmp_path / "qq" / "lexicon.yaml"
    has = yaml.safe_load(file.read_text(encoding="utf-8"))
    del has["dates"]["weekend"]
    has["numbers"]["teens"] = "dieci undici"
    has["times"]["noons"] = "mezzogiorno"
    file.write_text(yaml.safe_dump(has, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(lexicon, "FOLDER", tmp_path)
    with pytest.raises(lexicon.LexiconError) as error:
        lexicon.of("qq")
    told = str(error.value)
    assert str(file) in told
    for part in (
        "dates.weekend: field required",
        "numbers.teens: ",
        "it has 2 words, and needs 10",
        "times.noons: extra",
    ):
        assert part in told
    with pytest.raises(lexicon.LexiconError, match="no lexicon of the language 'qz'"):
        lexicon.of("qz")
