"""An e-mail address, written or spoken: "anna dot smith at example dot com", "анна собака пример точка ру"."""

import re
import unicodedata

from extraction import address, lexicon
from extraction.address import Address

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")

LOCAL, LABEL, LONGEST = 64, 63, 254
"""Signs before the @, of a part of a domain, and of all of it (RFC 5321, RFC 1035)."""
WRITTEN, UNASKED = 0.97, 0.85
"""Confidence of an address that was written, and the most of one that was spoken and that nobody asked for."""


def said(value: str, language: str, *, by_letters: bool = False) -> str:
    """An address as it is read out: "anna dot smith at example dot com", or letter by letter."""
    signs = lexicon.of(language).email.signs
    parts = value if by_letters else [part for part in re.split(r"([^\w]|_)", value) if part]
    return (", " if by_letters else " ").join(signs.get(part, part) for part in parts)


def find(text: str, language: str, *, asked: bool) -> tuple[str, str]:
    """The address in small letters ("" when there is none), and the text without it."""
    one = found(text, language, asked=asked)
    return (one.value, text[: one.span[0]] + " " + text[one.span[1] :]) if one else ("", text)


def found(text: str, language: str, *, asked: bool, speaker: str = "") -> Address | None:
    """The address that a text holds: a written one, or the last that is spoken; none that mail cannot have."""
    if written := list(_ADDRESS.finditer(text)):
        made = (Address(one[0].strip(".-").lower(), one.span(), WRITTEN) for one in written)
        return next((one for one in made if is_one(one.value)), None)
    spoken = address.find(text, language, asked=asked, speaker=speaker)
    if spoken is not None and not is_one(spoken.value):
        return None
    return spoken if spoken is None or asked else Address(spoken.value, spoken.span, min(spoken.sure, UNASKED))


def is_one(value: str) -> bool:
    """Whether mail can have such an address, and nobody took letters of another script for those of its own."""
    local, _, domain = value.rpartition("@")
    labels = domain.split(".")
    return (
        0 < len(local) <= LOCAL
        and len(value) <= LONGEST
        and all(local.split("."))
        and all(0 < len(one) <= LABEL and one[0] != "-" != one[-1] for one in labels)
        and all(len(_scripts(one)) <= 1 for one in (*local.split("."), *labels))
    )


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(sign, "").split(" ")[0] for sign in label if sign.isalpha()}
