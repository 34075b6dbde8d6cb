"""One of those that a scenario lists: each is known by its words, or by its place ("the second one")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extraction import lexicon, patterns, words
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance

ASKED, IN_PASSING, IN_QUESTION, PLACED, CHOICE = 0.96, 0.92, 0.7, 0.85, 0.5


@dataclass(frozen=True, slots=True)
class _Said:
    value: str
    start: int
    end: int


class Choice:
    """The value of a choice."""

    name = "choice"
    order = 60
    dictated = False
    normal, apart, literal, strict = "choice", "", False, True

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """The one that is named and not denied; of two the caller is asked which."""
        if ask.known and not (ask.asked or ask.corrects):
            return []  # a word in passing does not change what is known
        found, denied = _named(said, ask.choices)
        if ask.corrects:  # beside another, the one that is there is named to be replaced
            found = [one for one in found if one.value != ask.known] or found
        if found:
            first, *rest = found
            spans = tuple((one.start, one.end) for one in found)
            if rest:
                return [Candidate(first.value, CHOICE, spans, tuple(one.value for one in rest))] if ask.asked else []
            sure = ASKED if ask.asked else IN_QUESTION if said.asks and not ask.corrects else IN_PASSING
            return [Candidate(first.value, sure, spans)]
        return _by_place(said, ask) if ask.asked and not denied else []

    def patch(self, value: str, said: Utterance, ask: Ask) -> None:
        """It has no parts."""

    def check(self, value: str, ask: Ask) -> str:
        """One of the values, or the only one that a text names."""
        plain = value.strip()
        if plain in ask.choices:
            return plain
        found, _ = _named(Utterance(plain, ask.languages[0]), ask.choices)
        return found[0].value if len(found) == 1 else ""

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """In the first words of the choice."""
        said = ask.choices.get(value, ())
        return said[0] if said else value

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """One that is named is a whole answer."""
        return False if len(_named(said, ask.choices)[0]) == 1 else None


def _named(said: Utterance, choices: Mapping[str, Sequence[str]]) -> tuple[list[_Said], bool]:
    """The choices that are named, and whether one is denied.

    A word stands for all that begin with it ("стандарт" for "стандартный"). "Double room" is said with the word of
    "room": of two that overlap the longer one is meant.
    """
    found: list[_Said] = []
    denied = False
    for value, known in choices.items():
        options = "|".join(_begins(one.lower()) for one in sorted(known, key=len, reverse=True))
        for match in patterns.finditer(rf"(?<!\w)(?:{options})", said.text, re.IGNORECASE) if options else ():
            if _denied(said.text[: match.start()], said.text[match.end() :], said.language):
                denied = True
            elif all(one.value != value for one in found):
                found.append(_Said(value, *match.span()))
    kept = [one for one in found if not any(_inside(one, other) for other in found if other is not one)]
    return kept, denied


def _begins(words_: str) -> str:
    """The words of a choice, each as the beginning of one: "vistas al mar" for "vista al mar"."""
    return r"\s+".join(re.escape(word) + r"\w*" for word in words_.split())


def _inside(one: _Said, other: _Said) -> bool:
    same = (one.start, one.end) == (other.start, other.end)
    return not same and other.start <= one.start and one.end <= other.end


def _denied(before: str, after: str, language: str) -> bool:
    """Whether it is said not to be so: "not the big one"; in some languages what says it comes after."""
    answers = lexicon.of(language).answers
    marks = words.any_of((*answers.denies, *answers.changes))
    denial = rf"(?:{marks}\s+(?:\w{{1,3}}\s+)?|(?<!\w)(?:{lexicon.of(language).choices.denied})\s+)$"
    if patterns.search(denial, before, re.IGNORECASE):
        return True
    return bool(patterns.compiled(r"\s+" + words.any_of(answers.denies_after), re.IGNORECASE).match(after))


def _by_place(said: Utterance, ask: Ask) -> list[Candidate]:
    values = list(ask.choices)
    places = lexicon.of(said.language).choices
    options = [*zip(places.places.split(), values, strict=False), *([(places.last, values[-1])] if values else [])]
    for word, value in options:
        if match := patterns.search(rf"(?<!\w)(?:{word})\w*", said.text, re.IGNORECASE):
            return [Candidate(value, PLACED, (match.span(),))]
    return []
