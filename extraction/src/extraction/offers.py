"""What an utterance may give in the place of values that are there, and which of it is taken: no words serve two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from extraction import gazetteer
from extraction.denial import Spans
from extraction.kinds import Candidate

SECOND = 0.75
"""Confidence of what nothing points at beside something else."""
MORE = 1.5
"""Times the letters of another from which a value explains what both are made of."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate for a field, how much it weighs, and whether anything points at that field."""

    weight: float
    name: str
    one: Candidate
    meant: bool


def spans_of(found: Mapping[str, Candidate]) -> Spans:
    """The words that values were made of."""
    return tuple(span for one in found.values() for span in one.spans)


def chosen(offers: Sequence[Offer]) -> dict[str, Candidate]:
    """The heaviest offers that are not made of the same words; what nothing points at joins others when it is sure."""
    fresh: dict[str, Candidate] = {}
    taken: Spans = ()
    for offer in sorted(offers, key=lambda offer: -offer.weight):
        if any(_says_more(other, offer) for other in offers):
            continue
        if fresh and not offer.meant and (offer.one.confidence < SECOND or _is_within(offer.one, fresh.values())):
            continue
        if offer.name not in fresh and not overlap(offer.one.spans, taken):
            fresh[offer.name] = offer.one
            taken += offer.one.spans
    return fresh


def _is_within(one: Candidate, others: Iterable[Candidate]) -> bool:
    """Whether a value is a word of another one, which was said twice: a name that is a town's too."""
    return any(gazetteer.is_same(one.value, word) for other in others for word in other.value.split())


def _says_more(other: Offer, one: Offer) -> bool:
    """Whether the words of an offer are part of another value, which is made of many more: the name in an address."""
    if other.name == one.name or other.one.confidence < SECOND or other.meant < one.meant:
        return False
    long, short = (sum(last - first for first, last in offer.one.spans) for offer in (other, one))
    return overlap(other.one.spans, one.one.spans) and long > MORE * short


def overlap(one: Spans, other: Spans) -> bool:
    """Whether two values were made of the same words."""
    return any(first < end and start < last for first, last in one for start, end in other)
