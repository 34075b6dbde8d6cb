"""A part of a telephone number said again: "ends in two four", "not 45 but 54", "the area code is 303", "0181".

What is said gives new numbers, each weighed by how well the number that is held explains the words: what is denied
stands in it, what comes instead stands where it is said to be, the digits around it are said as they are. The best one
is taken; of several that are as good the caller is asked which.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from extraction import phone, phone_like, phone_said
from extraction.kinds import Ask, Candidate
from extraction.phone_like import LIKE, MORE_CHOICES, MOST_DIGITS, UNLIKE
from extraction.phone_marks import AREA, BEFORE_LAST, BEGINS, ENDS, MIDDLE, MISSING, PLACE, SWAPPED, Mark
from extraction.phone_said import Row, Said
from extraction.utterance import Utterance

FEW_WORDS = 4
"""Words beside digits that are said almost alone."""
DAYS = 31
"""A number over it is no day of a month."""
MOST_ROWS = 6
"""Rows of digits of an utterance that speaks of a part of a number."""
EXPLAINED, PLACED, REPLACED, DOUBTED = 0.95, 0.9, 0.85, 0.4
DENIED, SAID_WHERE, AROUND = 4.0, 2.0, 1.0
"""What it weighs that the digits which are denied are those that go, that the new ones are where they are said to be,
and that other digits are said as they are."""
FIRST = 0.25
"""And that the digits which go are said first, as in "the seven should be a nine"."""
KEPT = 0.2
"""And that all of the digits stay as they are, where fewer are said anew than are denied."""
USUAL = 0.25
"""And that they are counted in the form in which most people at home say it."""
LESS_LIKELY = 0.9


@dataclass(frozen=True, slots=True)
class _Made:
    """A new number, and what speaks for it."""

    value: str
    weight: float
    spans: tuple[tuple[int, int], ...]
    placed: bool
    replaces: bool
    """Digits that are in the number are said to be the wrong ones."""
    length: int
    row: Row


def patched(value: str, said: Utterance, ask: Ask) -> Candidate | None:
    """The number with what the utterance says of a part of it."""
    spoken = phone_said.of(said)
    if spoken is None or len(spoken.rows) > MOST_ROWS or not (spoken.rows or spoken.has(SWAPPED)):
        return None
    forms = phone.forms(value)
    first = _judged(list(_made(value, forms, spoken)), spoken, ask)
    swapped = _swapped(value, forms, spoken)
    if first is not None and first.confidence >= (PLACED if swapped else UNLIKE):
        return _further(first, spoken, ask)
    if swapped is not None:
        return swapped
    if len(spoken.fresh) == 1 and (ask.asked or ask.corrects) and spoken.alone <= FEW_WORDS and not _is_placed(spoken):
        alike = phone_like.like(value, spoken.fresh[0].groups, ask, named=spoken.named or ask.asked)
        return alike if alike and alike.confidence >= UNLIKE else None
    return None


def _is_placed(spoken: Said) -> bool:
    """Whether the digits are said to be somewhere: then they are nowhere else."""
    return bool(spoken.where(spoken.fresh[0]) or spoken.has(MISSING) or spoken.old)


def _made(value: str, forms: Sequence[phone.Form], spoken: Said) -> Iterator[_Made]:
    """Every number that the words may mean, with what speaks for it."""
    for row in spoken.fresh:
        marks, anchor = spoken.where(row), spoken.anchor(row)
        for form, (rank, digits) in product(forms, enumerate(row.options)):
            if not 0 < len(digits) <= MOST_DIGITS:
                continue
            for old, new, placed in _edits(form, digits, marks, anchor, spoken):
                gone = [one for one in spoken.rows if one is not row and _is_gone(one, old, new)]
                replaces = [one for one in gone if one.denied]
                if not placed and not (replaces if spoken.old else gone):
                    continue
                fresh = form.value(new)
                if not fresh or fresh == value:
                    continue
                around = [one for one in spoken.fresh if one not in (row, *gone) and _is_around(one, new)]
                weight = DENIED * len(replaces) + SAID_WHERE * placed + USUAL * form.usual - rank / 2
                weight += AROUND * (len(gone) - len(replaces) + len(around))
                weight += FIRST * sum(one.start < row.start for one in gone)
                if any(len(one.options[0]) > len(digits) for one in replaces):  # a part of them, said anew
                    weight += KEPT * sum(a == b for a, b in zip(old, new, strict=False)) / len(new)
                explained = (row, *gone, *around)
                spans = tuple(span for one in explained for span in one.source)
                if placed:
                    spans += tuple(mark.source for mark in marks)
                yield _Made(fresh, weight, spans, bool(placed), bool(gone), len(digits), row)


def _is_gone(row: Row, old: str, new: str) -> bool:
    return any(_explains(digits, old, new) for digits in row.options)


def _is_around(row: Row, new: str) -> bool:
    return any(len(digits) > 1 and digits in new for digits in row.options)


def _edits(
    form: phone.Form, digits: str, marks: Sequence[Mark], anchor: Row | None, spoken: Said
) -> Iterator[tuple[str, str, float]]:
    """A number before and after digits have taken their place in it, and whether they are said to be there, 0 to 1."""
    number, size = form.digits, len(digits)
    if spoken.has(MISSING):
        places = _ends(number, marks) or range(len(number) + 1)
        yield from ((number, number[:at] + digits + number[at:], float(bool(marks))) for at in places)
        return
    if anchor is not None:
        for follows in anchor.options:
            for at in _occurrences(follows, number):
                yield number, _put(number, at + len(follows), digits), 1.0
    kinds = {mark.what for mark in marks}
    if kinds & {AREA, BEGINS} and PLACE not in kinds:
        # An area's code takes the place of another one, whatever its length; other beginnings that of as many digits.
        for new, size_is_kept in form.beginnings(digits):
            yield number, new, 1.0 if size_is_kept != (AREA in kinds) else LESS_LIKELY
    for at in range(len(number) - size + 1):
        placed = any(_stands(mark, kinds, at, number, size, form) for mark in marks)
        yield number, _put(number, at, digits), float(placed) - (AREA in kinds and placed) * (1 - LESS_LIKELY)


def _ends(number: str, marks: Sequence[Mark]) -> list[int]:
    """The ends of a number at which digits are missing."""
    kinds = {mark.what for mark in marks}
    return [len(number)] * (ENDS in kinds) + [0] * (BEGINS in kinds)


def _stands(mark: Mark, kinds: set[str], at: int, number: str, size: int, form: phone.Form) -> bool:
    """Whether digits at a place of a number are where a mark says."""
    left = len(number) - at - size
    if mark.what == PLACE:
        return (left + 1 if ENDS in kinds else at + 1) == mark.place and size == 1
    if mark.what == BEFORE_LAST:
        return left == size
    if mark.what == MIDDLE:
        return at > form.head and left > 0
    if mark.what == ENDS:
        return left == 0 and PLACE not in kinds
    return at == 0 and mark.what in (BEGINS, AREA)


def _put(number: str, at: int, digits: str) -> str:
    return number[:at] + digits + number[at + len(digits) :]


def _occurrences(digits: str, number: str) -> list[int]:
    return [match.start() for match in re.finditer(f"(?={digits})", number)]


def _explains(digits: str, old: str, new: str) -> bool:
    """Whether digits stood where a number has changed, and stand there no more."""
    first = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    same = next((at for at, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b), 0)
    last = max(first + 1, len(old) - same)
    return any(at <= first and last <= at + len(digits) for at in _occurrences(digits, old))


def _judged(made: Sequence[_Made], spoken: Said, ask: Ask) -> Candidate | None:
    """The best number, and how sure it is."""
    made = [one for one in made if one.placed or one.replaces]
    if not made:
        return None
    heaviest = max(one.weight for one in made)
    best = {one.value: one for one in reversed(made) if one.weight == heaviest}
    if len(best) > 1 + MORE_CHOICES:
        return None
    first, *rest = reversed(best.values())
    few = spoken.alone <= FEW_WORDS + 2
    close = spoken.named or ask.asked or (few and spoken.things)
    if first.placed:
        sure = PLACED if (close or few) and first.length > (0 if close else 1) else DOUBTED
        sure = EXPLAINED if first.replaces or first.weight > SAID_WHERE + 2 * USUAL else sure
    elif spoken.old:
        sure = REPLACED if first.length > 1 or close else DOUBTED
    else:  # nobody says which digits are the wrong ones
        no_days = all(int(digits) > DAYS for row in spoken.rows for digits in row.options)
        sure = LIKE if close or first.length > 2 or (few and no_days) else DOUBTED
    others = tuple(one.value for one in rest)
    return Candidate(first.value, min(sure, UNLIKE) if others else sure, tuple(dict.fromkeys(first.spans)), others)


def _further(first: Candidate, spoken: Said, ask: Ask) -> Candidate:
    """The number with the other parts of it that are said to be somewhere too."""
    rows = tuple(row for row in spoken.rows if not set(row.source) & set(first.spans))
    left = replace(spoken, rows=rows)
    if first.others or len(left.fresh) != 1 or not spoken.where(left.fresh[0]) or spoken.anchor(left.fresh[0]):
        return first
    marks = spoken.where(left.fresh[0])
    if marks == [mark for row in spoken.fresh if row not in rows for mark in spoken.where(row)]:
        return first
    made = [one for one in _made(first.value, phone.forms(first.value), left) if one.placed]
    second = _judged(made, left, ask)
    if second is None or second.others or second.confidence < UNLIKE:
        return first
    return Candidate(second.value, min(first.confidence, second.confidence), (*first.spans, *second.spans))


def _swapped(value: str, forms: Sequence[phone.Form], spoken: Said) -> Candidate | None:
    """Two digits that have changed places: those that are said, or the last two, or the first."""
    mark = spoken.has(SWAPPED)
    if mark is None:
        return None
    number, rows = forms[0].digits, spoken.fresh
    said = [digits for row in rows for digits in row.options]
    pairs = [one for one in (*said, "".join(said)) if len(one) == 2]
    places = {at for pair in pairs for one in (pair, pair[::-1]) for at in _occurrences(one, number)}
    kinds = {one.what for one in spoken.marks}
    if not places and not rows:
        places = {len(number) - 2} if ENDS in kinds else {0} if kinds & {BEGINS, AREA} else set()
    made = [forms[0].value(_put(number, at, number[at : at + 2][::-1])) for at in sorted(places, reverse=True)]
    right = list(dict.fromkeys(one for one in made if one and one != value))
    if not right or len(right) > 1 + MORE_CHOICES:
        return None
    spans = (mark.source, *(span for row in spoken.rows for span in row.source))
    return Candidate(right[0], REPLACED if len(right) == 1 else UNLIKE, spans, tuple(right[1:]))
