"""Numbers that somebody else wrote."""

DAY_S, LATEST = 86_400, 2**40
"""A day in seconds; a Unix time after which nobody of us will be there."""
_LONGEST = 30  # digits; int() raises at 4,300


def whole(text: str, most: int) -> int | None:
    """The number that ASCII digits write, `most` where it is larger; None for any other text.

    `str.isdigit` alone is true of "²" too, at which int() raises.
    """
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None
