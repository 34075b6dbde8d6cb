"""One of a list, as the form asked for it before there were kinds."""

from collections.abc import Mapping, Sequence
from datetime import date

from extraction.kinds import Ask
from extraction.kinds.choice import Choice
from extraction.utterance import Utterance


def find(text: str, language: str, choices: Mapping[str, Sequence[str]], *, asked: bool) -> tuple[str, str]:
    """The value chosen ("" when none, or more than one), and the text without it."""
    found = Choice().find(
        Utterance(text, language), Ask((language,), "", date(2027, 1, 1), asked=asked, choices=choices)
    )
    if not found or found[0].others:
        return "", text
    return found[0].value, Utterance(text, language).cut(found[0].spans).text
