"""How frequent a word is in a language: `languages/<code>/words.txt`, made by build/ of the lists of wordfreq.

On Zipf's scale: the logarithm of how often it comes among a thousand million words. "the" has 7.7, "chair" 5, and a
word below 3.3 or so is in no list.
"""

import os
import re
from functools import lru_cache
from pathlib import Path

from extraction import table

FOLDER = Path(__file__).parent / "languages"
RARE = 2.5
"""What stands for the frequency of a word that is in no list."""
LARGEST = 4_000_000
_PARTS = re.compile(r"[' ]")
_LINES = re.compile(rb"(?:[^\t\n]{1,200}\t[0-9]{1,2}\n)*+")


@lru_cache(maxsize=8_192)
def zipf(word: str, language: str) -> float:
    """Of "l'hôtel" and "week-end", when they are not in the list, that of their rarest part."""
    file = FOLDER / language / "words.txt"
    if not file.is_file():
        return RARE
    key = table.folded(word)
    found = table.look_up(file, key)
    if found is not None:
        return int(found[0]) / 10
    parts = [part for part in _PARTS.split(key) if part]
    return min(zipf(part, language) for part in parts) if len(parts) > 1 else RARE


def check(file: Path) -> None:
    """Read it once, all of it: what is wrong would be met in the middle of a call. Raises table.DataError."""
    with os.fdopen(table.opened(file, LARGEST), "rb") as opened:
        data = opened.read(LARGEST)
    right = _LINES.match(data)
    if right is None or right.end() < len(data) or not data:
        at = data.count(b"\n", 0, right.end() if right else 0) + 1
        raise table.DataError(f"{file}:{at}: no line of `word<TAB>tenths of Zipf`")
    lines = data.splitlines()
    if lines != sorted(lines):
        raise table.DataError(f"{file}: its lines are not sorted; it is made by extraction.build")
    try:
        data.decode()
    except UnicodeError:
        raise table.DataError(f"{file}: not UTF-8") from None
