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
_PLACE = r"([^\W\d_][\w'’-]*(?:\s+(?:(?:de|del|la|am|an der|on|upon|of)\s+)?[^\W\d_][\w'’-]*){0,2})"
_CASES = {"nomn": 0, "accs": 1, "loct": 1, "gent": 2}
_WITHIN = {"am", "an", "der", "de", "del", "la", "le", "les", "sur", "in", "on", "upon", "of", "ob", "bei", "на"}
_CITY_OF = re.compile(
    r"\b(?:the )?city of\b|(?<!\w)город(?:а|е|у)?(?!\w)|\bdie stadt\b|\b(?:la )?ciudad de\b|\b(?:la )?ville de\b",
    re.IGNORECASE,
)
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
    text = _CITY_OF.sub(" ", text)
    preposition = _PREPOSITIONS.get(language, _PREPOSITIONS["en"])
    # The place is looked ahead at, so that in "to go to Paris" the second "to" is tried too.
    pattern = re.compile(rf"(?:^|\s)(?<!speak\s)(?<!talk\s){preposition}\s+(?={_PLACE})", re.IGNORECASE)
    for small in (False, True) if asked else (False,):
        places: list[tuple[int, int, str]] = []
        for match in pattern.finditer(text):
            value = _tidy(match[1], language, small=small)
            # In "a Palma de Mallorca" the second preposition is part of the first place.
            if value and not (places and match.start() < places[-1][1]):
                places.append((match.start(), match.end() + len(value), value))
        if places:
            start, end, value = places[-1]
            return _canonical(value, language), text[:start] + " " + text[end:]
    if asked and "?" not in text:
        # "Chicago, Illinois": the first part that names something.
        sections = [part for part in text.split(",") if not all(words.is_plain(w, language) for w in words.split(part))]
        text = sections[0] if len(sections) > 1 else text
        found: list[str] = []
        for word in words.split(text):  # "City" is a plain word, but not in "Salt Lake City"
            if not _short(word) and (
                not words.is_plain(word, language) or (found and word[0].isupper() and len(word) > 1)
            ):
                found.append(word)
        if 0 < len(found) <= 3 and len(words.split(text)) <= 5:
            return _canonical(" ".join(_capital(word) for word in found), language), ""
    return "", text


def _short(word: str) -> bool:
    """Two words in one: "it's", "c'est", "we'd"."""
    if re.search(r"['’][A-ZÀ-Þ]", word):  # L'Aquila
        return False
    return bool(re.search(r"^(?:it|he|she|we|you|they|that|i|c|j|l|d|qu)['’]|['’](?:s|d|re|ll|ve|m)$", word.lower()))


def _tidy(text: str, language: str, *, small: bool) -> str:
    kept: list[str] = []
    parts = text.split()
    for place, word in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else ""
        if kept and word.lower() in _WITHIN and following[:1].isupper():
            kept.append(word)
            continue
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
    places = [parse for parse in _morphology().parse(word.lower()) if "Geox" in parse.tag]
    if places:
        # "В Самару" is said of Samara: places stand in the accusative and locative more often than in the dative.
        parse = min(places, key=lambda place: _CASES.get(str(place.tag.case), 3))
        inflected = parse.inflect({"nomn"})
        return _capital(inflected.word if inflected else parse.normal_form)
    return word


@cache
def _morphology() -> Any:  # noqa: ANN401 (untyped library)
    import pymorphy3  # 10 MB and 0.1 s: when the first Russian speaks

    return pymorphy3.MorphAnalyzer(lang="ru")


def is_known(value: str, language: str) -> bool:
    """Whether it is the name of a place."""
    return language == "ru" and any("Geox" in parse.tag for parse in _morphology().parse(value.lower()))
