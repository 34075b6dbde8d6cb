"""Digits said by themselves that are like a part of a telephone number: they take its place."""

from collections.abc import Sequence

from extraction import phone, phone_groups
from extraction.kinds import Ask, Candidate
from extraction.phone_groups import Group

LIKE, UNLIKE, SHORT = 0.8, 0.5, 0.45
MOST_DIGITS = 9
MORE_CHOICES = 2
"""Numbers beside the first one that a caller can be asked to choose from."""


def like(value: str, row: Sequence[Group], ask: Ask, *, named: bool = False) -> Candidate | None:
    """The number with the part of it replaced that is most like digits said by themselves; of two, the last one."""
    number, fresh = value[1:], phone_groups.digits(row).lstrip("+")
    if not 1 < len(fresh) <= MOST_DIGITS or fresh == number[-len(fresh) :]:
        return None
    scored: list[tuple[int, int, str]] = []
    for at in range(len(number) - len(fresh), -1, -1):
        made = "+" + number[:at] + fresh + number[at + len(fresh) :]
        if made != value and phone.valid(made, ask.region) == made:
            scored.append((_distance(number[at : at + len(fresh)], fresh), -at, made))
    if not scored:
        return None
    scored.sort()
    distance, _, best = scored[0]
    rivals = tuple(made for other, _, made in scored[1:] if other == distance)[:MORE_CHOICES]
    sure = LIKE if distance <= 1 + len(fresh) // 4 and not rivals else UNLIKE
    if len(fresh) < 3 and not named:
        sure = min(sure, SHORT)
    spans = tuple(dict.fromkeys(group.source for group in row))
    return Candidate(best, sure, spans, rivals if sure <= UNLIKE and distance <= 1 else ())


def _distance(one: str, other: str) -> int:
    """How many digits differ; two that have changed places count once."""
    count, at = 0, 0
    while at < len(one):
        if one[at] != other[at]:
            count += 1
            at += one[at : at + 2] == other[at : at + 2][::-1]
        at += 1
    return count
