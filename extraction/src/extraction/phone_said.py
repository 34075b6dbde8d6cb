"""What somebody says of the digits of a number: digits, what is denied of them, and the words that say where they are.

"The last two are 79, not 97": a count of two, the digits 79, the digits 97 that are not so, and the end as the place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extraction import lexicon, patterns, phone_groups, phone_marks, words
from extraction.mapped import Mapped
from extraction.phone_groups import Gap, Group
from extraction.phone_marks import AFTER, AREA, BEFORE_LAST, PLACE, SWAPPED, WHERE, Mark
from extraction.utterance import Utterance

MOST_DIGITS = 40
FAR = 45
"""Characters between digits and the word that says where they belong."""
MANY_WORDS = 20
"""So many are not few: the others need not be looked at."""
BESIDE = 12
"""Characters between a word like "after" and the digits that it belongs to."""


@dataclass(frozen=True, slots=True)
class Row:
    """Digits that were said together."""

    groups: tuple[Group, ...]
    denied: bool
    options: tuple[str, ...]
    """Its digits, the likeliest first: without how many they are, or a "one" that is an "a": "c'est un huit"."""
    source: tuple[tuple[int, int], ...]
    """Where it was said."""
    count: bool = False
    """It says how many digits are meant: "the last two"."""

    @property
    def start(self) -> int:
        """Where it begins in the reading."""
        return self.groups[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.groups[-1].end


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance that may speak of a part of a number."""

    text: str
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    named: bool
    """A telephone number, or its digits, are named."""
    things: bool
    """A digit is spoken of as a thing: "a seven"."""
    alone: int
    """Words beside the digits that are no yes or no."""

    @property
    def fresh(self) -> list[Row]:
        """The digits that may be right."""
        return [row for row in self.rows if not row.denied and not row.count]

    @property
    def old(self) -> list[Row]:
        """Those that are said to be wrong."""
        return [row for row in self.rows if row.denied]

    def has(self, what: str) -> Mark | None:
        """A mark, wherever it stands."""
        return next((mark for mark in self.marks if mark.what == what), None)

    def where(self, row: Row) -> list[Mark]:
        """The mark that says where a row is, the nearest between the row before and it, else behind it; with a "third"
        the end too from which it is counted.
        """
        others = [other for other in self.rows if not other.count]
        since = max((other.end for other in others if other.end <= row.start), default=0)
        until = min((o.start for o in others if o.start >= row.end and not o.denied), default=len(self.text))
        first, last = max(since, row.start - FAR), min(until, row.end + FAR)
        before = [mark for mark in reversed(self.marks) if mark.what in WHERE and first <= mark.start < row.start]
        near = before or [mark for mark in self.marks if mark.what in WHERE and row.end <= mark.start < last]
        return [mark for mark in near if mark is near[0] or PLACE in (mark.what, near[0].what)]

    def anchor(self, row: Row) -> Row | None:
        """The digits behind which a row is said to come: the 415 of "after 415 it's 556"."""
        for mark in (mark for mark in self.marks if mark.what == AFTER):
            anchor = next((one for one in self.rows if mark.end <= one.start <= mark.end + BESIDE), None)
            if anchor is not None and not anchor.denied and anchor is not row:
                return anchor
        return None


def of(said: Utterance) -> Said | None:
    """What an utterance says of digits; None where there are more of them than anybody says of a part of a number."""
    language = said.language
    reading = phone_groups.with_codes(said.readings[0], language)
    digits = sum(sign.isdigit() for sign in reading.text)
    if digits > MOST_DIGITS:
        return None
    reading = reading if digits else _things(reading, language)
    marks = tuple(phone_marks.of(reading, language))
    groups = [
        group
        for group in phone_groups.of(reading, language, counts=True)
        if not any(mark.start <= group.start < mark.end for mark in marks) and not _is_noun(group, reading.text, said)
    ]
    rows = tuple(_row(groups, reading, said) for groups in _apart(groups, reading, said))
    named = any(_says(reading.text, language, what) for what in ("phone", "digit"))
    named = named or any(mark.what in (AREA, BEFORE_LAST, SWAPPED) for mark in marks)
    alone = sum(not words.means(word, language) for word in words.split(reading.text)[:MANY_WORDS])
    things = any(_is_a(one, said) and len(b.digits) == 1 and b.gap == Gap.TIGHT for one, b in pairwise(groups))
    return Said(reading.text, rows, marks, named, things, alone)


