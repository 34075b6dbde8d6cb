"""Which words of an utterance are which field's: every kind says what it finds, evidence decides.

No part of an utterance is part of two values: digits of one field never flow into another.
"""

from collections.abc import Iterable, Mapping

from extraction import words
from extraction.denial import Spans
from extraction.kinds import Ask, Candidate, Kind
from extraction.offers import overlap
from extraction.utterance import Utterance

LEAST = 0.4
"""Confidence below which nothing is taken."""
CHOICE = 0.3
"""The same where one of two was meant: nothing is held before the caller has said which."""
UNASKED = 0.6
"""The same for a field that was not asked for: it will be."""
SLACK = 0.05
"""As sure, nearly."""
LONGER, MORE = 0.7, 1.5
"""Confidence, and times the letters, from which a value explains what is a part of its words."""
ROUNDS = 2
"""Times that the kinds are asked: of all that was said, and of what the others have left."""
ASKED_FOR = 0.05
"""What it weighs that our last words asked for the field, beside what its kind makes of that."""


def assign(
    said: Utterance, asks: Mapping[str, tuple[Kind, Ask]], held: Mapping[str, float] | None = None
) -> dict[str, Candidate]:
    """New values by field; one that is known already is not new, but its words are taken.

    `held` is how sure the values are that we have: in passing, only what is as sure takes their place.
    """
    found: dict[str, Candidate] = {}
    taken: Spans = ()
    waiting, rest = dict(asks), said
    for _ in range(ROUNDS):
        offers = [
            (one.confidence + ASKED_FOR * ask.asked, -kind.order, name, one)
            for name, (kind, ask) in waiting.items()
            for one in kind.find(rest, ask)
            if one.confidence >= _least(one, ask, (held or {}).get(name, 0))
        ]
        for _, _, name, one in sorted(offers, key=lambda offer: offer[:2], reverse=True):
            if name not in found and not overlap(one.spans, taken) and not is_part(one, [o[3] for o in offers]):
                found[name] = one
                taken += one.spans
        waiting = {name: asks[name] for _, _, name, _ in offers if name not in found}
        if not waiting:
            break
        rest = said.cut(taken)  # what is left of the utterance may hold another value of theirs
    return {name: one for name, one in found.items() if one.value != asks[name][1].known}


def is_part(one: Candidate, others: Iterable[Candidate]) -> bool:
    """Whether a value is made of a part of the words that make another, longer one: the name in an address."""
    length = _length(one)
    return any(
        other.confidence >= LONGER and overlap(other.spans, one.spans) and _length(other) > MORE * length
        for other in others
        if other is not one and not other.others
    )


def _length(one: Candidate) -> int:
    return sum(last - first for first, last in one.spans)


def _least(one: Candidate, ask: Ask, held: float) -> float:
    """How sure a value must be. In passing: sure enough not to be asked for, and as sure as that which it replaces,
    unless it says all of that and more. Where one of two was meant the caller is asked which.
    """
    if one.others and (ask.asked or not ask.known):
        return CHOICE
    if ask.asked:
        return LEAST
    more = ask.known and {*words.split(ask.known.lower())} < {*words.split(one.value.lower())}
    return UNASKED if more else max(UNASKED, held - SLACK)
