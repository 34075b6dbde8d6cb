"""What the phrases of the lexicons mark in an utterance around a name: "my name is", "my wife", "is my name"."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from extraction import tokens
from extraction.tokens import Token
from extraction.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Around:
    """What the phrases of the lexicons mark: by the index of the word that follows, or that went before."""

    told: frozenset[int]
    """Words that follow "my name is"."""
    answered: frozenset[int]
    """Words that follow "it's", "I am"."""
    behind: frozenset[int]
    """Words right before "is my name"."""
    behind_answered: frozenset[int]
    others: frozenset[int]
    """Words that follow "my wife", "may I speak to"."""
    relations: frozenset[int]
    """Words that are part of such phrases themselves: "mum of"."""
    others_behind: frozenset[int]
    """Words right before "told me", "in today"."""
    denied: frozenset[int]
    structure: frozenset[int]
    """Words that are part of such phrases, and those that are said twice."""
    repeated: frozenset[int]
    numbers: frozenset[int]
    """Words that are numbers."""
    parts: frozenset[int]
    """Words that follow "surname", "first name", where that introduces no whole name."""


@lru_cache(maxsize=64)
def of(said: Utterance, languages: tuple[str, ...], whole: Utterance) -> Around:
    """What is marked in an utterance; it is asked for more than once in a turn."""
    found, structure = tokens.of(said.text, said.language), set[int]()
    starts, ends = [token.start for token in found], [token.end for token in found]

    def spans(key: str, section: str = "names") -> tuple[tuple[int, int], ...]:
        return tokens.spans(said.text, section, key, languages)

    def follow(phrases: Iterable[tuple[int, int]], *, please: bool = False) -> set[int]:
        after: set[int] = set()
        for start, end in phrases:
            phrase = tokens.covered(starts, start, end)
            structure.update(phrase)
            at = _behind(found, phrase.stop, after, please=please)
            if at < len(found) and (found[at].gap != "." or ":" in said.text[end : found[at].start]):
                after.add(at)
        return after

    def precede(key: str, *, part: bool = True) -> set[int]:
        before: set[int] = set()
        for start, end in spans(key):
            at = bisect_right(ends, start) - 1
            if at >= 0 and (at + 1 >= len(found) or found[at + 1].gap != "."):
                if part:
                    structure.update(tokens.covered(starts, start, end))
                before.add(at)
                if not part and at + 1 < len(found) and found[at + 1].gap:
                    before.update(_before_aside(found, at))
        return before

    for start, end in spans("stop", "turns"):  # "one moment" names nobody
        structure.update(tokens.covered(starts, start, end))
    structure.update(i for i, token in enumerate(found[:-1]) if token.facts.is_title and not found[i + 1].gap)
    repeated = _repeated(found)
    told = follow(spans("introductions"))
    parts = follow(spans("first_name")) | follow(spans("last_name"))
    others = _others(found, spans("others"), spans("introductions"), spans("if_asked"))
    return Around(
        frozenset(told | parts),
        frozenset(follow(spans("if_asked"))),
        frozenset(precede("afterwards")),
        frozenset(precede("afterwards_if_asked")),
        frozenset(follow(others, please=True)),
        frozenset(at for start, end in others for at in tokens.covered(starts, start, end)),
        frozenset(precede("others_after", part=False)),
        frozenset(follow(spans("denies", "answers"))),
        frozenset(structure | repeated),
        frozenset(repeated),
        frozenset(numbers(whole, found)),
        frozenset(parts - told),
    )


Spans = tuple[tuple[int, int], ...]


def _others(found: list[Token], others: Spans, told: Spans, asked: Spans) -> list[tuple[int, int]]:
    """The phrases before somebody else's name, but for those that are part of what introduces the caller's own."""
    return [
        (start, end)
        for start, end in others
        # "under my husband's name", and "mein Name ist Frau Schneider"
        if not any(first <= start and end <= last for first, last in (*told, *asked))
        and not any(first <= start < last and _titles(found, last, end) for first, last in told)
    ]


def _behind(found: list[Token], at: int, after: set[int], *, please: bool) -> int:
    """Where a name stands behind a phrase: past titles, which go to `after`, and politeness."""
    while please and at < len(found) and found[at].facts.is_filler and found[at].gap != ".":
        at += 1
    while at < len(found) and at not in after and (found[at].facts.is_title or found[at].lower in _lead()):
        after.add(at)
        at += 1
    return at


def _titles(found: list[Token], start: int, end: int) -> bool:
    """Whether what is said there is a title, or nothing."""
    return all(token.facts.is_title for token in found if start <= token.start < end)


def _before_aside(found: list[Token], last: int) -> list[int]:
    """The word before an aside of a few words, of which the last one is given: "Thomas, from the third floor, who"."""
    for at in range(last, max(0, last - _ASIDE), -1):
        if found[at].gap:
            return [at - 1] if found[at].gap == "," else []
    return []


_ASIDE = 5
"""Words of an aside."""


def numbers(said: Utterance, found: list[Token]) -> set[int]:
    """The words that are read as numbers."""
    reading = said.readings[0]
    signs = {
        place for at, sign in enumerate(reading.text) if sign.isdigit() for place in range(*reading.source(at, at + 1))
    }
    return {i for i, token in enumerate(found) if token.start in signs}


def _repeated(found: list[Token]) -> set[int]:
    """Words of a name that is said in part and then as a whole: the first Huber of "Huber Xaver Huber"."""
    places: set[int] = set()
    for at, token in enumerate(found):
        for again in range(at + 1, min(at + 4, len(found))):
            if found[again].gap:
                break
            if found[again].lower == token.lower and not token.facts.is_filler:
                between = found[at + 1 : again]
                given = max((one.facts.given for one in between), default=1.0)
                # "Okafor Chinwe Okafor": of two words of no list the one that is said twice is the surname
                given_first = bool(between) and token.facts.given > given and not token.facts.surname
                places.add(again if given_first else at)
    return places


def _lead() -> frozenset[str]:
    return tokens.small("leading")
