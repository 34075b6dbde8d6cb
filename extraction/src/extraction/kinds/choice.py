"""One of those that a scenario lists: each is known by its words, or by its place ("the second one")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extraction import changes, lexicon, patterns, words
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance

ASKED, IN_PASSING, IN_QUESTION, PLACED, CHOICE = 0.96, 0.92, 0.7, 0.85, 0.5
MOST_BETWEEN = 4
"""Everyday words between a no and what it denies."""
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)")
_CLAUSE = re.compile(r"[,;:.!?…–]+(?=\s|$)")


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
    """The choices that are meant, and whether one is denied.

    Of several that are named those count that nothing in their clause denies, that are no memory and no question, that
    are said last or concluded, as far as that leaves any.
    """
    text = _blanked(said)
    found = _mentions(text, choices)
    kept = [one for one in found if not _denied(text[: one.start], text[one.end :], said.language)]
    denied = len(kept) < len(found)
    for meant in (_wanted, _now, _stated, _last, _concluded):
        if len({one.value for one in kept}) > 1:
            kept = meant(kept, text, said.language) or kept
    return [next(one for one in kept if one.value == value) for value in choices if _has(kept, value)], denied


def _has(found: list[_Said], value: str) -> bool:
    return any(one.value == value for one in found)


def _mentions(text: str, choices: Mapping[str, Sequence[str]]) -> list[_Said]:
    """Where choices are named, in the order in which they are said.

    A word stands for all that begin with it ("стандарт" for "стандартный"). "Double room" is said with the word of
    "room": of two that overlap the longer one is meant.
    """
    found = []
    for value, known in choices.items():
        options = "|".join(_begins(one.lower()) for one in sorted(known, key=len, reverse=True))
        matches = patterns.finditer(rf"(?<!\w)(?:{options})", text, re.IGNORECASE) if options else ()
        found += [_Said(value, *match.span()) for match in matches]
    kept = [one for one in found if not any(_inside(one, other) for other in found if other is not one)]
    return sorted(kept, key=lambda one: one.start)


def _blanked(said: Utterance) -> str:
    """The text without what only sounds like a no: "no problem", "why not"."""
    agreed = words.any_of(lexicon.of(said.language).answers.agreed)
    return patterns.compiled(agreed, re.IGNORECASE).sub(lambda match: " " * len(match[0]), said.text)


def _now(found: list[_Said], text: str, language: str) -> list[_Said]:
    """Those that are not told of the past: what is named first behind "last year", in that sentence."""
    marks = patterns.finditer(rf"(?<!\w)(?:{lexicon.of(language).choices.past})(?!\w)", text, re.IGNORECASE)
    past = set()
    for mark in marks:
        after = next((one for one in found if one.start >= mark.end()), None)
        if after and not _SENTENCE.search(text, mark.end(), after.start):
            past.add(after.value)
    return [one for one in found if one.value not in past]


def _stated(found: list[_Said], text: str, _language: str) -> list[_Said]:
    """Those that are no question: "a view or a suite? The suite"."""
    ends = ((one, _SENTENCE.search(text, one.end)) for one in found)
    return [one for one, end in ends if not (end and "?" in end[0])]


def _last(found: list[_Said], text: str, _language: str) -> list[_Said]:
    """Those in the last sentence that names one: it takes the place of what was said before."""
    return [one for one in found if not _SENTENCE.search(text, one.end, found[-1].start)]


def _concluded(found: list[_Said], text: str, language: str) -> list[_Said]:
    """The last, said for the second time, or behind a "so" or a "yes": "a view or a suite, yes, a suite"."""
    last = found[-1]
    total = lexicon.of(language).counting.total
    marks = rf"{words.any_of(tuple(sorted(words.yes(language))))}|(?<!\w)(?:{total})(?!\w)"
    again = any(one.value == last.value for one in found[:-1])
    if again or patterns.search(rf"(?:{marks})[\s,:]+(?:[^\W\d_]+\s+){{0,2}}$", text[: last.start], re.IGNORECASE):
        return [last]
    return []


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


def _wanted(found: list[_Said], text: str, language: str) -> list[_Said]:
    """Those whose clause has no no: "we don't need a view", "the suite they won't pay for"."""
    no = rf"(?<!\w)(?:{lexicon.of(language).choices.negates})(?!\w)"
    kept = []
    for at, one in enumerate(found):
        start, end = found[at - 1].end if at else 0, found[at + 1].start if at + 1 < len(found) else len(text)
        before = _CLAUSE.split(text[start : one.start])[-1]
        after = text[one.end : end]
        clause = _CLAUSE.split(after, maxsplit=1)[0]
        nos = list(patterns.finditer(no, before, re.IGNORECASE))
        behind = patterns.search(no, clause, re.IGNORECASE)
        other = end < len(text) and len(clause) == len(after)  # the no may be said of that one
        denied = nos and _is_near(before[nos[-1].end() :], language)
        if not denied and (not behind or other or _is_subordinate(clause[: behind.start()], language)):
            kept.append(one)
    return kept


def _is_near(between: str, language: str) -> bool:
    """Whether so few words stand between a no and what is named that it denies that."""
    said = words.split(between)
    usual = all(changes.is_everyday(word, language) for word in said)
    return len(said) <= MOST_BETWEEN and usual and not _is_subordinate(between, language)


def _is_subordinate(text: str, language: str) -> bool:
    """Whether a clause within the clause begins: "the suite if it is not taken"."""
    begins = lexicon.of(language).choices.subordinates
    return bool(patterns.search(rf"(?<!\w)(?:{begins})(?!\w)", text, re.IGNORECASE))


def _by_place(said: Utterance, ask: Ask) -> list[Candidate]:
    values = list(ask.choices)
    places = lexicon.of(said.language).choices
    options = [*zip(places.places.split(), values, strict=False), *([(places.last, values[-1])] if values else [])]
    for word, value in options:
        if match := patterns.search(rf"(?<!\w)(?:{word})\w*", said.text, re.IGNORECASE):
            return [Candidate(value, PLACED, (match.span(),))]
    return []
