"""A city: after "in" or "to", or as the bare answer to the question for it; Russian cases are undone."""

import re
from functools import cache
from typing import Any

from gateway.fields import words

_PREPOSITIONS = {
    "en": r"(?:in|to|for|from|near|visit(?:ing)?)",
    "ru": r"(?:в|во|из|до|под)",
    "de": r"(?:in|nach|aus|bei)",
    "es": r"(?:en|a|de|para|desde)",
    "fr": r"(?:à|a|de|pour|vers|depuis)",
}
_PLACE = r"([^\W\d_][\w'’-]*(?:\s+(?:(?:de|del|la|am|an der|on)\s+)?[^\W\d_][\w'’-]*){0,2})"
_FOLLOW = {
    "and",
    "und",
    "y",
    "et",
    "и",
    "from",
    "for",
    "on",
    "с",
    "на",
    "von",
    "vom",
    "del",
    "du",
    "please",
    "пожалуйста",
    "bitte",
}


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The city ("" when none), and the text without it.

    A capitalised word after a preposition counts always: "in a hurry" names no place. Asked, a small one does too, and
    so does a bare answer. Of several the last is taken: "I want to go to Paris".
    """
    preposition = _PREPOSITIONS.get(language, _PREPOSITIONS["en"])
    # The place is looked ahead at, so that in "to go to Paris" the second "to" is tried too.
    pattern = re.compile(rf"(?:^|\s){preposition}\s+(?={_PLACE})", re.IGNORECASE)
    for small in (False, True) if asked else (False,):
        for match in reversed(list(pattern.finditer(text))):
            value = _tidy(match[1], language, small=small)
            if value:
                return _canonical(value, language), text[: match.start()] + " " + text[match.end() + len(value) :]
    if asked and "?" not in text:
        found = [word for word in words.split(text) if not words.is_plain(word, language)]
        if 0 < len(found) <= 3 and len(words.split(text)) <= 5:
            return _canonical(" ".join(_capital(word) for word in found), language), ""
    return "", text


def _tidy(text: str, language: str, *, small: bool) -> str:
    kept: list[str] = []
    for word in text.split():
        if word.lower() in _FOLLOW or (word.islower() and not small) or words.is_plain(word, language):
            break
        kept.append(_capital(word))
    return " ".join(kept).strip(" .,!?")


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _canonical(value: str, language: str) -> str:
    """The nominative of a Russian place name: "Ялту" is Ялта. A word not known as a place stays as it was said."""
    if language != "ru":
        return value
    return " ".join(nominative(word) for word in value.split())


def nominative(word: str) -> str:
    """The nominative of a Russian word that is a place's name; another word as it is."""
    for parse in _morphology().parse(word.lower()):
        if "Geox" in parse.tag:
            inflected = parse.inflect({"nomn"})
            return _capital(inflected.word if inflected else parse.normal_form)
    return word


@cache
def _morphology() -> Any:  # noqa: ANN401 (untyped library)
    import pymorphy3  # 10 MB and 0.1 s: when the first Russian speaks

    return pymorphy3.MorphAnalyzer(lang="ru")
