"""What a lead's values must be, and the form in which they are saved."""

import re
from datetime import date

from mesh.errors import BadInput
from mesh.wire.lead_sender import LeadRequest

MAX_FIELDS, MAX_VALUE = 40, 2_000
_KNOWN = ("name", "phone", "city", "dates")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_ISO_RANGE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})\s*(?:/|-|–|—|to|до|по|bis|al?|au|\.\.)\s*(\d{4}-\d{1,2}-\d{1,2})")
_PARTS = re.compile(r"\s+(?:to|till|until|до|по|bis|al?|au|hasta)\s+|\s*[–—/]\s*|\s+-\s+|(?<=\d)-(?=\d{1,2}\b)")
_LANGUAGES = ["en", "ru", "de", "es", "fr"]


def fields_of(request: LeadRequest, default_region: str) -> dict[str, str]:
    """The lead's fields, normalised. Raises BadInput naming the field at fault.

    A lead that is not partial needs a way to reach the person: a phone number or an e-mail address.
    """
    raw = {name: getattr(request, name) for name in _KNOWN} | (request.model_extra or {})
    fields = {name: _text(name, value) for name, value in raw.items() if value not in (None, "")}
    if len(fields) > MAX_FIELDS:
        raise BadInput("too_many_fields", f"A lead has at most {MAX_FIELDS} fields.")
    if "phone" in fields:
        fields["phone"] = normal_phone(fields["phone"], request.region or default_region)
    if "dates" in fields:
        fields["dates"] = normal_dates(fields["dates"])
    if "email" in fields and not _EMAIL.fullmatch(fields["email"]):
        raise BadInput("invalid_email", f"email: {fields['email']!r} is not an e-mail address.")
    if not fields:
        raise BadInput("empty_lead", "The lead has no field with a value.")
    if not request.partial and not ({"phone", "email"} & fields.keys()):
        raise BadInput(
            "no_contact", "phone: a lead needs a phone number (or an email); send partial=true to save without."
        )
    return fields


def normal_phone(text: str, region: str) -> str:
    """The number in E.164. Raises BadInput invalid_phone."""
    import phonenumbers  # slow to load: main.py does it on a thread, at the start

    attempts: list[tuple[str, str | None]] = [(text, region)]
    # Fewer digits than a number with its country code has are the beginning of a number, not one of far away.
    if not text.lstrip().startswith("+") and sum(character.isdigit() for character in text) >= 11:
        attempts.append(("+" + text, None))
    for candidate, where in attempts:
        try:
            number = phonenumbers.parse(candidate, where)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    raise BadInput(
        "invalid_phone", f"phone: {text!r} is not a valid number; give it with its country code, as +14155550123."
    )


def normal_dates(text: str) -> str:
    """`YYYY-MM-DD`, or `YYYY-MM-DD/YYYY-MM-DD`, of ISO or words ("1-10 July"). Raises BadInput invalid_dates."""
    text = text.strip()
    iso = _ISO_RANGE.fullmatch(text)
    if iso:
        return _span(_iso_date(iso[1]), _iso_date(iso[2]))
    if _ISO.fullmatch(text):
        return _iso_date(text).isoformat()
    parts = [part for part in _PARTS.split(re.sub(r"^(?:from|с|со|vom|von|del?|du)\s+", "", text.lower())) if part]
    last = _worded(parts[-1]) if parts else None
    if last is None or len(parts) > 2:
        raise BadInput("invalid_dates", f"dates: {text!r} is not a date or a range, as 2027-07-01/2027-07-10.")
    if len(parts) == 1:
        return last.isoformat()
    # "1 - 10 July": what the first part leaves out is that of the second
    day = parts[0].rstrip(".")
    short = day.isdigit() and 1 <= int(day) <= last.day
    first = last.replace(day=int(day)) if short else _worded(parts[0])
    if first is None:
        raise BadInput("invalid_dates", f"dates: {parts[0]!r} is not a date.")
    return _span(first, last)


def _worded(text: str) -> date | None:
    import dateparser  # costs 30 MB and 0.3 s: only for dates in words

    if not any(character.isalnum() for character in text):
        return None
    found = dateparser.parse(text, languages=_LANGUAGES, settings={"PREFER_DATES_FROM": "future"})
    return found.date() if found else None


def _iso_date(text: str) -> date:
    try:
        year, month, day = map(int, text.split("-"))
        return date(year, month, day)
    except ValueError as error:
        raise BadInput("invalid_dates", f"dates: {text!r} is not a day of the calendar.") from error


def _span(first: date, last: date) -> str:
    if last < first:
        raise BadInput("invalid_dates", f"dates: the range ends ({last}) before it begins ({first}).")
    return f"{first.isoformat()}/{last.isoformat()}"


def _text(name: str, value: object) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput("invalid_field", f"{name[:60]!r} is not a field's name (lower-case letters, digits, _).")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInput("invalid_field", f"{name}: text or a number is wanted.")
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    if len(text) > MAX_VALUE:
        raise BadInput("invalid_field", f"{name}: longer than {MAX_VALUE} characters.")
    return text
