"""The words around a run of words: its sentence, what they weigh, whether they are everyday ones."""

from collections.abc import Collection

from extraction.tokens import Token


def stretch(found: list[Token], first: int, last: int, gaps: str) -> range:
    """The words between the nearest breaks of such gaps."""
    while first > 0 and not (found[first].gap and found[first].gap in gaps):
        first -= 1
    while last < len(found) and not (found[last].gap and found[last].gap in gaps):
        last += 1
    return range(first, last)


def weight(found: list[Token], places: range, structure: Collection[int]) -> float:
    """How much words tell together, those left out that belong to phrases which were understood."""
    return sum(found[i].facts.weight for i in places if i not in structure)


def everyday(token: Token | None, at: int, structure: Collection[int]) -> float:
    """How much the word beside a run belongs to a sentence, 0 to 1: verbs, pronouns and the like are frequent."""
    if token is None or at in structure or token.facts.is_filler or token.facts.is_title:
        return 0.0
    return max(0.0, min(1.0, (token.facts.common - 4.0) / 2.0))
