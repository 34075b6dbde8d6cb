"""Runs of words that may be a name, and names that are said in parts: "Bond, James Bond", "surname Cooper, Alice"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extraction import lexicon, spelling, tokens
from extraction.utterance import Utterance

LIKELY = 0.5
BOTH_CALLED, ONE_CALLED, SAID_TWICE = 0.95, 0.8, 0.8
LONGEST, LETTERS = 6, 80
"""Words and signs of a name, at the most."""


@dataclass(frozen=True, slots=True)
class Found:
    """A run, how sure it is, and why."""

    words: tuple[str, ...]
    start: int
    end: int
    sure: float
    evidence: dict[str, float]


def fullest(found: Sequence[Found]) -> Found:
    """The likeliest, or a longer one that has all its words: "Bond, James Bond"."""
    best = found[0]
    words = {word.lower() for word in best.words}
    for other in found[1:]:
        has = {word.lower() for word in other.words}
        if len(other.words) > len(best.words) and words <= has:
            return replace(other, sure=max(best.sure, other.sure))
        if len(best.words) > len(other.words) and has <= words and other.end <= best.start:
            return replace(best, sure=max(best.sure, SAID_TWICE))
    return best


def behind_spelled(best: Found, found: Sequence[Found], spelled: str) -> Found | None:
    """The surname behind a given name that was said, and spelled: "Lukasz, L-U-K-A-S-Z, and then Brandt"."""
    if len(best.words) > 1 or spelling.like(best.words[0], spelled) < spelling.LIKE:
        return None
    behind = [one for one in found if one.start > best.end and one.sure >= LIKELY / 4 and one.evidence["surname"]]
    return min(behind, key=lambda one: one.start, default=None)


def together(found: Sequence[Found], said: Utterance) -> Found | None:
    """A name in two parts, each called by its name: "first name Alice, last name Cooper"."""
    around = lexicon.of(said.language).names
    first, first_at = _behind(said, "first_name", found)
    others = [one for one in found if one is not first]
    last, last_at = _behind(said, "last_name" if first or not around.last_name_alone else "last_name_alone", others)
    sure = BOTH_CALLED
    if last and not first:  # "Alice, last name Cooper"
        first = next((one for one in others if one.end <= last_at and one.sure >= LIKELY / 4), None)
        first = first or next((one for one in others if one.start >= last.end and _is_given(one)), None)
        sure = ONE_CALLED
    elif first and not last:  # "Cooper, first name Alice"
        last = next((one for one in others if one.end <= first_at and one.sure >= LIKELY / 4), None)
        sure = ONE_CALLED
    if not first or not last or first is last:
        return None
    return Found(
        (*first.words, *last.words),
        min(first.start, last.start),
        max(first.end, last.end),
        max(first.sure, last.sure, sure),
        first.evidence,
    )


def _is_given(one: Found) -> bool:
    """Whether it is a given name that is introduced by itself: "surname Moroz, and I'm called Vera"."""
    introduced = any(one.evidence[key] for key in ("told", "answered", "answered, asked"))
    return introduced and len(one.words) == 1 and one.evidence["given"] > 0


def _behind(said: Utterance, key: str, found: Sequence[Found]) -> tuple[Found | None, int]:
    """The name behind what a part is called, and where that stands."""
    for start, end in tokens.spans(said.text, "names", key, (said.language,)):
        for one in found:
            between = said.text[end : one.start]
            if one.start >= end and len(between.split()) <= 1 and len(between) < LONGEST * 2:
                return one, start
    return None, -1
