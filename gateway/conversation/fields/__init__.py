"""Filling the form by rules: what an utterance says about the fields of a scenario. Pure functions, no I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from extraction import choice, city, dates, email, name, number, phone, relative, time, words
from gateway.scenario.models import FormField

SHORT = 3
"""Words of an utterance that is nothing but a day."""
CONFIRM = "confirm"
"""Asked when all fields are there: whether they are right."""


def checked(asked: str | None) -> str:
    """The field whose value was read back by itself, "" when none was."""
    return asked.removeprefix(f"{CONFIRM}.") if asked and asked.startswith(f"{CONFIRM}.") else ""


@dataclass(frozen=True, slots=True)
class Context:
    """What an utterance is read in: `asked` is the field that our last reply asked for."""

    language: str
    region: str
    today: date
    asked: str | None
    hours: tuple[str, ...] = ()
    """Opening hours, as 09:00-18:00: "at three" is 15:00 where they say so."""


def join(text: str, form: list[FormField], context: Context, pending: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A number that comes in pieces, over several turns: the text with the earlier pieces before it when they belong to
    it, and what is pending after this turn.
    """
    field = next((field for field in form if field.name == context.asked), None)
    if field is None or field.type != "phone" or phone.find(text, context.language, context.region)[0]:
        return text, {}
    piece = phone.piece(text, context.language)
    before = pending.get(field.name, "")
    if not piece:  # "wait a moment" changes nothing
        return text, dict(pending)
    whole = before + piece.lstrip("+") if before else piece
    if phone.valid(whole, context.region):
        return whole, {}
    return text, {field.name: whole if len(whole) <= phone.LONGEST else piece}


def extract(text: str, form: list[FormField], context: Context, known: Mapping[str, str]) -> dict[str, str]:
    """New values by field name, normalised; a value that is already known in the same form is not new.

    What one field has taken is not offered to the next: "from 1 to 10 July" holds no phone number.
    """
    if misplaced := _misplaced(text, form, context, known):
        return misplaced
    found: dict[str, str] = {}
    rest = text
    for field in sorted(form, key=lambda f: _ORDER[f.type]):
        asked = context.asked == field.name
        if field.type == "text" and asked:  # what was asked for in the caller's own words is all of them
            rest = text
        settled = bool(known.get(field.name)) and not asked
        if settled and (field.type == "choice" or (field.type == "city" and context.asked != CONFIRM)):
            continue  # a word in passing does not change what is known
        instead = ""
        if field.type == "name" and name.is_denied(known.get(field.name, ""), rest, context.language):
            instead = name.corrected(rest, context.language)
        if (
            field.type == "name"
            and not asked
            and (whole := name.fuller(known.get(field.name, ""), text, context.language))
        ):
            value, rest = whole, ""
        elif instead:
            value, _ = name.find(instead, context.language, asked=True)
        else:
            value, rest = _one(field, rest, context, asked=asked)
        minded = ("choice", "city", "number", "name") if asked else ("choice", "city")
        if field.type in minded and (changed := words.after_change_of_mind(text, context.language)):
            value = _one(field, changed, context, asked=asked)[0] or value
        if value and known.get(field.name) != value:
            found[field.name] = value
    return found


def _misplaced(text: str, form: list[FormField], context: Context, known: Mapping[str, str]) -> dict[str, str]:
    """The answer to another question than ours: only a city where we asked for the name, only "tomorrow" where we asked
    for the telephone number. Callers run ahead, or answer the question before.
    """
    asked = next((field.type for field in form if field.name == context.asked), None)
    missing = [field for field in form if field.name not in known and field.name != context.asked]
    for field in missing:
        if field.type == "city" and asked == "name" and (place := city.alone(text, context.language)):
            return {field.name: place}
        if (
            field.type in ("date", "date_range")
            and asked in ("phone", "city", "email")
            and len(words.split(text)) <= SHORT
        ):
            days, _ = relative.find(text, context.language, context.today)
            if days and len(days) <= (1 if field.type == "date" else 2):
                return {field.name: "/".join(day.isoformat() for day in days)}
    return {}


_ORDER = {
    kind: place
    for place, kind in enumerate(
        ("email", "date_range", "date", "time", "phone", "name", "city", "choice", "number", "yes_no", "text")
    )
}


def _one(field: FormField, text: str, context: Context, *, asked: bool) -> tuple[str, str]:
    """A field's value in the text ("" when there is none), and the text without it."""
    if field.type == "phone":
        return phone.find(text, context.language, context.region)
    if field.type == "date_range":
        return dates.find(text, context.language, context.today, asked=asked, region=context.region)
    if field.type == "name":
        return name.find(text, context.language, asked=asked)
    if field.type == "city":
        return city.find(text, context.language, asked=asked)
    if field.type == "email":
        return email.find(text, context.language, asked=asked)
    if field.type == "date":
        value, rest = dates.find(text, context.language, context.today, asked=asked, region=context.region)
        return value.split("/")[0], rest
    if field.type == "time":
        return time.find(text, context.language, asked=asked, hours=context.hours)
    if field.type == "choice":
        words_of = {option.value: option.words.get(context.language, [option.value]) for option in field.choices}
        return choice.find(text, context.language, words_of, asked=asked)
    if field.type == "number" and asked:
        return number.find(text, context.language, field.min, field.max, field.ask.get(context.language, ""))
    if field.type == "yes_no" and asked:
        return words.means(text, context.language), text
    if field.type in ("number", "yes_no"):  # a number or a yes by itself says nothing about what was not asked
        return "", text
    return (text.strip(), "") if asked and text.strip() else ("", text)


def confidence(field: FormField, text: str, value: str, context: Context) -> float:
    """How sure the rules are of a value, 0 to 1: what can be checked is surer than what cannot."""
    if field.type == "phone":
        said_code = re.search(r"\+|(?<!\d)00", phone.as_digits(text, context.language))
        guessed = phone.is_foreign(value, context.region) and not said_code
        return 0.5 if guessed or phone.is_ambiguous(text, context.language, context.region) else 0.95
    if field.type == "city":
        return 0.95 if city.is_known(value) else 0.7
    if field.type == "name":
        return 0.75 if context.asked == field.name and len(words.split(text)) <= len(value.split()) + 1 else 0.9
    if field.type in ("date", "date_range"):
        return dates.confidence(text, context.language, context.today, context.region)
    if field.type == "time":
        return time.confidence(text, context.language, context.hours)
    return 0.9


def warm(language: str) -> None:
    """Load what the rules of a language need, so that no turn waits for it: 250 ms."""
    phone.find("+1 415 555 0123", language, "US")
    dates.find("1", language, date(2027, 1, 1), asked=True)
    city.is_known("London")


def spoken(field: FormField, value: str, language: str, *, by_letters: bool = False) -> str:
    """A value as it is read back to the caller; `by_letters`: a letter or a digit at a time."""
    if field.type == "email":
        return email.said(value, language, by_letters=by_letters)
    if by_letters:
        return ", ".join(value.replace(" ", ""))
    if field.type == "phone":
        return phone.spoken(value)
    if field.type in ("date_range", "date"):
        return dates.spoken(value, language)
    if field.type == "choice":
        chosen = next((option for option in field.choices if option.value == value), None)
        return chosen.words.get(language, [value])[0] if chosen else value
    if field.type == "yes_no":
        return words.first(value == "yes", language)
    return value
