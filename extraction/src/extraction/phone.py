"""Phone numbers in an utterance: digits in any grouping, and numbers in words."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from extraction import lexicon, numerals, patterns

MOST_WORDS, LONGEST = 5, 17
"""Words beside the digits of a piece of a number ("yes it's 4 1 5"), and its characters."""
MAX_CANDIDATES = 150
"""A number that is not among so many is not looked for: 5 ms."""
MAX_READINGS = 20
FOREIGN = 11
"""Digits of a number with a country code that is said without a plus, at least."""
_CANDIDATE = re.compile(r"\+?\d(?:[\s().,/–-]*\d){6,16}")


def find(text: str, language: str, region: str) -> tuple[str, str]:
    """The first valid number as E.164 ("" when there is none), and the text without it.

    A number without a country code is read in `region`. An incomplete number is no number; words that can be read in
    more than one way ("twenty seven") are read in the most natural one that makes a valid number.
    """
    candidates = (
        (digits, match, place == 0)
        for place, reading in enumerate(numerals.readings(text, language))
        for digits in (_joined(reading, language),)
        for match in _CANDIDATE.finditer(digits)
    )
    for digits, match, natural in islice(candidates, MAX_CANDIDATES):
        number = bare(match[0])
        found = valid(number, region)
        # A country code without a plus is not looked for in words that are read in less natural ways.
        if found and (natural or number.startswith(("+", "00")) or not is_foreign(found, region)):
            return found, digits[: match.start()] + " " + digits[match.end() :]
    return "", text


def _joined(reading: str, language: str) -> str:
    """A reading without what is said between the groups of a number."""
    between = lexicon.of(language).phone.between
    return patterns.sub(rf"(?<=\d)[\s,.]*\b(?:{between})\b[\s,.]*(?=\d)", " ", reading, re.IGNORECASE)


def is_ambiguous(text: str, language: str, region: str) -> bool:
    """Whether its most natural reading is no number, and the others make more than one."""
    readings = [_joined(reading, language) for reading in numerals.readings(text, language)[:MAX_READINGS]]
    made = [
        next((found for match in _CANDIDATE.finditer(digits) if (found := valid(bare(match[0]), region))), "")
        for digits in readings
    ]
    return bool(made) and not made[0] and len({found for found in made if found}) > 1


def is_said(number: str, text: str, language: str) -> bool:
    """Whether the end of a number, without its country code, stands in a text in some reading."""
    end = number[-7:]
    return any(end in re.sub(r"\D", "", reading) for reading in numerals.readings(text, language)[:MAX_READINGS])


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


def as_digits(text: str, language: str) -> str:
    """The text with its numbers as digits, as they are most naturally read."""
    return numerals.natural(text, language)


def spoken(value: str) -> str:
    """E.164 in the groups in which it is written, so that it is read in groups."""
    import phonenumbers

    number = phonenumbers.parse(value)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)).replace("-", " ")


def piece(text: str, language: str) -> str:
    """The digits of an utterance that says little else, with a leading plus; "" when it is no part of a number."""
    digits = as_digits(text, language)
    found = "".join(re.findall(r"\+|\d", digits))
    if len(found.strip("+")) < 2 or len(re.findall(r"[^\W\d_]+", digits)) > MOST_WORDS:
        return ""
    return found[0] + found[1:].replace("+", "")


def may_go_on(digits: str, region: str) -> bool:
    """Whether the number in a text of digits is valid so far but a longer one would be too."""
    dialled = bare(digits)
    read = next((form for form in (dialled, "+" + dialled.lstrip("+")) if _e164(form, region)), "")
    return bool(read) and any(_e164(read + more, region) for more in ("0", "00", "1", "11"))
