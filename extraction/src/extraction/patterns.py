"""Patterns that are put together at run time, of the words of a language: compiled once.

The module `re` keeps 512 of them; five languages have more, and then each turn compiles them anew, which takes longer
than all the rest of it.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache


@lru_cache(maxsize=8_192)
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The compiled pattern; of those that a scenario brings too."""
    return re.compile(pattern, flags)


def search(pattern: str, text: str, flags: int = 0) -> re.Match[str] | None:
    return compiled(pattern, flags).search(text)


def fullmatch(pattern: str, text: str, flags: int = 0) -> re.Match[str] | None:
    return compiled(pattern, flags).fullmatch(text)


def finditer(pattern: str, text: str, flags: int = 0) -> Iterator[re.Match[str]]:
    return compiled(pattern, flags).finditer(text)


def sub(pattern: str, by: str | Callable[[re.Match[str]], str], text: str, flags: int = 0) -> str:
    return compiled(pattern, flags).sub(by, text)
