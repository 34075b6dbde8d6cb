"""One of a list: each choice is known by its words in the caller's language, or by its place ("the second one")."""

import re
from collections.abc import Mapping, Sequence

from extraction import lexicon, patterns


def find(text: str, language: str, choices: Mapping[str, Sequence[str]], *, asked: bool) -> tuple[str, str]:
    """The value chosen ("" when none, or more than one), and the text without it.

    `choices` gives the words of each value; a word stands for all that begin with it ("стандарт" for "стандартный").
    """
    lower = text.lower()
    found: dict[str, tuple[int, int]] = {}
    for value, said in choices.items():
        for words in sorted(said, key=len, reverse=True):
            match = patterns.search(rf"(?<!\w){re.escape(words.lower())}\w*", lower)
            if match and not _refused(lower[: match.start()], language):
                found.setdefault(value, match.span())
    longest = max((end - start for start, end in found.values()), default=0)
    # "Double room" is said with the word of "room": of two that overlap the longer one is meant.
    kept = {v: s for v, s in found.items() if not any(_inside(s, o) for o in found.values() if o != s)}
    if len(kept) == 1 and longest:
        value, (start, end) = next(iter(kept.items()))
        return value, text[:start] + " " + text[end:]
    if asked and not found:
        return _by_place(lower, language, list(choices)), text
    return "", text


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= span[0] and span[1] <= other[1]


def _refused(before: str, language: str) -> bool:
    """Whether what stands right before says no: not the big one."""
    return bool(patterns.search(rf"(?:^|\s)(?:{lexicon.of(language).choices.denied})\s+$", before))


def _by_place(lower: str, language: str, values: list[str]) -> str:
    words = lexicon.of(language).choices
    for place, word in enumerate(words.places.split()):
        if place < len(values) and patterns.search(rf"\b(?:{word})\w*", lower):
            return values[place]
    return values[-1] if patterns.search(rf"\b(?:{words.last})\w*", lower) else ""