def _things(reading: Mapped, language: str) -> Mapped:
    """A reading with digits that have a noun of their own, "восьмёрка", as digits: no other number is near."""
    counted = lexicon.of(language).numbers.counted
    any_of = words.any_of(tuple(counted))
    return reading.sub(any_of, lambda match: str(counted[match[0].lower()]), re.IGNORECASE) if counted else reading


def _apart(groups: Sequence[Group], reading: Mapped, said: Utterance) -> list[list[Group]]:
    """Groups that were said together, and are all denied or none. An "a" that is no digit begins others, and so does
    what a comma parts from the rest where it alone is denied behind it.
    """
    made: list[list[Group]] = []
    article = False
    for group in groups:
        if made and _is_article(group, said):
            article = True
            continue
        together = made and group.gap <= Gap.TIGHT and group.denied == made[-1][-1].denied and not article
        if together and _parts(group, made[-1], reading.text, said.language):
            together = False
        if together:
            made[-1].append(group)
        else:
            made.append([replace(group, denied=group.denied and not article)])
        article = False
    return made


def _is_a(group: Group, said: Utterance) -> bool:
    """Whether it is a "one" that may be an "a"."""
    return said.text[slice(*group.source)].lower() in lexicon.of(said.language).numbers.articles.split()


def _is_noun(group: Group, text: str, said: Utterance) -> bool:
    """Whether it is the "a" of a noun: "une erreur"."""
    return _is_a(group, said) and bool(re.match(r"\s[^\W\d]", text[group.end :]))


def _is_article(group: Group, said: Utterance) -> bool:
    """Whether it is an "a" in which nobody dictates a one."""
    word = said.text[slice(*group.source)].lower()
    return _is_a(group, said) and word not in lexicon.of(said.language).numbers.digits.split()


def _parts(group: Group, row: Sequence[Group], text: str, language: str) -> bool:
    """Whether a comma stands before a group, and what denies it right behind."""
    behind = lexicon.of(language).answers.denies_after
    return bool(behind) and "," in text[row[-1].end : group.start] and _is_denied(text, group.end, language)


def _is_denied(text: str, end: int, language: str) -> bool:
    """Whether what denies digits comes right behind them, with more of them at most."""
    after = rf"[\s\d'’]*{words.any_of(lexicon.of(language).answers.denies_after)}"
    return bool(patterns.compiled(after, re.IGNORECASE).match(text, end))


def _row(groups: Sequence[Group], reading: Mapped, said: Utterance) -> Row:
    language, text = said.language, reading.text
    whole = phone_groups.digits(groups).lstrip("+")
    denied = groups[0].denied or _is_denied(text, groups[-1].end, language)
    counted = phone_groups.is_counting(groups[0], text, language)
    rest = phone_groups.digits(groups[1:]) if len(groups) > 1 else ""
    article = _is_a(groups[0], said)
    few, source = len(groups[0].digits) == 1, tuple(dict.fromkeys(group.source for group in groups))
    if rest and ((few and counted and int(groups[0].digits) == len(rest)) or (article and len(groups) == 2)):
        return Row(tuple(groups), denied, (rest, whole), source)
    return Row(tuple(groups), denied, (whole,), source, count=few and counted and not rest and not denied)


def _says(text: str, language: str, what: str) -> bool:
    """Whether a text has a word that begins so."""
    lexical = lexicon.of(language)
    said = lexical.phone.digit if what == "digit" else lexical.fields.nouns.get("phone", "")
    return bool(said) and bool(patterns.search(rf"(?<!\w){phone_marks.stems(said)}", text, re.IGNORECASE))
