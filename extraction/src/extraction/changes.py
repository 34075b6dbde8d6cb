"""Changes of mind within an utterance: "no wait", "I mean"."""

import re
from functools import cache

from extraction import frequency, lexicon, numerals, patterns, words

_SIGN = r"[\s,.;:!…–-]"
CRY = 3
"""Letters of a cry."""
FEW = 3
"""Words behind a "not" that are all denied: "not the Oregon one"."""
EVERYDAY = 5.5
"""Frequency, on Zipf's scale, from which a word is one of those that hold no value: articles, prepositions, verbs."""


def parts(text: str, language: str) -> list[str]:
    """The text split at changes of mind: a mark is one only where a value may stand before it and after it."""
    answers = lexicon.of(language).answers
    mark, denies = words.any_of((*answers.marks, _sighed(language))), words.any_of(answers.denies)
    made, at = [], 0
    # From where a row of signs begins, and all of it: blanks stand for what was cut out, and there may be very many.
    apart = rf"(?<!{_SIGN}){_SIGN}++(?!{denies})(?:{mark}{_SIGN}++)+"
    only_denied = rf"{denies}(?:\s+[^\s,.;:!?…]+){{1,{FEW}}}[\s.!]*"
    for found in patterns.finditer(apart, text, re.IGNORECASE):
        behind = text[found.end() :]
        if patterns.compiled(only_denied, re.IGNORECASE).fullmatch(behind):
            continue  # "Portland, actually, not Salem" is Portland still
        if _may_hold(text[at : found.start()], language) and _may_hold(behind, language):
            cried = text.startswith("!", found.start())  # what is called to somebody in the room is no value
            made.append(text[at : found.start() + cried])
            at = found.end()
    return [*made, text[at:]]


@cache
def _sighed(language: str) -> str:
    """A no beside a cry or a hesitation, which needs no comma to be a change of mind: "oh no", "nein äh"."""
    tell = lexicon.of(language)
    no, thinks = tell.answers.no_words.split()[0], "|".join(tell.names.hesitations)
    cries = "|".join(cry for cry in tell.names.interjections.split() if len(cry) <= CRY)
    return rf"(?:{thinks}|{cries}) {no}|{no} (?:{thinks})"


def excepts(text: str, language: str) -> bool:
    """Whether something that may hold a value stands behind an "only" or a "but"."""
    marks = patterns.finditer(words.any_of(lexicon.of(language).answers.excepts), text, re.IGNORECASE)
    return any(mark.start() and _may_hold(text[mark.end() :], language) for mark in marks)


def is_everyday(word: str, language: str) -> bool:
    """Whether a word is too usual to be a value by itself."""
    lower, dates = word.lower(), lexicon.of(language).dates
    if lower in dates.months.split() or lower in dates.weekdays.split():
        return False
    is_answer = lower in words.yes(language) or lower in words.no(language)
    return is_answer or frequency.zipf(lower, language) >= EVERYDAY


def _may_hold(text: str, language: str) -> bool:
    """Whether a value may be in it: a word that is no everyday word, or a number; and it asks nothing."""
    if text.rstrip().endswith("?"):
        return False
    if any(not is_everyday(word, language) for word in words.split(text)):
        return True
    return any(sign.isdigit() for sign in numerals.read(text, language)[0].text)
