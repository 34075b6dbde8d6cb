"""Numbers that exist, dictated in every way in which people group digits, in five languages: what is held is right."""

import random
from datetime import date

import phonenumbers
import pytest

from extraction import lexicon
from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

PHONE = KINDS["phone"]
HOME = {"en": "US GB AU", "ru": "RU", "de": "DE AT CH", "es": "ES MX", "fr": "FR BE"}
EACH = 120
"""Numbers of a region."""
HELD, RIGHT, TAKEN = 0.9, 0.98, 0.85
"""Confidence from which nobody asks again; how many of those are right, and how many numbers are held like that."""


def in_words(two: str, language: str) -> str:
    """Two digits as one number, in the words of a language."""
    numbers = lexicon.of(language).numbers
    digits, teens, tens = numbers.digits.split(), numbers.teens.split(), numbers.tens.split()
    value = int(two)
    if value < 10:
        return f"{digits[0]} {digits[value]}"
    if value < 20:
        return teens[value - 10]
    ten, one = tens[value // 10 - 2], value % 10
    if numbers.by_twenties and value >= 70:
        base, rest = ("soixante", value - 60) if value < 80 else ("quatre-vingt", value - 80)
        return f"{base}-{(digits + teens)[rest]}" if rest else base
    if not one:
        return ten
    if language == "de":
        return f"{digits[one].removesuffix('s') if one == 1 else digits[one]}und{ten}"
    if language == "es":
        return f"veinti{digits[one]}" if value < 30 else f"{ten} y {digits[one]}"
    if language == "fr" and one == 1:
        return f"{ten} et un"
    return f"{ten}-{digits[one]}" if language == "en" else f"{ten} {digits[one]}"


def dictated(number: str, language: str, draw: random.Random) -> str:
    """A number as somebody says it: digits, pairs, what comes twice as double; with pauses, hesitations, a frame."""
    digits = lexicon.of(language).numbers.digits.split()
    said, at = [], 0
    style = draw.choice(("digits", "pairs", "mixed", "written"))
    while at < len(number):
        size = 1 if style == "digits" else 2 if style == "pairs" else draw.choice((1, 2, 3))
        part = number[at : at + size]
        if style == "written":
            said.append(part)
        elif len(part) == 2 and style != "digits" and draw.random() < 0.8:
            said.append(in_words(part, language))
        elif len(part) == 2 and part[0] == part[1] and language in ("en", "es", "fr"):
            said.append({"en": "double", "es": "doble", "fr": "double"}[language] + " " + digits[int(part[0])])
        else:
            said.append(" ".join(digits[int(one)] for one in part))
        at += size
    joint = draw.choice((" ", ", ", "... "))
    return joint.join(said)


FRAMES = {
    "en": ("{}", "it's {}", "my number is {} thanks", "yes, {}, you can call me on that"),
    "ru": ("{}", "мой номер {}", "записывайте: {}, звоните"),
    "de": ("{}", "meine Nummer ist die {}", "ja, das ist die {} bitte"),
    "es": ("{}", "es el {}", "mi teléfono es el {}, gracias"),
    "fr": ("{}", "c'est le {}", "mon numéro c'est le {} voilà"),
}


def numbers(region: str, draw: random.Random) -> list[tuple[str, str]]:
    """Numbers of a region as they are dialled at home, with what they are in E.164."""
    found: list[tuple[str, str]] = []
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    while len(found) < EACH:
        sample = phonenumbers.example_number_for_type(region, draw.choice(kinds))
        national = phonenumbers.national_significant_number(sample)
        shuffled = national[:3] + "".join(draw.choice("0123456789") for _ in national[3:])
        prefix = {"US": "", "ES": "", "MX": "", "RU": "8"}.get(region, "0")
        try:
            number = phonenumbers.parse(prefix + shuffled, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            found.append((prefix + shuffled, value))
    return found


@pytest.mark.parametrize("language", sorted(HOME))
def test_what_is_held_of_a_dictated_number_is_right(language: str) -> None:
    draw = random.Random(f"callers of {language}")
    held = right = count = 0
    wrong: list[str] = []
    for region in HOME[language].split():
        ask = Ask((language,), region, date(2026, 11, 20), asked=True)
        for dialled, value in numbers(region, draw):
            text = draw.choice(FRAMES[language]).format(dictated(dialled, language, draw))
            found = PHONE.find(Utterance(text, language), ask)
            count += 1
            if found and found[0].confidence >= HELD:
                held += 1
                right += found[0].value == value
                wrong += [] if found[0].value == value else [f"{region} {value}: {text} -> {found[0]}"]
    assert right >= RIGHT * held, wrong
    assert held >= TAKEN * count, f"{held} of {count}"
