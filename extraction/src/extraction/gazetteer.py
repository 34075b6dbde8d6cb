"""The names of cities: whether a text is one, and how it is written. build/places.py says what is in it, and whence."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from extraction import frequency, lexicon, table

FILE = Path(__file__).parent / "gazetteer.txt"


LEAST_STEM, LEAST_NAME = 2, 4
"""Letters of a city's name before its case ending, and in the nominative: of "Києва" and "Київ"."""


class City(NamedTuple):
    """A name as it is written, whether it is large (100,000 people) or famous, and whether it is no city at all."""

    name: str
    is_big: bool
    is_region: bool = False


@lru_cache(maxsize=1_024)
def find(name: str) -> City | None:
    """The city of a name, in any Russian case; None: there is none."""
    found = table.look_up(FILE, table.folded(name))
    return City(found[0], found[1] == "1", found[1] == "2") if found else None


@lru_cache(maxsize=8_192)
def spoken(said: str, language: str) -> City | None:
    """The city of a name as a language says it: as it is, or with one of its case endings."""
    found = find(said)
    if found and found.name.lower() == said.lower() and frequency.zipf(said, language) > frequency.RARE:
        return found
    nominatives = list(_nominatives(said, language))
    if found is None:  # of two that are not usual the first: endings stand in their order
        return max(nominatives, key=lambda one: frequency.zipf(one.name, language), default=None)
    # Other languages call some cities as this one declines them: Trabzona, Lodzi.
    usual = max(nominatives, key=lambda one: frequency.zipf(one.name, language), default=found)
    return usual if frequency.zipf(usual.name, language) > frequency.RARE else found


def _nominatives(said: str, language: str) -> Iterator[City]:
    """The cities of which it may be a case."""
    head, space, last = table.folded(said).rpartition(" ")
    for word in _stems(last, language):
        for front in (head, *(_stems(head, language) if space and " " not in head else ())):
            if len(word) + len(front) >= LEAST_NAME and (city := find(f"{front}{space}{word}")):
                yield city


def _stems(word: str, language: str) -> Iterator[str]:
    """What a word may be in the nominative."""
    for ending, others in lexicon.of(language).places.endings.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= LEAST_STEM:
            yield from (stem + other for other in others.split("|"))


def is_same(one: str, other: str) -> bool:
    """Whether two names differ in nothing that is heard."""
    return table.folded(one) == table.folded(other)
