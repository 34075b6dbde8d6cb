"""Which fields an utterance names, without giving a value: "the phone number is wrong"."""

import re
from collections.abc import Sequence

from extraction import lexicon, patterns, words
from gateway.scenario.models import FormField


def refused(text: str, form: Sequence[FormField], language: str) -> list[str]:
    """The fields whose values the text calls wrong, at whatever moment: "the name is wrong"."""
    wrong = patterns.search(words.any_of(lexicon.of(language).answers.wrong), text, re.IGNORECASE)
    return of(text, form, language) if wrong else []


def after(text: str, language: str) -> str:
    """What follows the word that calls something wrong."""
    found = list(patterns.finditer(words.any_of(lexicon.of(language).answers.wrong), text, re.IGNORECASE))
    return text[found[-1].end() :].strip(" ,.;:–-") if found else ""


def of(text: str, form: Sequence[FormField], language: str) -> list[str]:
    """The names of the fields that the text names, by their label or the words for their kind."""
    said = [word.lower() for word in words.split(text)]
    return [field.name for field in form if _named(said, field, language)]


def _named(said: list[str], field: FormField, language: str) -> bool:
    nouns = lexicon.of(language).fields.nouns.get(field.type, "").split()
    label = [word.lower()[: max(4, len(word) - 2)] for word in words.split(field.label.get(language, ""))]
    beginnings = tuple(nouns + [word for word in label if len(word) >= 4])
    return any(word.startswith(beginnings) for word in said) if beginnings else False
