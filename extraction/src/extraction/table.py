"""Sorted lines on disk: dictionaries of them would take 100 MB. Of every few kilobytes the first key is kept: halving
these finds the block in which a key must be, and only that is read, so that of the files nothing stays in memory.

A line is `key<TAB>value<TAB>value...`, sorted by the key's UTF-8. build/ makes the files.
"""

import os
import stat
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

_APART = str.maketrans({"-": " ", "’": "'", "ё": "е", "ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ı": "i", ".": ""})

BLOCK, LONGEST, LARGEST = 4096, 256, 64_000_000
"""Bytes between two keys that are kept, about; of a line at most; and of a file."""


class DataError(ValueError):
    """A data file that cannot be what build/ has made: which, and what is wrong with it."""


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
    table, key = _opened(file), _encoded(wanted)
    at = bisect_right(table.keys, key) - 1
    if at < 0:
        return None
    block = b"\n" + table.read(table.places[at], table.places[at + 1])
    start = block.find(b"\n%b\t" % key) + 1
    return block[start : block.index(b"\n", start)].decode().split("\t")[1:] if start else None


def beginning(file: Path, start: str, most: int = 40) -> Iterator[tuple[str, list[str]]]:
    """The lines, `most` at the most, of which the key begins so: key, and what stands after it."""
    table, wanted = _opened(file), _encoded(start)
    at = max(0, bisect_left(table.keys, wanted) - 1)  # the first of them begins a block, or stands in the one before
    block = b"\n" + table.read(table.places[at], table.places[at] + BLOCK + (most + 1) * LONGEST)
    found = block.find(b"\n" + wanted) + 1
    for line in block[found:].split(b"\n", most)[:most] if found else ():
        if not line or not line.startswith(wanted):
            return
        key, *values = line.decode().split("\t")
        yield key, values


def _encoded(key: str) -> bytes:
    """No key has half of a surrogate pair in it, but what is looked up may."""
    return key.encode(errors="replace")


def write(path: Path, lines: list[str]) -> None:
    """Sorted, and the same bytes for the same lines."""
    # By the key alone: a tab sorts before every sign that a key may go on with.
    rows = sorted(line.encode() for line in lines)
    if any(len(row) >= LONGEST for row in rows):
        raise ValueError(f"{path}: a line has {LONGEST} bytes or more")
    path.write_bytes(b"".join(row + b"\n" for row in rows))


class _Table(NamedTuple):
    """An open file, and the key and the place of the first line of each of its blocks; its end is the last place."""

    descriptor: int
    keys: list[bytes]
    places: list[int]

    def read(self, start: int, end: int) -> bytes:
        return os.pread(self.descriptor, end - start, start)


def opened(file: Path, largest: int) -> int:
    """A descriptor of a regular file of so many bytes at most: of a pipe or a device nobody knows when it ends.

    Raises DataError.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from None
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_size <= largest:
        return descriptor
    os.close(descriptor)
    raise DataError(
        f"{file}: " + ("not a regular file" if found.st_size <= largest else f"larger than {largest} bytes")
    )


@cache
def _opened(file: Path) -> _Table:
    descriptor = opened(file, LARGEST)
    size = os.fstat(descriptor).st_size
    keys, places, at = list[bytes](), list[int](), 0
    while at < size:
        key, tab, _ = os.pread(descriptor, LONGEST, at).partition(b"\t")
        line, end, _ = os.pread(descriptor, LONGEST, at + BLOCK).partition(b"\n")
        if not tab or (keys and key <= keys[-1]) or (line and not end):
            os.close(descriptor)
            raise DataError(f"{file}: no sorted lines of `key<TAB>value` at byte {at}; it is made by extraction.build")
        keys.append(key)
        places.append(at)
        at = at + BLOCK + len(line) + 1 if end else size
    return _Table(descriptor, keys, [*places, size])
