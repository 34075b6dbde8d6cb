"""Words that matter to turn-taking, by the lexicon: those that show that more comes, that we should go on, or stop."""

import re
from collections.abc import Iterable
from functools import cache

from extraction import lexicon
from extraction.lexicon.turns import Turns

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def words(text: str) -> list[str]:
    """Its words, lower case, numbers included."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def trails_off(text: str, language: str) -> bool:
    """Whether the text ends as nobody ends: on a conjunction, a comma, three dots."""
    stripped = text.rstrip()
    if stripped.endswith((",", "...", "…", "-", "–", ":")):
        return True
    said = words(stripped)
    return bool(said) and not stripped.endswith(("?", "!")) and said[-1] in _set(language, "trailing")


def is_backchannel(text: str, language: str) -> bool:
    """Whether it says no more than that the caller listens; so does a text without words (a cough, a breath)."""
    allowed = _set(language, "backchannel")
    said = [part for word in words(text) for part in word.split("-")]
    return all(word in allowed or set(word) <= set("hmua") for word in said)


def is_stop(text: str, language: str) -> bool:
    """Whether the caller tells us to stop."""
    said = " ".join(words(text))
    return any(re.search(rf"(?:^|\s){phrase}(?:\s|$)", said) for phrase in of(language).stop)


def is_abbreviation(word: str, language: str) -> bool:
    """Whether a word that a full stop follows is an abbreviation; so is a single letter."""
    lower = word.lower().rstrip(".")
    return lower in _set(language, "abbreviations") or (len(lower) == 1 and lower.isalpha())


def requested_language(text: str, known: Iterable[str]) -> str | None:
    """The one of the languages that the caller asks us to speak, in the words of any of them."""
    return next((code for code, pattern in _requests(tuple(known)).items() if pattern.search(text)), None)


@cache
def of(language: str) -> Turns:
    """The lexicon's part that is about turns; English for a language that has none."""
    return lexicon.of(language if language in lexicon.codes() else "en").turns


@cache
def _set(language: str, key: str) -> frozenset[str]:
    return frozenset(str(getattr(of(language), key)).split())


@cache
def _requests(codes: tuple[str, ...]) -> dict[str, re.Pattern[str]]:
    """Asking for another language: its name after or before a word that asks."""
    known = {code: of(code) for code in codes if code in lexicon.codes()}
    before = "|".join(turns.before_language for turns in known.values())
    after = "|".join(turns.after_language for turns in known.values())
    return {
        code: re.compile(
            rf"\b(?:{before})[\s-]+(?:\w+\s+)?(?:{turns.called})\b|\b(?:{turns.called})[\s,]+(?:{after})",
            re.IGNORECASE,
        )
        for code, turns in known.items()
    }
