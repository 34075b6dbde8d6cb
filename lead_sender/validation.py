"""What a lead's values must be, and the form in which they are saved.

A value is read with the rules that gateway uses on calls (`extraction`). One that is not wholly understood is refused,
with what was understood of it and what was not: a lead that is wrong in silence costs more than one that is sent again.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from extraction import phone
from extraction.kinds import Ask, Kind, Written
from extraction.kinds.registry import KINDS, part
from extraction.kinds.text import TEXT
from extraction.reading import SURE, Reading
from lead_sender.destinations import Custom
from mesh.errors import BadInput
from mesh.wire.lead_sender import MAX_VALUE, Heard, LeadRequest

MAX_FIELDS = 40
LARGEST, EXACT = 2**63, 2**53
"""Whole numbers, and others, are exact below these."""
_KNOWN = ("name", "phone", "city", "dates")
_TYPES = {"phone": "phone", "dates": "date_range", "email": "email"}
"""What fields of these names are in a lead without a scenario."""
_CODES = {"date": "dates", "date_range": "dates"}
"""What errors call a kind that has another name there."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PHONE = re.compile(r"(?:tel:)?[\s(]*\+?[\d\s()./,‐‑–—-]+")
"""Words beside the digits say something that would be lost: an extension, when to call."""
_BROKEN = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class Values:
    """A lead's fields in their normal form, and how sure those are that could be read in more than one way."""

    fields: dict[str, str]
    heard: dict[str, Heard] = field(default_factory=dict)


def values_of(request: LeadRequest, custom: Custom, default_region: str) -> Values:
    """The lead's values. Raises BadInput naming every field at fault.

    A lead that is not partial needs a way to reach the person: a phone number or an e-mail address.
    """
    raw = {name: getattr(request, name) for name in _KNOWN} | (request.model_extra or {})
    fields = {name: _text(name, value) for name, value in raw.items() if value not in (None, "")}
    if len(fields) > MAX_FIELDS:
        raise BadInput("too_many_fields", f"A lead has at most {MAX_FIELDS} fields.")
    if not fields:
        raise BadInput("empty_lead", "The lead has no field with a value.")
    values, faults = _normal(fields, request, custom, default_region), []
    for name, value in values.items():
        if isinstance(value, BadInput):
            faults.append(value)
        else:
            fields[name] = value.value
    if faults:
        raise BadInput(faults[0].code, " ".join(fault.message for fault in faults))
    if not request.partial and not any(part(_type(name, custom)).reaches for name in fields):
        raise BadInput(
            "no_contact", "phone: a lead needs a phone number (or an email); send partial=true to save without."
        )
    if "caller" in fields:  # as the network gave it, where it is no number
        with suppress(BadInput):
            fields["caller"] = normal_phone(fields["caller"], request.region or default_region)
    guessed = {n: v.confidence for n, v in values.items() if isinstance(v, Reading) and v.confidence < SURE}
    return Values(fields, {name: Heard(confidence=sure, turn=0) for name, sure in guessed.items()} | request.heard)


def _type(name: str, custom: Custom) -> str:
    return custom.types.get(name) or _TYPES.get(name, "text")


def _normal(
    fields: dict[str, str], request: LeadRequest, custom: Custom, default_region: str
) -> dict[str, Reading | BadInput]:
    """The values that have a normal form, or why they have none."""
    region = request.region or custom.region
    language = (request.call.language if request.call else "") or custom.language
    now = datetime.now(ZoneInfo(custom.time_zone)) if custom.time_zone else datetime.now(UTC).astimezone()
    found: dict[str, Reading | BadInput] = {}
    # The number first: its country says in which order the numbers of a date are, where nothing else does.
    for name in sorted(fields, key=lambda name: part(_type(name, custom)).reaches != "phone"):
        kind, text = KINDS.get(_type(name, custom), TEXT), fields[name]
        low, high = custom.limits.get(name, (None, None))
        ask = Ask(
            (language,), region or default_region, now.date(),
            asked=True, hours=custom.hours, choices=custom.choices.get(name, {}), low=low, high=high,
        )  # fmt: skip
        try:
            if part(kind.name).reaches == "phone":
                number = normal_phone(text, ask.region, name)
                region, found[name] = region or phone.region(number), Reading(number, SURE)
            elif isinstance(kind, Written):
                found[name] = _understood(name, text, kind, ask)
            elif kind.strict:
                found[name] = _checked(name, text, kind, replace(ask, languages=(language or "en",)))
        except BadInput as error:
            found[name] = error
    return found


def _checked(name: str, text: str, kind: Kind, ask: Ask) -> Reading:
    """A value as its kind writes it. Raises BadInput."""
    value = kind.check(text, ask)
    if value:
        return Reading(value, SURE)
    wanted = f"one of {', '.join(ask.choices)}" if ask.choices else kind.normal
    limits = [f"at {what} {limit:g}" for what, limit in (("least", ask.low), ("most", ask.high)) if limit is not None]
    raise BadInput(_code(kind), f"{name}: {text!r} is not understood; wanted is {', '.join([wanted, *limits])}.")


def _code(kind: Kind) -> str:
    return f"invalid_{_CODES.get(kind.name, kind.name)}"


def normal_phone(text: str, region: str, name: str = "phone") -> str:
    """The number in E.164. Raises BadInput invalid_phone."""
    number = phone.valid(phone.bare(text), region) if _PHONE.fullmatch(text) else ""
    if not number:
        raise BadInput(
            "invalid_phone",
            f"{name}: {text!r} is not a valid number (region {region}); give it with its country code, as "
            '+14155550123, or its region: "region" in the request, LEAD_REGION in .env.',
        )
    return number


def seconds_of(name: str, moment: datetime | None) -> float | None:
    """Unix seconds. Raises BadInput for a time that no clock has."""
    try:
        return moment.timestamp() if moment else None
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput("invalid_request", f"{name}: {moment} is out of range.") from error


def _understood(name: str, text: str, kind: Written, ask: Ask) -> Reading:
    """A reading of all of the text. Raises BadInput with what was understood, and what was not."""
    reading = kind.read(text, ask)
    if not reading.value:
        raise BadInput(_code(kind), f"{name}: {text!r} is not understood; write it as {kind.normal}.")
    if reading.unread:
        unread = " ".join(reading.unread)
        raise BadInput(
            _code(kind), f"{name}: understood {reading.value}, but not {unread!r}; write it as {kind.normal}."
        )
    if not kind.check(text, ask):
        raise BadInput(_code(kind), f"{name}: {kind.normal} is wanted, {text!r} is {reading.value}.")
    return reading


def _text(name: str, value: object) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput("invalid_field", f"{name[:60]!a} is not a field's name (lower-case letters, digits, _).")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInput("invalid_field", f"{name}: text or a number is wanted.")
    if isinstance(value, float) and not abs(value) < EXACT:  # NaN too; whole numbers over 64 bits come as these
        raise BadInput("invalid_field", f"{name}: {value} is no number that is kept exactly; send it as text.")
    if isinstance(value, int) and abs(value) >= LARGEST:
        raise BadInput("invalid_field", f"{name}: the number has more than 64 bits; send it as text.")
    if isinstance(value, str) and _BROKEN.search(value):
        raise BadInput("invalid_field", f"{name}: the text holds a NUL or half of a character.")
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    if len(text) > MAX_VALUE:
        raise BadInput("invalid_field", f"{name}: longer than {MAX_VALUE} characters.")
    return text
