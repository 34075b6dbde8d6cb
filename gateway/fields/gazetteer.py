"""The names of cities: whether a text is one, and how it is written. See build.py for what is in it and its source.

It stays one block of sorted lines, looked up by halving: 8 MB, where a dictionary of it would take 50.
"""

import gzip
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "gazetteer.txt.gz"
NAMES = Path(__file__).parent / "given_names.txt.gz"
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
    data, starts = _lines(file)
    key = wanted.encode()
    low, high = 0, len(starts)
    while low < high:
        middle = (low + high) // 2
        start = starts[middle]
        found = data[start : data.index(b"\t", start)]
        if found == key:
            return data[start : data.index(b"\n", start)].decode().split("\t")[1:]
        if found < key:
            low = middle + 1
        else:
            high = middle
    return None


@cache
def _lines(file: Path) -> tuple[bytes, "memoryview[int]"]:
    """The file, and where its lines begin."""
    import numpy as np

    data = gzip.decompress(file.read_bytes())
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    return data, memoryview(np.concatenate([[0], ends[:-1] + 1]).astype(np.uint32).data)
