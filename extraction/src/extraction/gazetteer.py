"""The names of cities: whether a text is one, and how it is written. See build.py for what is in it and its source.

The files are sorted lines, mapped into memory and looked up by halving: a dictionary of them would take 50 MB.
"""

import mmap
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "gazetteer.txt"
NAMES = Path(__file__).parent / "given_names.txt"
_APART = str.maketrans({"-": " ", "’": "'", "ё": "е", "ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ı": "i", ".": ""})


class City(NamedTuple):
    """A name as it is written, and whether 100,000 people and more live there."""

    name: str
    is_big: bool


def folded(name: str) -> str:
    """A name without what is heard in no voice: capitals, accents, hyphens."""
    small = name.casefold().translate(_APART)
    if small.isascii():
        return " ".join(small.split())
    # й is a letter of its own, not an и with an accent
    apart = unicodedata.normalize("NFD", small).replace("и\u0306", "й")
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def find(name: str) -> City | None:
    """The city of a name, in any Russian case; None: there is none."""
    found = _look_up(FILE, folded(name))
    return City(found[0], found[1] == "1") if found else None


def given_name(said: str) -> str:
    """The nominative of a Russian given name in another case; "" for what is none."""
    found = _look_up(NAMES, folded(said))
    return found[0] if found else ""


def _look_up(file: Path, wanted: str) -> list[str] | None:
    """What stands after a key; None: nothing."""
    data, key = _mapped(file), wanted.encode()
    low, high = 0, len(data)  # both at beginnings of lines
    while low < high:
        start = max(data.rfind(b"\n", low, (low + high) // 2) + 1, low)
        end = data.find(b"\n", start)
        found = data[start : data.find(b"\t", start)]
        if found == key:
            return data[start:end].decode().split("\t")[1:]
        if found < key:
            low = end + 1
        else:
            high = start
    return None


@cache
def _mapped(file: Path) -> mmap.mmap:
    with file.open("rb") as opened:
        return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
