"""Whose data is whose: a telephone number in all the forms in which it is written, found in whatever is kept."""

import re
from collections.abc import Iterator

# Country codes by their first digits (ITU-T E.164): one digit for 1 and 7, three where no code of two begins so.
_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")
_DIGITS = re.compile(r"\+?\(?\d[\d\s()./–-]{4,}\d")
_GROUPS = 8
"""Of so many groups of digits a number is at most; several numbers may stand one after another."""
FEWEST, MOST = 6, 18


def forms(who: str) -> frozenset[str]:
    """How a person may be written: of +4930901820 also 4930901820 and 30901820. What is no E.164 is only itself."""
    code = _CODE.match(who[1:]) if who.startswith("+") else None
    if code is None:
        return frozenset({who.strip().casefold()})
    national = who[1:].removeprefix(code[0])
    # Of what is no whole number ("+7", "+49101") there would be left what somebody else is called: nothing, or 101.
    without = (who[1:], national, national.lstrip("0"))
    return frozenset({who, *(digits for digits in without if len(digits) >= FEWEST)})


def written(value: object, name: str = "") -> Iterator[str]:
    """Everything in some data that may be a person, as `forms` has it: each number, and the `caller` as it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from written(item, str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from written(item, name)
    elif isinstance(value, str):
        if name == "caller":
            yield value.strip().casefold()
        for match in _DIGITS.finditer(value):
            yield from _numbers(match[0])


def mentions(value: object, theirs: frozenset[str]) -> bool:
    """Whether some data holds one of a person's `forms`."""
    return any(one in theirs for one in written(value))


def _numbers(text: str) -> Iterator[str]:
    groups, abroad = re.findall(r"\d+", text), text.startswith("+")
    for first in range(1 if abroad else len(groups)):
        digits = ""
        for group in groups[first : first + _GROUPS]:
            digits += group
            if len(digits) > MOST:
                break
            if len(digits) >= FEWEST:
                yield from ["+" + digits] if abroad else _dialled(digits)


def _dialled(digits: str) -> Iterator[str]:
    yield digits
    for prefix in ("00", "011", "0", "8"):  # abroad; abroad from North America; at home; at home in Russia
        if digits.startswith(prefix):
            yield digits.removeprefix(prefix)
