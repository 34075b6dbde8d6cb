"""The names of cities: whether a text is one, and how it is written. build/places.py says what is in it, and whence."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from extraction import lexicon, table

FILE = Path(__file__).parent / "gazetteer.txt"


LEAST_STEM = 2


class City(NamedTuple):
    """A name as it is written, and whether 100,000 people and more live there."""

    name: str
    is_big: bool


@lru_cache(maxsize=1_024)
def find(name: str) -> City | None:
    """The city of a name, in any Russian case; None: there is none."""
    found = table.look_up(FILE, table.folded(name))
    return City(found[0], found[1] == "1") if found else None


@lru_cache(maxsize=8_192)
def spoken(said: str, language: str) -> City | None:
    """The city of a name as a language says it: as it is, or with one of its case endings."""
    if found := find(said):
        return found
    key = table.folded(said)
    for ending, nominatives in lexicon.of(language).places.endings.items():
        if key.endswith(ending) and len(key) - len(ending) > LEAST_STEM:
            for nominative in nominatives.split("|"):
                if city := find(key.removesuffix(ending) + nominative):
                    return city
    return None


def is_same(one: str, other: str) -> bool:
    """Whether two names differ in nothing that is heard."""
    return table.folded(one) == table.folded(other)
