"""What a whole text says: a value, how sure it is, and what of the text was not understood."""

from dataclasses import dataclass

SURE, GUESSED, UNSURE = 0.9, 0.8, 0.55
"""Confidence: it can be read in one way; in two, and what is known of the caller decides; in two, and nothing does."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value in its normal form, "" for none. With `unread` words it may be another one than was meant."""

    value: str
    confidence: float
    unread: tuple[str, ...] = ()
