"""Complete telephone numbers in what somebody said: where they stand, and what speaks for them and against."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice

from extraction import lexicon, patterns, phone, phone_groups
from extraction.kinds import Ask
from extraction.mapped import Mapped
from extraction.phone_groups import Gap, Group
from extraction.utterance import Utterance

FEWEST, MOST = 6, 16
"""Digits of a number."""
MOST_GROUPS = 24
TWO, MANY = 2, 99
UNUSUAL = {0: 0.92, 1: 0.92, 2: 0.8}
"""Confidence by how many numbers are read as two that are usually one: nobody says three of them so."""
MAX_RUNS = 150
"""Rows of digits, in less natural readings, that are tried: 5 ms."""


@dataclass(frozen=True, slots=True)
class Found:
    """A number that somebody can have."""

    value: str
    groups: tuple[Group, ...]
    reading: str
    """The text of the reading that it is in."""
    doubts: dict[str, float] = field(default_factory=dict)
    """What speaks against it, each with the confidence that it leaves."""
    others: tuple[str, ...] = ()

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where it stands in the text."""
        return tuple(dict.fromkeys(group.source for group in self.groups))


def best(groups: Sequence[Group], said: Utterance, ask: Ask) -> list[Found]:
    """The numbers of an utterance without repairs, read in the most natural way that gives any."""
    reading = said.readings[0]
    return (
        natural(groups, reading, ask)
        or otherwise(said, ask)
        or within(groups, reading, ask)
        or abroad(groups, reading, ask)
    )


def natural(groups: Sequence[Group], reading: Mapped, ask: Ask) -> list[Found]:
    """The numbers among groups of the most natural reading: those that take all digits of their row."""
    return [
        _judged(Found(value, tuple(row), reading.text), ask)
        for row in _rows(groups, Gap.TIGHT)
        if (value := here(phone_groups.digits(row), ask.region))
    ]


def abroad(groups: Sequence[Group], reading: Mapped, ask: Ask) -> list[Found]:
    """Numbers of other countries whose code is said without a plus."""
    return [
        _judged(Found(value, tuple(row), reading.text, {"country guessed": 0.5}), ask)
        for row in _rows(groups, Gap.TIGHT)
        if (value := phone.valid(phone_groups.digits(row), ask.region))
    ]


def here(dialled: str, region: str) -> str:
    """A number as E.164 that is of this country, or has the code of another one by a plus; "" for none."""
    value = phone.valid(dialled, region)
    return value if value and (dialled.startswith(("+", "00")) or not phone.is_foreign(value, region)) else ""


def otherwise(said: Utterance, ask: Ask) -> list[Found]:
    """The numbers in less natural readings ("twenty seven": 20 and 7); a choice where there is more than one."""
    found: dict[str, Found] = {}
    plain = phone_groups.of(said.readings[0], said.language)
    rows = (
        (row, reading.text)
        for reading in islice(said.readings, 1, None)
        for row in _rows([one for one in phone_groups.of(reading, said.language) if not one.denied], Gap.TIGHT)
    )
    for row, text in islice(rows, MAX_RUNS):
        value = here(phone_groups.digits(row), ask.region)
        sure = UNUSUAL.get(_split(row, plain), 0.0) if value else 0.0
        if sure:
            found.setdefault(value, Found(value, tuple(row), text, {"unusual reading": sure}))
    first = next(iter(found.values()), None)
    if first is None:
        return []
    surest = max(min(one.doubts.values()) for one in found.values())
    found = {value: one for value, one in found.items() if min(one.doubts.values()) == surest}
    first = next(iter(found.values()))
    if len(found) > 1:
        first = replace(first, doubts={"readings": 0.5}, others=tuple(islice(found, 1, 3)))
    return [_judged(first, ask)]


def _split(row: Sequence[Group], plain: Sequence[Group]) -> int:
    """How many more numbers a row is read as than in the most natural reading."""
    start, end = row[0].source[0], row[-1].source[1]
    within = [group.source for group in plain if start <= group.source[0] and group.source[1] <= end]
    apart = [sum(first <= one.source[0] and one.source[1] <= last for one in row) for first, last in within]
    return sum(count - 1 for count in apart) if max(apart, default=1) <= TWO else MANY


