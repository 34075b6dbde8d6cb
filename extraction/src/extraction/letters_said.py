"""What is said of a letter of a name: "with two t", "mit Doppel-F", "с одной л", "without the h", "Kathy with a K"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from extraction import changes, lexicon, patterns, spelling, words
from extraction.denial import Spans
from extraction.utterance import Utterance

MANY = 9
LIKE = 0.7
"""Likeness from which a word of the utterance is a word of the name, said again."""
_SAME = ("ckqк", "szсз", "iyjіий", "dtдт", "vwfфв", "gjгж", "bpбп", "иіе", "eaeäéè")
"""Letters that are taken for each other through a telephone."""
_VOWELS = frozenset("aeiouyáéíóúàèìòùäöüâêîôûаеёиоуыэюяіїє")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of a letter."""

    letters: frozenset[str]
    least: int
    most: int
    """How often in a row it is written."""
    last: bool
    """It is said to be the last one."""
    start: int
    end: int
    """Where the remark stands in the utterance."""


class Put(NamedTuple):
    """A name, and the parts of the utterance that it was made of."""

    name: str
    spans: Spans


def put(name: str, said: Utterance) -> Put | None:
    """A name with what an utterance says of one of its letters, in the form in which the word is said beside that, when
    this has the letter so; None where nothing is said, or the name is so already.
    """
    remark = next(_remarks(said), None)
    parts = name.split()
    if remark is None or not parts:
        return None
    again = [match for match in _around(said, remark) if _likest(match[0], parts)[0] >= LIKE]
    heard = [match[0] for match in again]
    spans = (*(match.span() for match in again), (remark.start, remark.end))
    if not heard and remark.most and any(_is_so(part, remark) for part in parts):
        return None
    near = sorted(((*_likest(one, parts), one) for one in heard), reverse=True)
    for _, at, one in near:
        if _is_so(one, remark):
            return Put(_with(parts, at, one), spans)
    for at in [at for _, at, _ in near] or range(len(parts) - 1, -1, -1):
        if changed := _changed(parts[at], remark):
            return Put(_with(parts, at, changed), spans)
    return None


def _likest(word: str, parts: Sequence[str]) -> tuple[float, int]:
    """How like a word is to the part of a name that is most like it, and which that is."""
    return max((spelling.like(word, part), at) for at, part in enumerate(parts))


def _with(parts: Sequence[str], at: int, word: str) -> str:
    word = word.capitalize() if parts[at][:1].isupper() and word.islower() else word
    return " ".join([*parts[:at], word, *parts[at + 1 :]])


def _around(said: Utterance, remark: Remark) -> Iterator[re.Match[str]]:
    """The words before and behind a remark."""
    for match in _WORD.finditer(said.text):
        if match.end() <= remark.start or remark.end <= match.start():
            yield match


_WORD = re.compile(r"[^\W\d_]{3,}(?:['’-][^\W\d_]+)*")


def _is_so(word: str, remark: Remark) -> bool:
    """Whether a word has the letter as it is said."""
    runs = list(_runs(word, remark.letters))
    if remark.last:
        runs = [run for run in runs if run.end() >= len(word) - 2 * (remark.least == 2)]  # "two r at the end": Ferrer
    return any(remark.least <= len(run[0]) <= remark.most for run in runs) if remark.most else not runs


def _changed(word: str, remark: Remark) -> str:
    """A word with the letter written so often, where only one place may be meant; "" where none or several may."""
    runs = list(_runs(word, remark.letters))
    if remark.least == 2:  # a name does not begin with a double letter
        runs = [run for run in runs if run.start() and len(run[0]) == 1]
        between = [run for run in runs if _is_between(word, run)]
        run = runs[-1] if runs and (remark.last or len(runs) == 1) else between[0] if len(between) == 1 else None
        return word[: run.start()] + run[0] + word[run.start() :] if run else ""
    if not remark.most:
        return word[: runs[0].start()] + word[runs[0].end() :] if len(runs) == 1 else ""
    if double := [run for run in runs if len(run[0]) == 2 and remark.most == 1]:
        return word[: double[0].start() + 1] + word[double[0].end() :] if len(double) == 1 else ""
    return _instead(word, remark) if not runs or remark.last else ""


