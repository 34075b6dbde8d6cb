"""A number of things, as the form asked for it before there were kinds."""

from datetime import date

from extraction.kinds import Ask
from extraction.kinds.number import Number
from extraction.utterance import Utterance


def find(text: str, language: str, low: float | None, high: float | None, ask: str = "") -> tuple[str, str]:
    """The number that an answer gives, as digits ("" when there is none), and the text without it."""
    wanted = Ask((language,), "", date(2027, 1, 1), asked=True, low=low, high=high, question=ask)
    found = Number().find(Utterance(text, language), wanted)
    return (found[0].value, Utterance(text, language).cut(found[0].spans).text) if found else ("", text)