def within(groups: Sequence[Group], reading: Mapped, ask: Ask) -> list[Found]:
    """The numbers that leave digits of their row over, or that go on behind other words."""
    found = [one for row in _rows(groups, Gap.TIGHT) for one in _scanned(row, reading, ask)]
    if found:
        return found
    return [
        _judged(Found(value, tuple(row), reading.text, {"words between": 0.8}), ask)
        for row in _rows(groups, Gap.WORDS)
        if (value := here(phone_groups.digits(row), ask.region))
    ]


def _rows(groups: Sequence[Group], upto: Gap) -> Iterator[list[Group]]:
    """Groups that may be one number: a plus begins another."""
    for run in phone_groups.runs(groups, upto=upto):
        row: list[Group] = []
        for group in run:
            if row and group.digits.startswith("+"):
                yield row
                row = []
            row.append(group)
        yield row


def _scanned(row: Sequence[Group], reading: Mapped, ask: Ask) -> Iterator[Found]:
    """The longest numbers within a row, from its beginning on; what a sign joins is not torn apart."""
    starts = [at for at, group in enumerate(row) if not group.glued or not at][:MOST_GROUPS]
    ends = [*starts[1:], len(row)]
    at = 0
    while at < len(starts):
        for last in range(len(ends) - 1, at - 1, -1):
            part = row[starts[at] : ends[last]]
            number = phone_groups.digits(part)
            if FEWEST < len(number) <= MOST and (value := here(number, ask.region)):
                yield _judged(Found(value, tuple(part), reading.text, {"digits left over": 0.5}), ask)
                at = last
                break
        at += 1


def _judged(found: Found, ask: Ask) -> Found:
    """With what speaks against it."""
    language, doubts = ask.languages[0], dict(found.doubts)
    dialled = phone_groups.digits(found.groups)
    written = dialled.startswith(("+", "00"))
    if not written and "country guessed" not in doubts and _is_short(found.value, dialled, ask.region):
        doubts["no beginning"] = 0.55
    if phone_groups.is_day(found.groups, found.reading):
        doubts["a day"] = 0.25
    if _is_other(found.reading[: found.groups[0].start], language):
        doubts["another number"] = 0.5 if ask.asked else 0.2
    return replace(found, doubts=doubts)


def _is_other(before: str, language: str) -> bool:
    """Whether what stands right before calls it a number of something else: "my order number is"."""
    clause = next((part for part in reversed(re.split(r"[.!?;,]|\d", before)) if re.search(r"[^\W\d_]", part)), "")
    others = "|".join(lexicon.of(language).phone.others.split()) or "(?!)"
    mine = "|".join(lexicon.of(language).fields.nouns.get("phone", "").split()) or "(?!)"
    other = list(patterns.finditer(rf"(?<!\w)\w*(?:{others})", clause, re.IGNORECASE))
    phones = list(patterns.finditer(rf"(?<!\w)(?:{mine})", clause, re.IGNORECASE))
    if not other or not phones:
        return bool(other)
    # Of "the number of my order", "my order number" both nouns stand together.
    near = max(phones[-1].start() - other[-1].end(), other[-1].start() - phones[-1].end())
    return near <= CLOSE


CLOSE = 14
"""Characters between the noun of another matter and that for a number, when it is the number of that."""


def _is_short(value: str, dialled: str, region: str) -> bool:
    """Whether its beginning may be missing: such numbers of a region differ in length, and it has no trunk prefix."""
    trunk, lengths = _plan(region, phone.use(value))
    return bool(trunk) and lengths > 2 and not dialled.startswith(trunk)


@cache
def _plan(region: str, use: str) -> tuple[str, int]:
    """The prefix of calls within a region, and how many lengths its numbers of a use have."""
    import phonenumbers

    plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    of_use = plan and (getattr(plan, use, None) or plan.general_desc)
    if not plan or not of_use:
        return "", 0
    return plan.national_prefix or "", len(of_use.possible_length)
