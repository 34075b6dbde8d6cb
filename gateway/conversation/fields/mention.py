"""Which fields an utterance names, without giving a value: "the phone number is wrong"."""

import re
from collections.abc import Sequence

from extraction import patterns, words
from gateway.scenario.models import FieldType, FormField

# Beginnings of the words for a kind of field.
_NOUNS: dict[str, dict[FieldType, str]] = {
    "en": {"phone": "phone number telephone digit", "name": "name surname", "city": "city town place destination",
           "date": "date day", "date_range": "date day", "email": "email e-mail mail address", "time": "time hour"},
    "ru": {"phone": "телефон номер цифр", "name": "имя имени фамили", "city": "город", "date": "дат день число",
           "date_range": "дат день дни числ", "email": "почт емейл имейл адрес", "time": "время времени час"},
    "de": {"phone": "telefon nummer rufnummer ziffer", "name": "name nachname vorname", "city": "stadt ort",
           "date": "datum tag", "date_range": "datum tag zeitraum daten", "email": "e-mail email mail adresse",
           "time": "uhrzeit zeit"},
    "es": {"phone": "teléfono telefono número numero", "name": "nombre apellido", "city": "ciudad", "date": "fecha día",
           "date_range": "fecha días", "email": "correo email dirección", "time": "hora"},
    "fr": {"phone": "téléphone numéro", "name": "nom prénom", "city": "ville", "date": "date jour",
           "date_range": "date jour", "email": "e-mail email mail adresse courriel", "time": "heure"},
}  # fmt: skip


_WRONG = {
    "en": r"wrong|incorrect|not (?:right|correct)|isn't (?:right|correct)|mistake|misspelled",
    "ru": r"неправильн\w*|неверн\w*|ошиб\w+|не (?:тот|та|то|так|правильн\w*|верн\w*)|перепутал\w*",
    "de": r"falsch|stimmt nicht|nicht (?:richtig|korrekt)|fehler\w*",
    "es": r"(?:está|es) mal|equivocad\w+|incorrect\w+|no (?:es correcto|está bien)|error",
    "fr": r"faux|fausse|erron\w+|pas (?:le )?(?:bon|bonne|correct)|incorrecte?|erreur",
}


def refused(text: str, form: Sequence[FormField], language: str) -> list[str]:
    """The fields whose values the text calls wrong, at whatever moment: "the name is wrong"."""
    wrong = patterns.search(rf"(?<!\w)(?:{_WRONG.get(language, '$^')})(?!\w)", text, re.IGNORECASE)
    return of(text, form, language) if wrong else []


def after(text: str, language: str) -> str:
    """What follows the word that calls something wrong."""
    found = list(patterns.finditer(rf"(?<!\w)(?:{_WRONG.get(language, '$^')})(?!\w)", text, re.IGNORECASE))
    return text[found[-1].end() :].strip(" ,.;:–-") if found else ""


def of(text: str, form: Sequence[FormField], language: str) -> list[str]:
    """The names of the fields that the text names, by their label or the words for their kind."""
    said = [word.lower() for word in words.split(text)]
    return [field.name for field in form if _named(said, field, language)]


def _named(said: list[str], field: FormField, language: str) -> bool:
    nouns = _NOUNS.get(language, {}).get(field.type, "").split()
    label = [word.lower()[: max(4, len(word) - 2)] for word in words.split(field.label.get(language, ""))]
    beginnings = tuple(nouns + [word for word in label if len(word) >= 4])
    return any(word.startswith(beginnings) for word in said) if beginnings else False
