"""What people say, with what a clerk would have heard in it: to fit the weights of evidence, and to check them.

Of the lines of bench/dialogues, of dialogues elsewhere, and of sentences (names.yaml, places.yaml) with names and
places put in: real ones, and some that no list has.
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from extraction import frequency, gazetteer, lexicon, people, table
from extraction.frequency import FOLDER

HERE = Path(__file__).parent
DIALOGUES = HERE.parent / "dialogues"
SEED = 20261121
LANGUAGES = ("en", "ru", "de", "es", "fr")
_FIRST = {"generic": "name", "hotel": "dates", "helpdesk": "topic"}
"""What the greeting of a scenario asks for."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line, the kind of field that was asked for before it, and the value of one kind in it, "" for none."""

    text: str
    language: str
    kind: str
    asked: bool
    value: str
    source: str


def plain(text: str) -> str:
    """As a recogniser writes that knows neither capitals nor punctuation."""
    return " ".join(re.sub(r"[^\w\s'’-]", " ", text.lower()).split())


def of_dialogues(folder: Path, kind: str) -> Iterator[Said]:
    """The lines of dialogues; a value counts where all its words are said."""
    for path in sorted(folder.glob("*.yaml")):
        for one in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield from _of_one(one, kind, path.stem)


def of_first(folder: Path, kind: str) -> Iterator[Said]:
    """First utterances in which the caller gives no name: `first.jsonl` of a folder."""
    path = folder / "first.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if kind == "name" and path.exists() else ():
        one = json.loads(line)
        yield Said(one["text"], one["language"], kind, _FIRST.get(one["scenario"]) == kind, "", folder.name)


def _of_one(one: dict[str, Any], kind: str, source: str) -> Iterator[Said]:
    value = str(one["expect"].get(kind, ""))
    lines = [str(line) for line in one["say"]]
    at = next((i for i, line in enumerate(lines) if value and _holds(line, value)), None)
    if value and at is None:
        return  # it comes in parts, or by letters
    for i, line in enumerate(lines):
        if at is not None and i > at:
            if not _holds(line, value):
                yield Said(line, one["language"], kind, False, "", source)
            continue
        first = _FIRST.get(one["scenario"], "")
        asked = (first == kind) if i == 0 else (i == at if first != kind else at is None or i <= at)
        yield Said(line, one["language"], kind, asked, value if i == at else "", source)


def _holds(line: str, value: str) -> bool:
    said = table.folded(line)
    return all(re.search(rf"(?<!\w){re.escape(part)}", said) for part in table.folded(value).split())


@cache
def _lines(file: Path) -> list[list[str]]:
    return [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]


@cache
def _pools(language: str) -> tuple[list[str], list[str], list[str]]:
    """Given names and surnames of a language, and those of others in its script."""
    cyrillic = language in ("ru", "uk")
    given, surnames, foreign = [], [], []
    for key, first, last in _lines(people.NAMES):
        if bool(re.search("[а-я]", key)) != cyrillic or len(key) < 3 or " " in key:
            continue
        if language in first.split():
            given.append(key)
        if language in last.split():
            surnames.append(key)
        if first or last:
            foreign.append(key)
    return given, surnames, foreign


def _invented(word: str, chance: random.Random) -> str:
    """A word like a name, that is in no list: two letters of it are others."""
    letters = list(word)
    for _ in range(2):
        at = chance.randrange(1, len(letters))
        vowels = next((group for group in ("aeiou", "аеиоу") if letters[at] in group), None)
        others = vowels or ("bdfgklmnprstvz" if word.isascii() else "бвгдзклмнпрст")
        letters[at] = chance.choice(others)
    return "".join(letters)


def a_name(language: str, chance: random.Random) -> str:
    """Somebody's name, in capitals."""
    given, surnames, foreign = _pools(language)
    pick = [chance.choice(given), chance.choice(surnames)]
    if chance.random() < 0.3:
        pick = [chance.choice(foreign), chance.choice(foreign)]
    pick = [_invented(part, chance) if chance.random() < (0.12, 0.4)[i] else part for i, part in enumerate(pick)]
    shape = chance.random()
    if shape < 0.22:
        pick = pick[:1]
    elif shape < 0.34:
        pick = pick[1:]
    elif shape < 0.42:
        pick = pick[::-1]
    elif shape < 0.5:
        pick = [pick[0], chance.choice(given), pick[1]]
    elif shape < 0.58:
        pick = [pick[0], pick[1], chance.choice(surnames)]
    elif shape < 0.63:
        pick = [pick[0], f"{pick[1]}-{chance.choice(surnames)}"]
    elif shape < 0.67:
        pick = [pick[0], chance.choice(("de", "van", "von", "del", "da")), pick[1]]
    return " ".join(
        part if i and part in ("de", "van", "von", "del", "da") else part.title() for i, part in enumerate(pick)
    )


