"""The words around a name, by language: what introduces one, what ends one, titles, particles."""

import re
from functools import cache

from extraction import lexicon, patterns
from extraction.lexicon.names import Names


def of(language: str) -> Names | None:
    """The words of a language; None for one without a lexicon."""
    return lexicon.of(language).names if language in lexicon.codes() else None


@cache
def introductions(language: str) -> tuple[tuple[str, bool], ...]:
    """(what is said before a name, whether it counts only when the name was asked for: "I am late" is no name)."""
    words = of(language)
    return (*_each(words.introductions, False), *_each(words.if_asked, True)) if words else ()


@cache
def afterwards(language: str) -> tuple[tuple[str, bool], ...]:
    """The same after the name."""
    words = of(language)
    return (*_each(words.afterwards, False), *_each(words.afterwards_if_asked, True)) if words else ()


def _each(phrases: tuple[str, ...], only_asked: bool) -> tuple[tuple[str, bool], ...]:
    return tuple((f"(?:{phrase})", only_asked) for phrase in phrases)


@cache
def ends(language: str) -> frozenset[str]:
    """A name ends before one of these."""
    words = of(language)
    return frozenset(words.ends.split()) if words else frozenset()


@cache
def openers(language: str) -> frozenset[str]:
    words = of(language)
    return frozenset(words.openers.split()) if words else frozenset()


# Callers mix the titles and the small words of several languages.
@cache
def titles() -> frozenset[str]:
    return _all("titles")


@cache
def particles() -> frozenset[str]:
    """Parts of names that are written small."""
    return _all("particles")


@cache
def leading() -> frozenset[str]:
    """Prepositions before a name."""
    return _all("leading")


@cache
def about() -> frozenset[str]:
    """What goes on about the name: "Katherine with a K"."""
    return _all("about")


def _all(key: str) -> frozenset[str]:
    return frozenset(word for code in lexicon.codes() for word in getattr(lexicon.of(code).names, key).split())


def _any(key: str) -> str:
    found = [getattr(lexicon.of(code).names, key) for code in lexicon.codes()]
    return "|".join(part for one in found for part in ([one] if isinstance(one, str) else one) if part)


@cache
def with_letters() -> re.Pattern[str]:
    """How one of the sounds of a name is written ("Stephen with a P H"), which spells none of it."""
    return re.compile(
        rf"[,.\s]+(?:(?:{_any('that_is')})\s+[^\W\d_]+\s+)?(?:{_any('with_')})\s+"
        rf"(?:(?:{_any('with_articles')})\s+)?(?:[^\W\d_](?:[\s-]+|(?=[,.]|$)))+",
        re.IGNORECASE,
    )


@cache
def hesitations() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<=^)|(?<=[\s,]))(?:{_any('hesitations')})(?=[\s,.…])[\s,.…]*",
        re.IGNORECASE,
    )


@cache
def double() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_any('double')})[\s-]+([^\W\d_])(?!\w)", re.IGNORECASE)


def declines(introduction: str, language: str) -> bool:
    """Whether a name stands in another case after an introduction: "на Анну"."""
    words = of(language)
    after = words.declines_after if words else ""
    return bool(after) and bool(patterns.search(rf"(?<!\w)(?:{after})$", introduction, re.IGNORECASE))


@cache
def is_() -> str:
    """What stands between "first name" and the name."""
    return rf"(?:\s+(?:{_any('is_')}))?[\s:,]+"
