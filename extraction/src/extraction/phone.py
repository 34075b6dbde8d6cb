"""Phone numbers in an utterance: digits in any grouping, and numbers in words."""

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_WORDS, LONGEST = 5, 17
"""Words beside the digits of a piece of a number ("yes it's 4 1 5"), and its characters."""
FOREIGN = 11
"""Digits of a number with a country code that is said without a plus, at least."""


def bare(digits: str) -> str:
    """Digits and plus signs alone."""
    return re.sub(r"[^\d+]", "", digits)


OVERSEAS = {"FR": ("GP", "MQ", "GF", "RE", "YT")}
"""Regions that have a code of their own and are dialled as any number at home is: one plan has 0639 for Mayotte, 0696
for Martinique (ARCEP, decision 2018-0881)."""


def is_foreign(value: str, region: str) -> bool:
    """Whether a number, E.164, is of a country that is not dialled as those of the region are."""
    import phonenumbers

    codes = {phonenumbers.country_code_for_region(one) for one in (region, *OVERSEAS.get(region, ()))}
    return bool(phonenumbers.parse(value).country_code not in codes)


@lru_cache(maxsize=256)
def use(value: str) -> str:
    """What a number, E.164, is for, as phonenumbers' metadata call it: `mobile`, `fixed_line`; "" for the rest."""
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    return {kinds.MOBILE: "mobile", kinds.FIXED_LINE: "fixed_line"}.get(
        phonenumbers.number_type(phonenumbers.parse(value)), ""
    )


@lru_cache(maxsize=256)
def is_premium(value: str) -> bool:
    """Whether a number, E.164, costs more than a call does."""
    import phonenumbers

    dear = phonenumbers.PhoneNumberType.PREMIUM_RATE
    return value.startswith("+") and phonenumbers.number_type(phonenumbers.parse(value)) == dear


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
    if found := next((found for form in forms if (found := _e164(form, region))), ""):
        return found
    sisters = OVERSEAS.get(region, ()) if number.startswith("0") else ()
    return next((found for one in sisters if (found := _e164(number, one))), "")


@dataclass(frozen=True, slots=True)
class Form:
    """A way in which a number that exists is said: by itself, behind the prefix of calls at home, with its country."""

    digits: str
    code: str
    """Of its country, with the plus."""
    head: int
    """How many of its digits are the prefix or the code."""
    area: int
    """How many digits behind them are those of its area or network; 0 where they have no number of their own."""
    usual: bool
    """It is how most people at home say it."""

    def value(self, digits: str) -> str:
        """The number, E.164, that is said so; "" where nobody has it, or it is none of this form."""
        head = self.digits[: self.head]
        if not digits.startswith(head):
            return ""
        made = self.code + digits[self.head :]
        return made if _e164(made, "") == made else ""

    def beginnings(self, digits: str) -> list[tuple[str, bool]]:
        """The digits with others at their beginning, in the place of those of the area, or (true) of as many."""
        fresh, head = digits, self.digits[: self.head]
        if head and len(digits) > len(head) and digits.startswith(head):
            fresh = digits[self.head :]
        rest = self.digits[self.head :]
        sizes = {len(fresh): True} | ({self.area: False} if self.area else {})
        return [(head + fresh + rest[size:], kept) for size, kept in sizes.items()]


def forms(value: str) -> list[Form]:
    """The ways in which a number, E.164, is said; the shortest first."""
    import phonenumbers

    parsed = phonenumbers.parse(value)
    code, national = f"+{parsed.country_code}", str(phonenumbers.national_significant_number(parsed))
    plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        parsed.country_code or 0, phonenumbers.region_code_for_number(parsed) or ""
    )
    trunk = (plan.national_prefix or "") if plan else ""
    area = int(phonenumbers.length_of_geographical_area_code(parsed))
    area = area or int(phonenumbers.length_of_national_destination_code(parsed))
    usual = "" if trunk == code[1:] else trunk
    heads = dict.fromkeys(("", trunk, code[1:]))
    return [Form(head + national, code, len(head), area, head == usual) for head in heads]


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
