"""The names of cities: whether a text is one, and how it is written. build/places.py says what is in it, and whence."""

from pathlib import Path
from typing import NamedTuple

from extraction import table

FILE = Path(__file__).parent / "gazetteer.txt"


class City(NamedTuple):
    """A name as it is written, and whether 100,000 people and more live there."""

    name: str
    is_big: bool


def find(name: str) -> City | None:
    """The city of a name, in any Russian case; None: there is none."""
    found = table.look_up(FILE, table.folded(name))
    return City(found[0], found[1] == "1") if found else None
