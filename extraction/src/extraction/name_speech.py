"""How a name is spoken in its sentence: of whom one asks, whom one calls to, of whom one speaks."""

from functools import cache

from extraction import kin, lexicon, patterns, people, table
from extraction.tokens import Token


def kin_of(token: Token, language: str) -> float:
    """How usual a word is of which this one is another form."""
    return max(0.0, kin.usual(token.lower, language) - 2.9)


def is_oblique(token: Token, language: str) -> bool:
    """Whether a given name stands in another case than the nominative: somebody is spoken of."""
    if not lexicon.of(language).names.declines_after or language in people.known(token.lower).given:
        return False
    nominative = people.nominative(token.lower)
    return bool(nominative) and table.folded(nominative) != table.folded(token.lower)


@cache
def is_calendar(word: str, language: str) -> bool:
    """Whether a word is a month or a day of the week."""
    dates = lexicon.of(language).dates
    forms = "|".join((*dates.month_forms, *dates.weekday_forms))
    return bool(patterns.compiled(rf"(?:{forms})\Z").match(word))


def is_called(text: str, found: list[Token], run: range, sentence: range, structure: frozenset[int]) -> bool:
    """Whether somebody in the room is called to: a name parted by a comma from the rest of an exclamation
    ("Rex, sit!", "Shut the door, Tom!").
    """
    before, after = range(sentence.start, run.start), range(run.stop, sentence.stop)
    parted = (not before or "," in found[run.start].gap) and (not after or "," in found[run.stop].gap)
    if not parted or not _ends(text, found, sentence.stop).startswith("!"):
        return False
    return any(at not in structure and not found[at].facts.is_filler for at in (*before, *after))


def asks(text: str, found: list[Token], stop: int) -> bool:
    """Whether a sentence is a question, `stop` being the word behind it."""
    return "?" in _ends(text, found, stop)


def _ends(text: str, found: list[Token], stop: int) -> str:
    """What ends a sentence, `stop` being the word behind it."""
    return text[found[stop - 1].end : found[stop].start if stop < len(found) else len(text)].strip()
