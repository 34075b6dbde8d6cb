"""Days that are held, moved by what is said, or made longer, shorter or as long as is said: "one more night"."""

import re
from collections.abc import Iterable
from datetime import date

from extraction import lexicon, patterns
from extraction.relative import Span, later_by
from extraction.relative_words import Patterns, of
from extraction.words import any_of


def moved(day: date, text: str, language: str) -> tuple[date, Span] | None:
    """A day moved by what a text says, and where it says so: "a week later"; None where it does not."""
    words = of(language)
    return _shifted(day, text, words, ((words.later, 1), (words.earlier, -1)))


def stretched(day: date, text: str, language: str) -> tuple[date, Span] | None:
    """The last day of a stay that is to be longer or shorter, and where it is said by how much: "one more night"."""
    words = of(language)
    ways = [(pattern, by) for said, by in ((words.longer, 1), (words.shorter, -1)) for pattern in said]
    return _shifted(day, text, words, ways)


def lengthened(first: date, text: str, language: str) -> tuple[date, Span] | None:
    """The last day of a stay that begins on a day and is to be as long as a text says: "make it a week"."""
    words = of(language)
    return _shifted(first, text, words, [(words.length, 1)])


def without_denied(text: str, language: str) -> str:
    """A text without the lengths that are said not to be: "not for five days"."""
    return patterns.sub(_denied(language), lambda match: " " * len(match[0]), text, re.IGNORECASE)


def _denied(language: str) -> str:
    answers, length = lexicon.of(language).answers, of(language).length
    again = length.replace("(?P<n>", "(?P<n2>").replace("(?P<unit>", "(?P<unit2>")
    return rf"{any_of(answers.denies)}\s+(?:\w{{1,4}}\s+)?{length}|{again}\s+{any_of(answers.denies_after)}"


def instead(first: date, text: str, language: str) -> tuple[date, Span] | None:
    """The last day of a stay whose length is said without its unit, behind a denied one: "not two weeks but one"."""
    match = patterns.search(_denied(language), text, re.IGNORECASE)
    one = lexicon.of(language).dates.one
    if not match or not (unit := match["unit"]):
        return None
    number = patterns.compiled(rf"\W+(?:\w+\s+)?(?P<n>\d+|{one})(?!\w)", re.IGNORECASE).match(text, match.end())
    if not number:
        return None
    made = _shifted(first, f"{number['n']} {unit}", of(language), [(of(language).length, 1)])
    return (made[0], (match.start("unit"), number.end())) if made else None


def _shifted(day: date, text: str, words: Patterns, ways: Iterable[tuple[str, int]]) -> tuple[date, Span] | None:
    for pattern, by in ways:
        if (match := patterns.search(pattern, text.lower())) and (found := later_by(day, match, words, by)):
            return found[0], match.span()
    return None
