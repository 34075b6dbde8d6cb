"""How a name is spoken in its sentence: of whom one asks, whom one calls to, of whom one speaks."""

from functools import cache

from extraction import beside, kin, lexicon, patterns, people, table
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


def is_called(text: str, found: list[Token], first: int, last: int, structure: frozenset[int]) -> bool:
    """Whether somebody in the room is called to: a name parted by a comma from the rest of an exclamation
    ("Rex, sit!", "Shut the door, Tom!").
    """
    sentence = beside.stretch(found, first, last, ".")
    before, after = range(sentence.start, first), range(last, sentence.stop)
    parted = (not before or "," in found[first].gap) and (not after or "," in found[last].gap)
    rest = [at for at in (*before, *after) if at not in structure and not found[at].facts.is_filler]
    return parted and bool(rest) and _ends(text, found, sentence.stop).startswith("!")


def asks(text: str, found: list[Token], last: int) -> bool:
    """Whether the sentence is a question in which a run ends."""
    for at in range(last, len(found) + 1):
        if at == len(found) or found[at].gap == ".":
            return "?" in _ends(text, found, at)
    return False


def _ends(text: str, found: list[Token], stop: int) -> str:
    """What ends a sentence, `stop` being the word behind it."""
    return text[found[stop - 1].end : found[stop].start if stop < len(found) else len(text)].strip()
