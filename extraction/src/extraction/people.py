"""Whether a word is somebody's name: names of many countries. build/people.py says whence they are."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from extraction import table

NAMES = Path(__file__).parent / "names.txt"
RUSSIAN_CASES = Path(__file__).parent / "given_names.txt"


class Known(NamedTuple):
    """The languages in which a word is a given name, and a surname."""

    given: tuple[str, ...] = ()
    surname: tuple[str, ...] = ()


@lru_cache(maxsize=8_192)
def known(word: str) -> Known:
    """What is known of a word, a part of a double name too."""
    found = table.look_up(NAMES, table.folded(word))
    return Known(tuple(found[0].split()), tuple(found[1].split())) if found else Known()


def nominative(said: str) -> str:
    """The nominative of a Russian given name in another case; "" for what is none."""
    found = table.look_up(RUSSIAN_CASES, table.folded(said))
    return found[0] if found else ""


def undeclined(words: tuple[str, ...], endings: Mapping[str, str]) -> list[str]:
    """A name in the nominative; a surname beside a given name that is not declined is not either."""
    given = [_in_nominative(word, endings) for word in words]
    made = [one or word for one, word in zip(given, words, strict=True)]
    if any(one and one.lower() == word.lower() for one, word in zip(given, words, strict=True)):
        return made
    for at, word in enumerate(words):
        # A single letter tells little: it is an ending where the given name has one too ("Эдуарда Вайсмана").
        ending = next((one for one in endings if word.endswith(one) and (len(one) > 1 or any(given))), "")
        ending = "" if given[at] else ending
        if ending:
            made[at] = word[: -len(ending)] + endings[ending]
    return made


def _in_nominative(word: str, endings: Mapping[str, str]) -> str:
    """The nominative of a given name behind a preposition, where "Эдуарда" is of Эдуард, not in the nominative."""
    bare = next((word[: -len(one)] + put for one, put in endings.items() if len(one) == 1 and word.endswith(one)), "")
    found = nominative(bare) if bare else ""
    return found if found.lower() == bare.lower() and found else nominative(word)
