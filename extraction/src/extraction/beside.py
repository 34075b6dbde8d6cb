"""The words around a run of words: its sentence, what they weigh, whether they are everyday ones."""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from extraction.tokens import Token


class Beside:
    """What is around every run of words of an utterance, worked out once: runs are many, and sentences are not.

    `structure` are the words that belong to phrases which were understood. No run goes on over a gap, so that what is
    around its first word is around all of it.
    """

    def __init__(self, found: Sequence[Token], structure: Collection[int]) -> None:
        self._found, self._structure = found, structure
        self.everything = range(len(found))
        self._sentences, self._sections = _stretches(found, "."), _stretches(found, ".,")
        self._weights, self._told = dict[range, float](), dict[range, int]()

    def sentence(self, at: int) -> range:
        """The words between the ends of sentences around one."""
        return self._sentences[at]

    def section(self, at: int) -> range:
        """The words between the pauses around one."""
        return self._sections[at]

    def weight(self, places: range) -> float:
        """How much words tell together, those of the structure left out."""
        if places not in self._weights:
            told = (self._found[at].facts.weight for at in places if at not in self._structure)
            self._weights[places] = sum(told)
        return self._weights[places]

    def told(self, places: range) -> int:
        """How many words say something."""
        if places not in self._told:
            said = (not self._found[at].facts.is_filler for at in places if at not in self._structure)
            self._told[places] = sum(said)
        return self._told[places]


def _stretches(found: Sequence[Token], gaps: str) -> list[range]:
    """For each word those between the nearest breaks of such gaps."""
    made: list[range] = []
    for last in range(1, len(found) + 1):
        if last == len(found) or (found[last].gap and found[last].gap in gaps):
            made += [range(len(made), last)] * (last - len(made))
    return made


def within(places: Sequence[int], first: int, last: int) -> bool:
    """Whether one of the places, which are in order, is from the first to the last one."""
    at = bisect_left(places, first)
    return at < len(places) and places[at] <= last


def everyday(token: Token | None, at: int, structure: Collection[int]) -> float:
    """How much the word beside a run belongs to a sentence, 0 to 1: verbs, pronouns and the like are frequent."""
    if token is None or at in structure or token.facts.is_filler or token.facts.is_title:
        return 0.0
    return max(0.0, min(1.0, (token.facts.common - 4.0) / 2.0))
