"""What is true of every language that has a lexicon; a new one is tested without a new test."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from extraction import frequency, lexicon, numerals, table, words
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


LIES: dict[str, tuple[str, Callable[[bytes], bytes] | None, str]] = {
    "cut off": ("lexicon.yaml", lambda data: data[: data.rindex(b": '") + 4], ": found unexpected end of stream"),
    "garbage": ("lexicon.yaml", lambda _: bytes(range(256)) * 40, ": not UTF-8"),
    "nothing": ("lexicon.yaml", lambda _: b"", ": input should be a valid dictionary"),
    "a list": ("lexicon.yaml", lambda _: b"- a\n", ": input should be a valid dictionary"),
    "a wrong type": (
        "lexicon.yaml",
        lambda data: data.replace(b"\nnumbers:\n", b"\nnumbers: 7\nn:\n"),
        ": numbers: input",
    ),
    "no pattern": ("lexicon.yaml", lambda data: data.replace(b"  weekend: '", b"  weekend: '(|"), ": dates.weekend: "),
    "a tag": ("lexicon.yaml", lambda data: b"name: !!int ''\n" + data, ":1: more than 20 levels, an alias or a tag"),
    "brackets": ("lexicon.yaml", lambda _: b"name: " + b"[" * 90_000, ":1: more than 20 levels"),
    "dashes": ("lexicon.yaml", lambda _: b"- " * 60_000, ":1: more than 20 levels"),
    "merges": (
        "lexicon.yaml",
        lambda data: (
            b"a: &a {x: 1}\n"
            + b"".join(
                b"%c: &%c {<<: [%s]}\n" % (c + 1, c + 1, b",".join([b"*%c" % c] * 9)) for c in range(ord("a"), ord("k"))
            )
            + data
        ),
        ":2: more than 20 levels, an alias or a tag",
    ),
    "too large": ("lexicon.yaml", lambda data: data + b"#" * 400_000, ": larger than 400000 bytes"),
    "no file": ("lexicon.yaml", None, ": not a regular file"),
    "words cut off": ("words.txt", lambda data: data[:100_001], "no line of `word<TAB>tenths of Zipf`"),
    "words of garbage": ("words.txt", lambda _: bytes(range(256)) * 40, ":1: no line of"),
    "words without a number": ("words.txt", lambda data: data.replace(b"\t", b"\tx"), ":1: no line of"),
    "words not sorted": ("words.txt", lambda data: b"zz\t33\n" + data, ": its lines are not sorted"),
    "words not UTF-8": ("words.txt", lambda data: data + b"\xff\t33\n", ": not UTF-8"),
    "words without lines": ("words.txt", lambda _: b"a" * 300_000, ":1: no line of"),
    "no words": ("words.txt", lambda _: b"", ":1: no line of"),
    "words without end": ("words.txt", None, ": not a regular file"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    """When the lexicon is loaded, which a service does as it starts: not in the middle of a call."""
    shutil.copytree(lexicon.FOLDER / "it", tmp_path / "qq")
    name, change, told = LIES[lie]
    file = tmp_path / "qq" / name
    data = file.read_bytes()
    if change is None:
        file.unlink()
        file.symlink_to("/dev/zero")
    else:
        file.write_bytes(change(data))
        assert file.read_bytes() != data
    monkeypatch.setattr(lexicon, "FOLDER", tmp_path)
    with pytest.raises(lexicon.LexiconError) as error:
        lexicon.of("qq")
    assert str(error.value).startswith(f"{file}:")
    assert told in str(error.value)


@pytest.mark.parametrize("lie", [b"a\t1\nno tab\n" * 9_000, b"b\t1\n" * 9_000 + b"a\t1\n" * 9_000, b"a" * 90_000, None])
def test_a_table_that_lies_is_refused_by_its_name(tmp_path: Path, lie: bytes | None) -> None:
    file = tmp_path / "names.txt"
    if lie is None:
        with file.open("wb") as huge:
            huge.truncate(20 << 30)
    else:
        file.write_bytes(lie)
    with pytest.raises(table.DataError, match=re.escape(str(file))):
        table.look_up(file, "anna")
