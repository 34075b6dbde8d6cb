"""The caller's own words."""

from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance

SURE = 0.9


class Text:
    """What was asked for in the caller's own words is all of them."""

    name = "text"
    order = 100
    dictated = False
    normal = "the caller's own words"
    apart = ""
    literal = False
    strict = False

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """The whole answer; nothing that was not asked for, nor signs without a word."""
        text = said.text.strip()
        return [Candidate(text, SURE)] if ask.asked and any(sign.isalnum() for sign in text) else []

    def patch(self, value: str, said: Utterance, ask: Ask) -> None:
        """It has no parts that we know."""

    def check(self, value: str, ask: Ask) -> str:
        """Any words."""
        return value.strip()

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """As it was said."""
        return value

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> None:
        """Nobody knows."""


TEXT = Text()