def _instead(word: str, remark: Remark) -> str:
    """With the letter in the place of one that sounds the same, or behind all of them."""
    letter = next(iter(sorted(remark.letters)))
    alike = frozenset("".join(same for same in _SAME if letter in same)) - remark.letters
    plain = _plain(word)
    places = [at for at, sign in enumerate(plain) if sign in alike]
    if remark.last:
        places = [at for at in places if at == len(word) - 1]
    if len(places) == 1:
        new = letter.upper() if word[places[0]].isupper() else letter
        return word[: places[0]] + new + word[places[0] + 1 :]
    return word + letter if remark.last and not places else ""


def _runs(word: str, letters: frozenset[str]) -> Iterator[re.Match[str]]:
    return re.finditer(f"([{''.join(letters)}])\\1*", _plain(word))


def _plain(word: str) -> str:
    """In small letters, as long as it is."""
    lower = word.lower()
    return lower if len(lower) == len(word) else word


def _is_between(word: str, run: re.Match[str]) -> bool:
    """Whether a letter stands between vowels, or ends the word behind one."""
    plain = _plain(word)
    before, after = plain[run.start() - 1], plain[run.end() : run.end() + 1]
    return before in _VOWELS and (not after or after in _VOWELS)


def _remarks(said: Utterance) -> Iterator[Remark]:
    """What an utterance says of letters."""
    tell = lexicon.of(said.language)
    for least, most, pattern in _patterns(said.language):
        for match in patterns.finditer(pattern, said.text, re.IGNORECASE):
            letter = match["letter"].lower()
            if len(letter) == 1 and changes.is_everyday(letter, said.language) and not _ends(said.text, match.end()):
                continue
            denied = rf"{words.any_of(tell.answers.denies)}\s+(?:(?:{tell.names.with_})\s+)?$"
            if patterns.search(denied, said.text[: match.start()], re.IGNORECASE):
                continue
            ends = rf"\s+(?:\w{{1,4}}\s+){{0,2}}(?:{'|'.join(tell.phone.ends.split()) or '(?!)'})"
            last = bool(patterns.compiled(ends, re.IGNORECASE).match(said.text, match.end()))
            yield Remark(_letters(letter, said.language), least, most, last, *match.span())


def _ends(text: str, at: int) -> bool:
    """Whether nothing goes on behind a letter that is a word too: "with a" is no letter before "friend"."""
    return not re.match(r"[\s-]+\w", text[at:])


def _letters(said: str, language: str) -> frozenset[str]:
    """The letters that one is, by its name or itself: another alphabet's too."""
    tell = lexicon.of(language).email
    if len(said) == 1:
        return frozenset(said)
    named = next(latin for name, latin in tell.letters.items() if said in (name, f"{name}s", f"{name}es"))
    return frozenset([named, *(sign for sign, latin in tell.written.items() if latin == named)])


@cache
def _patterns(language: str) -> tuple[tuple[int, int, str], ...]:
    """What is looked for, with how often the letter is written, at the least and at the most."""
    tell = lexicon.of(language)
    names, without = tell.names, tell.email.without or r"(?!)"
    called = sorted((name for name in tell.email.letters if len(name) > 1), key=len, reverse=True)
    either = rf"(?:{'|'.join(called) or '(?!)'})(?:e?s)?|[^\W\d_]"
    # Several letters are a sound, not one: "with P H".
    letter = rf"[«\"„“'’]?(?P<letter>{either})(?:['’]?s)?[»\"“”'’]?(?![\w'’-])(?!\s+[^\W\d_](?!\w))"
    article = rf"(?:(?:{names.with_articles})\s+)?" if names.with_articles else ""
    return (
        (2, 2, rf"(?<!\w)(?:{names.twice})[\s-]+{letter}"),
        (1, 1, rf"(?<!\w)(?:{names.once})\s+{letter}"),
        (1, MANY, rf"(?<!\w)(?:{names.with_})\s+{article}{letter}"),
        (0, 0, rf"(?<!\w)(?:{without})\s+(?:[^\W\d_]{{2,3}}\s+|l['’])?{letter}"),  # "sans l'h"
    )
