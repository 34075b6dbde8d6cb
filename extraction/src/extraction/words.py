"""Words that are an answer in themselves, or no answer to anything, by language."""

import re
from functools import cache

from extraction import lexicon, patterns

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


MOST_READ = 1_000
"""Characters of an utterance that the rules read: more than a minute of speech. It bounds what a turn may take."""


def readable(text: str) -> str:
    """A text without long runs of spaces and of one sign, and no longer than MOST_READ: its beginning and its end."""
    text = re.sub(r"([^\w\s])\1{3,}", r"\1\1\1", " ".join(text[: 8 * MOST_READ].split()))
    if len(text) <= MOST_READ:
        return text.strip()
    half = MOST_READ // 2 - 2
    head, tail = text[:half].rpartition(" ")[0] or text[:half], text[-half:].partition(" ")[2] or text[-half:]
    return f"{head} … {tail}".strip()


def split(text: str) -> list[str]:
    """The words of a text, with their apostrophes and hyphens."""
    return _WORD.findall(text)


def yes(language: str) -> frozenset[str]:
    """The words that say yes."""
    return _set(lexicon.of(language).answers.yes_words)


def no(language: str) -> frozenset[str]:
    """The words that say no, or not quite."""
    return _set(lexicon.of(language).answers.no_words)


@cache
def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def means(text: str, language: str) -> str:
    """`yes`, `no`, or "" for neither. A no anywhere among the first words weighs more than a yes."""
    first = [word.lower() for word in split(text)[:6]]
    if any(word in no(language) for word in first):
        return "no"
    return "yes" if any(word in yes(language) for word in first) else ""


@cache
def any_of(phrases: tuple[str, ...]) -> str:
    """One pattern for phrases of a lexicon, the longest first; one that never matches for none."""
    if not phrases:
        return r"(?!)"
    either = "|".join(sorted(phrases, key=len, reverse=True)).replace(" ", r"\s+")
    return rf"(?<!\w)(?:{either})(?!\w)"


def after_change_of_mind(text: str, language: str) -> str:
    """What follows "no wait", "I mean" within a text; "" when nobody changed their mind."""
    marks = any_of(lexicon.of(language).answers.marks)
    found = list(patterns.finditer(rf"(?<=[\s,.…]){marks}\s+", text, re.IGNORECASE))
    return text[found[-1].end() :] if found else ""


def changes_mind(text: str, language: str) -> bool:
    """Whether what follows a text takes the place of what stands before it."""
    return bool(patterns.search(any_of(lexicon.of(language).answers.marks), text, re.IGNORECASE))


def without_no(text: str, language: str) -> str:
    """What follows the no at the beginning of a text: of "no, it's Hannah" the rest."""
    rest = text.strip()
    while (found := _WORD.match(rest)) and found[0].lower() in no(language):
        rest = rest[found.end() :].lstrip(" ,.!;–-")
    return rest


def first(yes: bool, language: str) -> str:
    """The plainest word for yes or no."""
    answers = lexicon.of(language).answers
    return (answers.yes_words if yes else answers.no_words).split()[0]
