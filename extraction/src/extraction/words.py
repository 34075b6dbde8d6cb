"""Words that are an answer in themselves, or no answer to anything, by language."""

import re
from functools import cache

from extraction import lexicon, patterns

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


FIRST, NEAR = 8, 2
"""Words of an utterance that answer, and words from a no to the yes that it turns round."""
MOST_READ = 1_000
"""Characters of an utterance that the rules read: more than a minute of speech. It bounds what a turn may take."""


_NO_SIGN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_UNSEEN = re.compile(r"[\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def plain(text: str) -> str:
    """A text without what nobody says: control characters, halves of surrogate pairs, marks that have no width."""
    return _UNSEEN.sub("", _NO_SIGN.sub(" ", text))


def readable(text: str) -> str:
    """A text without long runs of spaces and of one sign, and no longer than MOST_READ: its beginning and its end."""
    text = re.sub(r"([^\w\s])\1{3,}", r"\1\1\1", " ".join(plain(text[: 8 * MOST_READ]).split()))
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
    """`yes`, `no`, or "" for neither, by the first words: the very first counts double, and so does a whole phrase ("no
    problem", "is wrong"); a yes right after a no ("not quite right") is one. Where both weigh the same it is a no.

    What is said of the rest ("the rest is fine") is neither.
    """
    answers = lexicon.of(language).answers
    lower = text.lower().replace("’", "'")
    rest = patterns.search(any_of(answers.rest), lower)
    head = _head(lower[: rest.start()] if rest else lower, FIRST)
    yes_weight, head = _phrases(head, answers.agreed)
    no_weight, head = _phrases(head, answers.wrong)
    denied = 0
    for place, word in enumerate(_said_together(head, language)):
        if word in no(language):
            no_weight += 1 if place else 2
            denied = NEAR + 1
        elif word in yes(language):
            yes_weight += 0 if denied else 1 if place else 2
            no_weight += 1 if denied else 0
        denied = max(0, denied - 1)
    return "no" if no_weight and no_weight >= yes_weight else "yes" if yes_weight else ""


def _head(text: str, most: int) -> str:
    """The text up to so many words."""
    found = list(_WORD.finditer(text))
    return text if len(found) <= most else text[: found[most - 1].end()]


def _said_together(head: str, language: str) -> list[str]:
    """The words; a no right after a yes ("passt nicht") stands before it."""
    found = list(_WORD.finditer(head))
    said = [match[0] for match in found]
    for place in range(1, len(said)):
        gap = head[found[place - 1].end() : found[place].start()]
        if said[place] in no(language) and said[place - 1] in yes(language) and place == 1 and not gap.strip():
            said[place - 1], said[place] = said[place], said[place - 1]
    return said


def _phrases(text: str, phrases: tuple[str, ...]) -> tuple[int, str]:
    """What the phrases in a text weigh, and the text without them."""
    pattern = patterns.compiled(any_of(phrases))
    return 2 * len(pattern.findall(text)), pattern.sub(" ", text)


def refuses(text: str, language: str) -> bool:
    """Whether it clearly refuses an answer."""
    pattern = any_of(lexicon.of(language).answers.refuses)
    return not text.rstrip().endswith("?") and bool(patterns.search(pattern, text.replace("’", "'"), re.IGNORECASE))


def opening(text: str, language: str) -> int:
    """Where that ends with which a contradiction opens: of "no, sorry, it's Hannah" the no and the sorry; 0: none."""
    found = _opening(language, agrees=False).match(text)
    return found.end() if found else 0


@cache
def _opening(language: str, *, agrees: bool) -> re.Pattern[str]:
    """What a contradiction opens with, or (`agrees`) any answer."""
    said = no(language) | yes(language) if agrees else no(language)
    opens = any_of((*sorted(said), *lexicon.of(language).answers.marks))
    return re.compile(rf"[\s,.;:!…–-]*(?:{opens}[\s,.;:!…–-]+)+", re.IGNORECASE)


@cache
def any_of(phrases: tuple[str, ...]) -> str:
    """One pattern for phrases of a lexicon, the longest first; one that never matches for none."""
    if not phrases:
        return r"(?!)"
    either = "|".join(sorted(phrases, key=len, reverse=True)).replace(" ", r"\s+")
    return rf"(?<!\w)(?:{either})(?!\w)"


def changes_mind(text: str, language: str) -> bool:
    """Whether what follows a text takes the place of what stands before it."""
    return bool(patterns.search(any_of(lexicon.of(language).answers.marks), text, re.IGNORECASE))


def leading(text: str, language: str) -> int:
    """Where what answers, or contradicts, at the beginning ends: of "okay, but the city" the okay."""
    found = _opening(language, agrees=True).match(text)
    return found.end() if found else 0


def opens(text: str, language: str) -> int:
    """The same, but that a "not" behind a "no" denies what comes after it: "no, not until the 7th"."""
    end = leading(text, language)
    said = _WORD.findall(text[:end].lower())
    if len(said) > 1 and said[-1] != said[-2]:
        denies = rf"{any_of(lexicon.of(language).answers.denies)}\s+$"
        if (denying := patterns.search(denies, text[:end], re.IGNORECASE)) and denying.start():
            return denying.start()
    return end


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
