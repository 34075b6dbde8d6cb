"""What is said to be not so, and what takes its place: "not Anna, Hannah"; "Hannah, not Anna"; "Anna no, Hannah"."""

import re
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from extraction import lexicon, patterns, spelling, words
from extraction.utterance import Utterance

_SIGNS = r"[\s,;:.!–—-]"


class Instead(NamedTuple):
    """An utterance without what is denied in it, and which words of the known value that is."""

    rest: Utterance
    wrong: tuple[str, ...]


def of(said: Utterance, known: str) -> Instead | None:
    """The utterance without what denies a value that is known; None where it denies nothing like it."""
    answers = lexicon.of(said.language).answers
    no = tuple(sorted(words.no(said.language)))
    word = r"[^\W\d_][\w'’-]*"
    # "Not Anna", with nothing but a word between ("nicht die Anna"); behind a no by itself what stands there is denied
    # only when it is the value to the letter: "no, it's Moffatt" is what takes its place.
    for pattern, least in (
        (rf"{words.any_of(answers.denies)}\s+(?:{word}\s+)?(?=({word}))", _LIKE),
        (rf"{words.any_of(no)}\s+(?=({word}))", _LIKE),
        (rf"{words.any_of(no)}{_SIGNS}+(?=({word}))", 1.0),
    ):
        for match in patterns.finditer(pattern, said.text, re.IGNORECASE):
            if end := _alike(said.text, match.start(1), known, least):
                return Instead(_without(said, match.start(), end), _parts(said.text[match.start(1) : end], known))
    after = words.any_of((*answers.denies_after, *no))
    for match in patterns.finditer(word, said.text):
        end = _alike(said.text, match.start(), known, 1.0)
        if end and (behind := patterns.compiled(rf"{_SIGNS}*{after}", re.IGNORECASE).match(said.text, end)):
            wrong = _parts(said.text[match.start() : end], known)
            return Instead(_without(said, match.start(), behind.end()), wrong)
    return None


def _parts(denied: str, known: str) -> tuple[str, ...]:
    """The words of the known value that are denied: of some that are alike the likest."""
    parts = known.split()
    return tuple(max(parts, key=lambda part: _like(word, part)) for word in words.split(denied)) if parts else ()


def surer(confidence: float, near: float) -> float:
    """How sure a value is that is near to the one whose place it takes: most corrections are of what was misheard."""
    return 1 - (1 - confidence) * (1 - NEAR * max(0.0, 2 * near - 1))


NEAR = 0.7
"""What it weighs that a value is all but the one that it replaces."""


def _alike(text: str, start: int, known: str, least: float) -> int:
    """Where what stands there ends, when it is like a word of the known value; 0 when it is not."""
    end = 0
    parts = known.split()
    for match in islice(patterns.compiled(r"[^\W\d_][\w'’-]*").finditer(text, start), len(parts)):
        if max(_like(match[0], part) for part in parts) < least:
            break
        end = match.end()
    return end


def _like(one: str, other: str) -> float:
    """How alike; a name that was written in another alphabet when it was first heard may be the same."""
    if bool(_LATIN.match(one)) != bool(_LATIN.match(other)):
        return _LIKE
    return spelling.like(one, other)


_LATIN = re.compile(r"[a-zß-ɏ]", re.IGNORECASE)
_LIKE = 0.8
"""Likeness of a word that repeats one of the known value: heard once more, it may be written a little otherwise."""


def _without(said: Utterance, start: int, end: int) -> Utterance:
    """Blanks in the place of what is denied, and of the "but" behind it."""
    but = words.any_of(lexicon.of(said.language).answers.but)
    behind = patterns.compiled(rf"{_SIGNS}*{but}", re.IGNORECASE).match(said.text, end)
    end = behind.end() if behind else end
    text = said.text[:start] + "." + " " * (end - start - 1) + said.text[end:]
    opening = patterns.compiled(rf"^{_SIGNS}*{words.any_of(tuple(sorted(words.no(said.language))))}", re.IGNORECASE)
    if found := opening.match(text):
        text = " " * found.end() + text[found.end() :]
    return replace(said, text=text)