@cache
def _places(language: str) -> tuple[list[str], list[str], list[str]]:
    """The famous ones, the large ones and the small ones."""
    cyrillic = language in ("ru", "uk")
    found = [row for row in _lines(gazetteer.FILE) if bool(re.search("[А-Яа-я]", row[1])) == cyrillic]
    found = [row for row in found if table.folded(row[1]) == row[0] and len(row[1]) > 2]
    big = [row[1] for row in found if row[2] == "1"]
    famous = [place for place in big if frequency.zipf(place.lower(), language) > frequency.RARE]
    return famous, big, [row[1] for row in found if row[2] == "0"]


def a_place(language: str, chance: random.Random) -> str:
    """The name of a place."""
    place = chance.choice(chance.choices(_places(language), (4, 3, 3))[0])
    return _invented(place.lower(), chance).title() if chance.random() < 0.06 else place


def made(kind: str, count: int) -> Iterator[Said]:
    """Sentences with names and places put in: `count` of each language."""
    chance = random.Random(f"{SEED} {kind} {count}")  # noqa: S311 (the same every time)
    sentences = yaml.safe_load((HERE / ("names.yaml" if kind == "name" else "places.yaml")).read_text(encoding="utf-8"))
    for language in LANGUAGES:
        for _ in range(count):
            group = chance.choices(("any", "asked", "none"), (1, 3, 3))[0]
            sentence = chance.choice(sentences[language][group])
            asked = group == "asked" or chance.random() < (0.5 if group == "any" else 0.45)
            words = {
                "w": chance.choice(_plain_words(language)),
                "n": a_name(language, chance),
                "o": a_name(language, chance),
                "c": a_place(language, chance),
            }
            if kind == "name" and sentence == "{c}":
                asked = False
            value = "" if group == "none" else words["n" if kind == "name" else "c"]
            yield Said(sentence.format(**words), language, kind, asked, value, "made")


@cache
def _plain_words(language: str) -> list[str]:
    """Words of the language that name nobody and no place."""
    return [
        key
        for key, tenths in _lines(FOLDER / language / "words.txt")
        if len(key) > 2
        and int(tenths) >= 30
        and not any(people.known(key))
        and not people.nominative(key)
        and gazetteer.find(key) is None
    ]


def first(kind: str, count: int) -> Iterator[Said]:
    """What people say first, whatever was asked for (first.yaml): `count` of each language, a third with a name."""
    chance = random.Random(f"{SEED} first {kind}")  # noqa: S311 (the same every time)
    sentences = yaml.safe_load((HERE / "first.yaml").read_text(encoding="utf-8"))
    for language in (code for code in sentences if code in lexicon.codes()):
        for place in range(count):
            own = place % 3 == 0
            name = a_name(language, chance)
            other, where = a_name(language, chance), a_place(language, chance)
            sentence = chance.choice(sentences[language]["own" if own else "none"])
            part = chance.choice((name.split()[-1], name.split()[-1], name.split()[0]))
            said = sentence.format(n=name, s=part, o=other, c=where, w="", g=_called(language, chance))
            value = name if own and kind == "name" else ""
            if kind == "city" and "{c}" in sentence:
                continue
            asked = chance.random() < 0.7 or sentence == "{n}"
            yield Said(said, language, kind, asked, value, "first")


def _called(language: str, chance: random.Random) -> str:
    """A child's or a dog's name."""
    name = chance.choice(_pools(language)[0])
    return (_invented(name, chance) if chance.random() < 0.3 else name).title()


def words_alone(kind: str, count: int) -> Iterator[Said]:
    """Ordinary words by themselves, as the answer to the question: they name nothing."""
    chance = random.Random(f"{SEED} words {kind}")  # noqa: S311 (the same every time)
    for language in LANGUAGES:
        plain_words = _plain_words(language)
        for _ in range(count):
            said = " ".join(chance.choices(plain_words, k=chance.choice((1, 2, 2, 3, 4, 5))))
            yield Said(said, language, kind, chance.random() < 0.7, "", "words")


def both_ways(lines: Iterator[Said]) -> Iterator[Said]:
    """Each line as it is, and as a weak recogniser writes it."""
    for one in lines:
        yield one
        if (weak := plain(one.text)) != one.text and weak:
            yield replace(one, text=weak)
