"""Sorted lines on disk, mapped into memory: dictionaries of them would take 100 MB. Of each kilobyte the first key is
kept: halving these finds the block in which a key must be.

A line is `key<TAB>value<TAB>value...`, sorted by the key's UTF-8. build/ makes the files.
"""

import mmap
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

_APART = str.maketrans({"-": " ", "’": "'", "ё": "е", "ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ı": "i", ".": ""})

BLOCK = 1024
"""Bytes between two keys that are kept, about."""


@lru_cache(maxsize=8_192)
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
    data, keys, places = _mapped(file)
    key = _encoded(wanted)
    at = bisect_right(keys, key) - 1
    if at < 0:
        return None
    start = places[at]
    if keys[at] != key:
        start = data.find(b"\n%b\t" % key, start, places[at + 1]) + 1
    return data[start : data.find(b"\n", start)].decode().split("\t")[1:] if start or keys[at] == key else None


def beginning(file: Path, start: str, most: int = 40) -> Iterator[tuple[str, list[str]]]:
    """The lines, `most` at the most, of which the key begins so: key, and what stands after it."""
    data, keys, places = _mapped(file)
    wanted = _encoded(start)
    block = bisect_left(keys, wanted)  # the first line that begins so is its first, or stands in the block before
    found = data.find(b"\n" + wanted, places[block - 1], places[block]) + 1 if block else 0
    at = found or places[block]
    for _ in range(most):
        end = data.find(b"\n", at)
        if end < 0 or not data[at:end].startswith(wanted):
            return
        key, *values = data[at:end].decode().split("\t")
        yield key, values
        at = end + 1


def _encoded(key: str) -> bytes:
    """No key has half of a surrogate pair in it, but what is looked up may."""
    return key.encode(errors="replace")


def write(path: Path, lines: list[str]) -> None:
    """Sorted, and the same bytes for the same lines."""
    # By the key alone: a tab sorts before every sign that a key may go on with.
    path.write_bytes(b"".join(line + b"\n" for line in sorted(line.encode() for line in lines)))


class _Mapped(NamedTuple):
    """A file, and the key and the place of the first line of each of its blocks; its end is the last of the places."""

    data: mmap.mmap
    keys: list[bytes]
    places: list[int]


@cache
def _mapped(file: Path) -> _Mapped:
    with file.open("rb") as opened:
        data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    keys, places, at = list[bytes](), list[int](), 0
    while at < len(data):
        keys.append(data[at : data.find(b"\t", at)])
        places.append(at)
        at = data.find(b"\n", min(at + BLOCK, len(data) - 1)) + 1
    return _Mapped(data, keys, [*places, len(data)])
