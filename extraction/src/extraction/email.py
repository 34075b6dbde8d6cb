"""An e-mail address, written or spoken: "anna dot smith at example dot com", "анна собака пример точка ру"."""

import re

from extraction import address, lexicon
from extraction.address import Address

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")

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


def found(text: str, language: str, *, asked: bool) -> Address | None:
    """The address that a text holds: a written one, or the last that is spoken."""
    if written := _ADDRESS.search(text):
        return Address(written[0].strip(".-").lower(), written.span(), WRITTEN)
    spoken = address.find(text, language, asked=asked)
    return spoken if spoken is None or asked else Address(spoken.value, spoken.span, min(spoken.sure, UNASKED))
