"""Yes or no."""

from extraction import words
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance

PLAIN, WITH_MORE = 0.95, 0.75
"""Confidence of an answer that is a word or two, and of one that goes on."""
SHORT = 3


class YesNo:
    """An answer to a question that can be answered by yes or no."""

    name = "yes_no"
    order = 90
    dictated = False
    normal = "yes or no"
    apart = ""
    literal = False
    strict = True

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """Only an answer: a yes in passing says nothing about what was not asked."""
        if not ask.asked or not said.answer:
            return []
        return [Candidate(said.answer, PLAIN if len(said.words) <= SHORT else WITH_MORE)]

    def patch(self, value: str, said: Utterance, ask: Ask) -> None:
        """There is no part of it."""

    def check(self, value: str, ask: Ask) -> str:
        """`yes` or `no`, also in the words of the scenario's languages."""
        plain = value.strip().lower()
        if plain in ("yes", "no", "true", "false"):
            return "yes" if plain in ("yes", "true") else "no"
        return next((found for code in ask.languages if (found := words.means(plain, code))), "")

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """The plainest word for it."""
        return words.first(value == "yes", ask.languages[0])

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """A yes or a no is a whole answer."""
        return False if said.answer else None


YES_NO = YesNo()
