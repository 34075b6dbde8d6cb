"""The groups of digits in what somebody said, and what stands between them: where a number may go on, and where not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import takewhile

from extraction import lexicon, patterns, words
from extraction.mapped import Mapped

_GROUP = re.compile(r"\+?\d+")
_TIGHT = re.compile(r"[\s().,/–—·:;…-]*")
NEAR = 45
"""Characters before a number in which it is said of what it is one."""
MOST_BETWEEN = 2
"""Words between the groups of a number that mean nothing: "oh one two, uh, six"."""
_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})|\d{4}[./-]\d{1,2}[./-]\d{1,2}")


class Gap(IntEnum):
    """What stands before a group: nothing much, some words, a repair, or other matters."""

    TIGHT, WORDS, REPAIR, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class Group:
    """Digits, a plus before them perhaps, with their place in the reading and in the text itself."""

    digits: str
    start: int
    end: int
    source: tuple[int, int]
    gap: Gap
    glued: bool
    """Nothing but a sign parts it from the one before: "555-0123"."""
    denied: bool = False
    """It is said not to be so."""
    paused: bool = False
    """A comma or a full stop stands before it."""


def of(reading: Mapped, language: str, *, counts: bool = False) -> list[Group]:
    """The groups of a reading; `counts`: and what says how many digits come."""
    reading = with_codes(reading, language)
    found: list[Group] = []
    at = 0
    for match in _GROUP.finditer(reading.text):
        between = reading.text[at : match.start()]
        gap, denied = _gap(between, language)
        glued = bool(found) and bool(between) and not any(sign.isspace() or sign.isalnum() for sign in between)
        source = reading.source(*match.span())
        denied = denied or (bool(found) and found[-1].denied and between.strip(" -–") == "")
        gap = gap if found or gap == Gap.REPAIR else Gap.OTHER
        found.append(Group(match[0], *match.span(), source, gap, glued, denied, "," in between or ". " in between))
        at = match.end()
    return found if counts else _uncounted(found, reading.text, language)


def is_counting(group: Group, text: str, language: str) -> bool:
    """Whether a number stands beside a word for digits, or "last" or "first": it says how many they are."""
    has = lexicon.of(language)
    which = "|".join((has.choices.last, has.choices.places.split()[0], *has.phone.digit.split()))
    before = rf"(?<!\w)(?:{has.choices.last}|{has.choices.places.split()[0]})\w*[\s,:]+$"
    if patterns.compiled(rf"\s+(?:{which})", re.IGNORECASE).match(text, group.end):
        return True
    return bool(patterns.search(before, text[max(0, group.start - NEAR) : group.start], re.IGNORECASE))


def _uncounted(groups: list[Group], text: str, language: str) -> list[Group]:
    """Without what says how many digits come: "and the last four are 0165"; those go on where the others ended."""
    made: list[Group] = []
    counted = False
    for at, group in enumerate(groups):
        number = int(group.digits) if len(group.digits) == 1 else 0
        behind = takewhile(lambda one: one.gap == Gap.TIGHT, groups[at + 2 :])
        count = len(digits([*groups[at + 1 : at + 2], *behind]))
        if made and number > 1 and number == count and is_counting(group, text, language):
            counted = True
            continue
        made.append(replace(group, gap=Gap.TIGHT) if counted else group)
        counted = False
    return made


def with_codes(reading: Mapped, language: str) -> Mapped:
    """A reading with a plus in the place of "country code"."""
    said = lexicon.of(language).phone.country or "(?!)"
    return reading.sub(rf"(?<!\w)(?:{said})[\s,:]*(?=\d)", "+", re.IGNORECASE)


def _gap(between: str, language: str) -> tuple[Gap, bool]:
    """What stands before a group, and whether it says that the group is not so."""
    if _TIGHT.fullmatch(between):
        return Gap.TIGHT, False
    answers = lexicon.of(language).answers
    plain_no = answers.no_words.split()[0]
    denial = rf"(?P<no>{words.any_of(answers.denies)})(?P<rest>\s+(?:\w{{1,3}}\s+)?)$"
    if (denied := patterns.search(denial, between, re.IGNORECASE)) and (
        denied["no"].lower() != plain_no or denied["rest"].strip()
    ):
        return (Gap.REPAIR if patterns.search(words.any_of(answers.marks), between, re.IGNORECASE) else Gap.WORDS), True
    if patterns.search(words.any_of((*answers.marks, plain_no)), between, re.IGNORECASE):
        return Gap.REPAIR, False
    said = lexicon.of(language).phone.between
    left = patterns.sub(rf"(?<!\w)(?:{said})(?!\w)", " ", between, re.IGNORECASE)
    count = len(words.split(left))
    return (Gap.TIGHT if not count else Gap.WORDS if count <= MOST_BETWEEN else Gap.OTHER), False


def runs(groups: Sequence[Group], *, upto: Gap) -> list[list[Group]]:
    """Groups that follow each other with no more than a kind of gap between them."""
    made: list[list[Group]] = []
    for group in groups:
        if made and group.gap <= upto:
            made[-1].append(group)
        else:
            made.append([group])
    return made


def digits(groups: Sequence[Group]) -> str:
    """All of their digits, with a plus at the beginning only."""
    joined = "".join(group.digits for group in groups)
    return joined[:1] + joined[1:].replace("+", "")


def is_day(groups: Sequence[Group], text: str) -> bool:
    """Whether they are written as days are."""
    chunks = text[groups[0].start : groups[-1].end].split()
    days = [chunk for chunk in chunks if _DAY.fullmatch(chunk.strip(".,"))]
    return bool(days) and all(chunk in days or not any(sign.isdigit() for sign in chunk) for chunk in chunks)


def amended(before: Sequence[Group], after: Sequence[Group]) -> list[str]:
    """What digits may be when the last of them were said again after a repair, the likeliest first.

    "777, no, 774 12": the group that is replaced is the last one of the same length; or all of `after` takes the place
    of as many digits, or it goes on where `before` broke off.
    """
    whole, first = digits(before), after[0].digits.lstrip("+")
    made = [digits(before[:place]) + digits(after) for place in _spoken_again(before, after)]
    made += [
        digits(before[:place]) + digits(after)
        for place in range(len(before) - 1, -1, -1)
        if len(before[place].digits) == len(first) or place == len(before) - 1
    ]
    fresh = digits(after)
    cuts = sorted(range(max(0, len(whole) - len(fresh)), len(whole)), key=lambda at: -_alike(whole[at:], fresh))
    made += [whole[:at] + fresh for at in cuts]
    return list(dict.fromkeys([*made, whole + fresh]))


def _spoken_again(before: Sequence[Group], after: Sequence[Group]) -> list[int]:
    """Where the last digits between pauses begin, when those that are said first after a repair are as many."""
    last = max((at for at, group in enumerate(before) if group.paused), default=0)
    until = next((at for at, group in enumerate(after) if at and group.paused), len(after))
    return [last] if last and len(digits(before[last:])) == len(digits(after[:until])) else []


def _alike(one: str, other: str) -> int:
    return sum(a == b for a, b in zip(one, other, strict=False))
