"""Filling the form by rules: what an utterance says about the fields of a scenario. Pure functions, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.fields import city, dates, name, phone
from gateway.scenario import FormField


@dataclass(frozen=True, slots=True)
class Context:
    """What an utterance is read in: `asked` is the field that our last reply asked for."""

    language: str
    region: str
    today: date
    asked: str | None


def extract(text: str, form: list[FormField], context: Context, known: Mapping[str, str]) -> dict[str, str]:
    """New values by field name, normalised; a value that is already known in the same form is not new.

    What one field has taken is not offered to the next: "from 1 to 10 July" holds no phone number.
    """
    found: dict[str, str] = {}
    rest = text
    for field in sorted(form, key=lambda f: _ORDER[f.type]):
        asked = context.asked == field.name
        value, rest = _one(field, rest, context, asked=asked)
        if value and known.get(field.name) != value:
            found[field.name] = value
    return found


_ORDER = {"date_range": 0, "phone": 1, "name": 2, "city": 3, "text": 4}


def _one(field: FormField, text: str, context: Context, *, asked: bool) -> tuple[str, str]:
    """A field's value in the text ("" when there is none), and the text without it."""
    if field.type == "phone":
        return phone.find(text, context.language, context.region)
    if field.type == "date_range":
        return dates.find(text, context.language, context.today, asked=asked)
    if field.type == "name":
        return name.find(text, context.language, asked=asked)
    if field.type == "city":
        return city.find(text, context.language, asked=asked)
    return (text.strip(), "") if asked and text.strip() else ("", text)


def warm(language: str) -> None:
    """Load what the rules of a language need, so that no turn waits for it: 50 ms, and 100 ms more for Russian."""
    phone.find("+1 415 555 0123", language, "US")
    if language == "ru":
        city.nominative("Москве")


def spoken(field: FormField, value: str, language: str) -> str:
    """A value as it is read back to the caller."""
    if field.type == "phone":
        return phone.spoken(value)
    if field.type == "date_range":
        return dates.spoken(value, language)
    return value
