"""Sorted lines on disk, mapped into memory and looked up by halving: dictionaries of them would take 100 MB.

A line is `key<TAB>value<TAB>value...`, sorted by the key's UTF-8. build/ makes the files.
"""

import mmap
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_APART = str.maketrans({"-": " ", "’": "'", "ё": "е", "ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ı": "i", ".": ""})


def folded(name: str) -> str:
    """A name or a word without what is heard in no voice: capitals, accents, hyphens."""
    small = name.casefold().translate(_APART)
    if small.isascii():
        return " ".join(small.split())
    # й and ї are letters of their own, not an и and an і with something on them
    apart = unicodedata.normalize("NFD", small).replace("и\u0306", "й").replace("і\u0308", "ї")
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def look_up(file: Path, wanted: str) -> list[str] | None:
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


def beginning(file: Path, start: str, most: int = 40) -> Iterator[tuple[str, list[str]]]:
    """The lines, `most` at the most, of which the key begins so: key, and what stands after it."""
    data, wanted = _mapped(file), start.encode()
    low, high = 0, len(data)
    while low < high:
        at = max(data.rfind(b"\n", low, (low + high) // 2) + 1, low)
        end = data.find(b"\n", at)
        if data[at : data.find(b"\t", at)] < wanted:
            low = end + 1
        else:
            high = at
    for _ in range(most):
        end = data.find(b"\n", low)
        if end < 0 or not data[low:end].startswith(wanted):
            return
        key, *values = data[low:end].decode().split("\t")
        yield key, values
        low = end + 1


def write(path: Path, lines: list[str]) -> None:
    """Sorted, and the same bytes for the same lines."""
    # By the key alone: a tab sorts before every sign that a key may go on with.
    path.write_bytes(b"".join(line + b"\n" for line in sorted(line.encode() for line in lines)))


@cache
def _mapped(file: Path) -> mmap.mmap:
    with file.open("rb") as opened:
        return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
