"""Whether a day or a time is one of the caller's own request, or of a question, of a call back, of what is over."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from extraction import lexicon, patterns
from extraction.utterance import Utterance

NEAR, BESIDE = 40, 16
"""Characters between a day and the words that are about it, and those right beside it."""
Aside = Literal["", "question", "request", "calls", "past", "every"]


@cache
def _patterns(language: str) -> dict[str, str]:
    has = lexicon.of(language).dates
    words = {name: getattr(has, name) for name in ("requests", "about_calls", "past", "every")}
    words["past"] += f"|{has.over}"
    made = {name: rf"(?<!\w)(?:{phrase})(?!\w)" for name, phrase in words.items()}
    return made | {"questions": rf"[\s¿¡,]*(?:\w+[\s,]+)?(?:{has.questions})(?!\w)"}


def of(said: Utterance, spans: tuple[tuple[int, int], ...]) -> Aside:
    """What the sentence is in which a value stands; "" for a plain one."""
    if not spans:
        return ""
    text, words = said.text.lower(), _patterns(said.language)
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    begin = max((match.end() for match in re.finditer(r"[!?;…]|\.(?!\d)", text[:first])), default=0)
    end = re.search(r"[!?;…]|\.(?!\d)", text[last:])
    behind = text[last : last + end.start()] if end else text[last:]
    before = text[begin:first]
    if patterns.search(words["about_calls"], before[-NEAR:].rpartition(",")[2]):
        return "calls"
    if patterns.search(words["about_calls"], behind[:BESIDE].partition(",")[0]):
        return "calls"
    around = before[-BESIDE:] + " | " + behind[:BESIDE]
    if patterns.search(words["past"], around) or is_over(before, behind, said.language):
        return "past"
    clause = f"{_last_part(before)[-NEAR:]} | {_first_part(behind)[:BESIDE]}"
    if patterns.search(words["every"], clause):
        return "every"
    if (end and end[0] == "?") or patterns.compiled(words["questions"]).match(before):
        return "request" if patterns.search(words["requests"], before) else "question"
    return ""


def is_over(before: str, behind: str, language: str) -> bool:
    """Whether what is said right before a day, or right behind it, is of another time: "last year", "two years ago"."""
    before, behind = _last_part(before.lower()), _first_part(behind.lower())
    phrase = rf"(?<!\w)(?:{lexicon.of(language).dates.over})(?!\w)"
    return bool(patterns.search(phrase, before[-NEAR:]) or patterns.search(phrase, behind[:BESIDE]))


def _last_part(text: str) -> str:
    return re.split(r"[.!?;,…]", text)[-1]


def _first_part(text: str) -> str:
    return re.split(r"[.!?;,…]", text, maxsplit=1)[0]


def is_about_calls(question: str, language: str) -> bool:
    """Whether a question of ours is when to call."""
    return bool(patterns.search(_patterns(language)["about_calls"], question.lower()))


def unsure(said: Utterance, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the speaker says, shortly before a value, not to be sure of it."""
    phrase = lexicon.of(said.language).dates.unsure
    first = min((start for start, _ in spans), default=0)
    before = said.text[max(0, first - NEAR) : first].lower()
    return bool(patterns.search(rf"(?<!\w)(?:{phrase})(?!\w)[^.!?]*$", before))
