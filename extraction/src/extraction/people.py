"""Whether a word is somebody's name: names of many countries. build/people.py says whence they are."""

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
