"""Phone numbers in an utterance: digits in any grouping, and numbers in words."""

import re
from functools import lru_cache

MOST_WORDS, LONGEST = 5, 17
"""Words beside the digits of a piece of a number ("yes it's 4 1 5"), and its characters."""
FOREIGN = 11
"""Digits of a number with a country code that is said without a plus, at least."""


def bare(digits: str) -> str:
    """Digits and plus signs alone."""
    return re.sub(r"[^\d+]", "", digits)


def is_foreign(value: str, region: str) -> bool:
    """Whether a number, E.164, is of a country that has another code than the region's."""
    import phonenumbers

    return bool(phonenumbers.parse(value).country_code != phonenumbers.country_code_for_region(region))


def region(value: str) -> str:
    """The country of a number, E.164, as ISO 3166 writes it; "" where it belongs to none."""
    import phonenumbers

    return str(phonenumbers.region_code_for_number(phonenumbers.parse(value)) or "")


def valid(number: str, region: str) -> str:
    """A number of digits, with or without a country code, as E.164; "" when nobody can have it.

    Without a plus a code of another country is seen only where there are as many digits as such a number has: else the
    beginning of a number at home would be one of somebody far away.
    """
    long_enough = number.startswith("+") or len(number) >= FOREIGN
    abroad = "+" + number.lstrip("+") if long_enough else number
    forms = (number, abroad, "+" + number[2:]) if number.startswith("00") else (number, abroad)
    return next((found for form in forms if (found := _e164(form, region))), "")


def with_beginning(value: str, digits: str) -> list[str]:
    """A number, E.164, with another area code, or other digits at the beginning: the likeliest first."""
    import phonenumbers

    parsed = phonenumbers.parse(value)
    code, national = f"+{parsed.country_code}", str(phonenumbers.national_significant_number(parsed))
    plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        parsed.country_code or 0, phonenumbers.region_code_for_number(parsed) or ""
    )
    trunk = (plan.national_prefix or "") if plan else ""
    fresh = digits.removeprefix(trunk) if trunk and len(digits) > len(trunk) else digits
    area = int(phonenumbers.length_of_geographical_area_code(parsed))
    area = area or int(phonenumbers.length_of_national_destination_code(parsed)) or len(fresh)
    made = [code + fresh + national[length:] for length in dict.fromkeys((area, len(fresh)))]
    return [one for one in made if _e164(one, "")]


@lru_cache(maxsize=4_096)
def _e164(number: str, region: str) -> str:
    import phonenumbers  # 50 ms: fields.warm loads it beside the start

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def spoken(value: str) -> str:
    """E.164 in the groups in which it is written, so that it is read in groups."""
    import phonenumbers

    number = phonenumbers.parse(value)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)).replace("-", " ")


def may_go_on(digits: str, region: str) -> bool:
    """Whether the number in a text of digits is valid so far but a longer one would be too."""
    dialled = bare(digits)
    read = next((form for form in (dialled, "+" + dialled.lstrip("+")) if _e164(form, region)), "")
    return bool(read) and any(_e164(read + more, region) for more in ("0", "00", "1", "11"))
