"""The words of an utterance with what is known of each: how frequent it is, and whether it is somebody's name."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache

from extraction import frequency, lexicon, people, words
from extraction.patterns import finditer

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_APART = re.compile(r"[.!?…\n]|\s[–—-]\s")
_PAUSE = re.compile(r"[,;:()\"«»„“”\d]")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the data know of a word in a language, whoever said it."""

    common: float
    """How frequent it is (frequency.zipf)."""
    given: float
    """0, or how usual it is as a given name: more for the language's own, and for those of many languages."""
    surname: float
    is_filler: bool
    """It opens an answer, or says yes or no."""
    is_small: bool
    """It is a small part of names: "van"."""
    is_title: bool

    @property
    def is_named(self) -> bool:
        """Whether it is in a list of names."""
        return self.given > 0 or self.surname > 0

    @property
    def weight(self) -> float:
        """How much it tells, 0 to 1: an everyday word nearly nothing."""
        return 0.0 if self.is_filler else min(1.0, max(0.1, (7.5 - self.common) / 3.5))


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int
    gap: str
    """What parts it from the word before: "" nothing but space, "," a pause or a number, "." the end of a sentence."""
    facts: Facts
    capital: bool

    @property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")


@lru_cache(maxsize=256)
def of(text: str, language: str) -> list[Token]:
    """The words of a text; every kind asks for them in turn. Nobody changes the list."""
    found: list[Token] = []
    last = 0
    for match in _WORD.finditer(text):
        between = text[last : match.start()]
        gap = "." if not found or _APART.search(between) else "," if _PAUSE.search(between) else ""
        if gap == "." and found and between.startswith(".") and len(found[-1].text) == 1 and "\n" not in between:
            gap = ""  # an initial: "J. Smith"
        if gap == "." and found and between.startswith(". ") and _is_short(found[-1]):
            gap = ""  # "Mrs. Miller", "St. Louis"
        said = match[0]
        found.append(Token(said, match.start(), match.end(), gap, facts(said.lower(), language), said[0].isupper()))
        last = match.end()
    return found


def _is_short(token: Token) -> bool:
    """Whether a dot behind a word shortens it."""
    return token.facts.is_title or (token.capital and len(token.text) <= _SHORT and token.facts.common < _USUAL)


_SHORT, _USUAL = 2, 5.5


def covered(starts: list[int], start: int, end: int) -> range:
    """The words that begin within a stretch of text, by where each word starts."""
    return range(bisect_left(starts, start), bisect_left(starts, end))


@lru_cache(maxsize=8_192)
def facts(word: str, language: str) -> Facts:
    """What is known of a word; of "jean-christophe" what is known of its parts."""
    lower = word.replace("’", "'")
    parts = [part for part in re.split(r"[-']", lower) if len(part) > 1] or [lower]
    kept = [
        people.known(lower),
        *([people.known(part) for part in parts] if len(parts) > 1 or parts[0] != lower else []),
    ]
    given = max(_usual(one.given, language) for one in kept)
    surname = max(_usual(one.surname, language) for one in kept)
    filler = lower in _fillers(language) or _is_drawn_out(lower)
    if filler and not any(language in one.given for one in kept):
        given = 0.0  # "hello" is a given name somewhere
    if not given and people.nominative(lower):
        given = _usual(("ru",), language)
    return Facts(
        frequency.zipf(lower, language),
        given,
        surname,
        filler,
        lower in small("particles"),
        lower in lexicon.of(language).names.titles.split() or (lower in small("titles") and not given),
    )


def _usual(languages: tuple[str, ...], language: str) -> float:
    if not languages:
        return 0.0
    return min(1.0, 0.4 + 0.05 * len(languages) + (0.3 if language in languages else 0.0))


def _is_drawn_out(word: str) -> bool:
    """Whether it is one sound: "mmm", "э-э-э"."""
    return len(word) > 1 and len(set(word) - set("-'")) == 1


@cache
def _fillers(language: str) -> frozenset[str]:
    one = lexicon.of(language)
    return (
        frozenset(f"{one.names.openers} {one.names.interjections}".split()) | words.yes(language) | words.no(language)
    )


@cache
def small(key: str) -> frozenset[str]:
    """Titles, particles: callers mix those of several languages."""
    return frozenset(word for code in lexicon.codes() for word in getattr(lexicon.of(code).names, key).split())


@cache
def _either(section: str, key: str, languages: tuple[str, ...]) -> str:
    found = [getattr(getattr(lexicon.of(code), section), key) for code in languages]
    return words.any_of(tuple(part for one in found for part in ((one,) if isinstance(one, str) else one) if part))


@lru_cache(maxsize=1_024)
def spans(text: str, section: str, key: str, languages: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Where the phrases of a key of the lexicons stand; more than one kind asks for the same."""
    return tuple(match.span() for match in finditer(_either(section, key, languages), text, re.IGNORECASE))
