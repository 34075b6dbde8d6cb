"""How many persons there are: "my wife, me and our two boys, so four"; "three of us... no, the aunt stays, two".

What is said falls into statements, each a number by itself ("there's five of us") or a row of those who are counted
("two adults and a child"). The last one that says all of them holds; animals, ages and nights are none of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from extraction import changes, lexicon, patterns, words
from extraction.lexicon.numbers import Counting
from extraction.mapped import Mapped
from extraction.utterance import Utterance

BETWEEN = 3
"""Everyday words between two who are counted together."""
NUMBER = re.compile(r"(?<![\d.,:/+-])(?<!\w)(\d{1,9})(?:[.,](\d{1,2}))?(?!\w|[:/.,-]\d)")
_I = re.IGNORECASE


@dataclass(frozen=True, slots=True)
class Statement:
    """How many there are, in one part of an utterance. `named`: it says that persons are counted."""

    count: int
    start: int
    end: int
    named: bool
    row: bool = False
    """Those who are counted are told one by one."""
    me: bool = False
    doubtful: bool = False
    """Somebody is told of without a number who may be more than one: "the kids"."""


@dataclass(frozen=True, slots=True)
class _One:
    count: int
    start: int
    end: int
    numbered: bool = False
    me: bool = False
    doubtful: bool = False


def without(said: Utterance) -> Utterance:
    """The utterance without numbers of persons that could be days: right before the "from" of a range ("for two, from
    the 3rd"), and behind "we'll be".
    """
    counting, start = lexicon.of(said.language).counting, lexicon.of(said.language).dates.start
    made = said.readings[0]
    pattern = rf"(?<!\w)(?:{counting.for_})\s+(\d{{1,2}})(?=(?:\s*,)?\s+(?:{start})\s+\S*\d)"
    spans = [found.span(1)] if (found := patterns.search(pattern, made.text, _I)) else []
    are = rf"(?<!\w)(?:{counting.are})\s+(\d{{1,2}})(?=\s*(?:[,.;!?]|$))(?![.,]\d)"
    spans += [one.span(1) for one in patterns.finditer(are, made.text, _I)]
    return said.cut(tuple(made.source(*span) for span in spans)) if spans else said


def reading(said: Utterance) -> Mapped:
    """The most natural reading with groups as numbers, without what was counted already and who is no person."""
    counting = lexicon.of(said.language).counting
    made = said.readings[0]
    made = _numbered(_numbered(made, counting.heads, HEADS, _along(said.language)), counting.groups, "")
    made = made.sub(rf"(?:\d+\s+)?(?<!\w)(?:{counting.pets})(?!\w)", _blank, _I)
    made = made.sub(_absent(said.language), _blank, _I)
    part = patterns.search(rf",?\s*(?<!\w)(?:{counting.part})(?!\w)[^,.;!?]*", made.text, _I)
    if part and re.search(r"\d", made.text[: part.start()]):
        made = Mapped(
            made.text[: part.start()] + made.text[part.end() :], made.spans[: part.start()] + made.spans[part.end() :]
        )
    return made


HEADS = "\u2009"
"""Behind a number that counts persons: a thin space, which nobody says."""


def _along(language: str) -> re.Pattern[str]:
    """Behind one who comes: "and my wife"."""
    tell = lexicon.of(language)
    return patterns.compiled(
        rf"\s*,?\s*(?:{'|'.join(tell.dates.also.split())}|plus|&)\s+(?:[^\W\d_]+\s+){{0,2}}(?:{tell.counting.kin})(?!\w)",
        _I,
    )


def _numbered(made: Mapped, groups: Mapping[str, int], mark: str, along: re.Pattern[str] | None = None) -> Mapped:
    pattern, counts = "|".join(f"({phrase})" for phrase in groups), list(groups.values())
    if not pattern:
        return made

    def counted(match: re.Match[str]) -> str:
        count = counts[(match.lastindex or 1) - 1]
        if along and count == 1 and along.match(match.string, match.end()):
            return match[0]  # "just me and my wife" are two
        return f"{count}{mark}"

    return made.sub(rf"(?<!\w)(?:{pattern})(?!\w)", counted, _I)


@cache
def _absent(language: str) -> str:
    """Who does not come: one who is told of without a number, and a no behind that in the clause."""
    counting, denied = lexicon.of(language).counting, lexicon.of(language).choices.negates
    somebody = rf"{counting.persons}|{counting.kin}|{counting.pairs}|{counting.pets}"
    words_between = r"(?:\s+[^\W\d_]+){0,3}?"
    return rf"(?<!\w)(?<!\d )(?:{counting.kin})(?!\w){words_between}\s+(?:{denied})(?!\w)(?!\s+(?:\d|{somebody}))"


def _blank(match: re.Match[str]) -> str:
    return "," * len(match[0]) if len(match[0]) < 2 else "." + " " * (len(match[0]) - 2) + "."


def statements(made: Mapped, language: str) -> list[Statement]:
    """What is said of how many there are, in the order in which it is said."""
    counting = lexicon.of(language).counting
    people = sorted(_people(made.text, counting), key=lambda one: one.start)
    rows = [made_row for row in _rows(people, made.text, language) if (made_row := _row(row)) is not None]
    taken = [(one.start, one.end) for one in people]
    numbers = [
        Statement(int(match[1]), *match.span(), named)
        for match in NUMBER.finditer(made.text)
        if not match[2]
        and not any(start <= match.start() < end for start, end in taken)
        and (named := _is_all(match, made.text, counting, language)) is not None
    ]
    return sorted([*rows, *numbers], key=lambda one: one.start)


def _people(text: str, counting: Counting) -> Iterator[_One]:
    """Everybody who is told of, each once."""
    taken: list[tuple[int, int]] = []
    described = r"(?:[^\W\d_]+\s+)?"
    for pattern, count in (
        (rf"(?:(?<!\w)(\d{{1,3}})\s+{described}|(?<!\w))({counting.persons})(?!\w)", 1),
        (rf"(?:(?<!\w)(\d{{1,3}})\s+|(?<!\w))({counting.pairs})(?!\w)", 2),
        (rf"(?:(?<!\w)(\d{{1,3}})\s+|(?<!\w))({counting.with_me})(?!\w)", 2),
        (rf"(?:(?<!\w)(\d{{1,3}})\s+|(?<!\w))({counting.kin})(?!\w)", 1),
        (rf"(?<!\w)()({counting.me})(?!\w)", 1),
    ):
        for match in patterns.finditer(pattern, text, _I):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            word = match[match.lastindex or 2] or ""
            one = bool(patterns.fullmatch(rf"(?:{counting.one}|{counting.kin}|{counting.me})", match[2], _I))
            is_me = bool(patterns.fullmatch(rf"(?:{counting.me}|{counting.with_me})", match[2], _I))
            many = count == 1 and not match[1] and not one and not is_me and bool(word)
            number = int(match[1]) if match[1] else count
            yield _One(number, *match.span(), numbered=bool(match[1]), me=is_me, doubtful=many)


def _rows(people: list[_One], text: str, language: str) -> Iterator[list[_One]]:
    """Those between whom there is nothing but everyday words, or an "and"."""
    row: list[_One] = []
    for one in people:
        between = text[row[-1].end : one.start] if row else ""
        sums = bool(row) and one.numbered and not row[-1].numbered
        if row and (_explains(row, one, text, language) or not _together(between, language, sums=sums)):
            yield row
            row = []
        row.append(one)
    if row:
        yield row


def _explains(row: list[_One], one: _One, text: str, language: str) -> bool:
    """Whether somebody is one of those who were counted: "we are three people, my son is coming"."""
    we, joins = lexicon.of(language).counting.we, (*lexicon.of(language).dates.also.split(), "plus")
    if len(row) > 1 or not row[0].numbered or one.numbered or one.me:
        return False
    said = words.split(text[row[0].end : one.start].lower())
    counted = patterns.search(rf"(?<!\w)(?:{we})\s+$", text[: row[0].start], _I) is not None
    return counted and not any(word in joins for word in said) and "," in text[row[0].end : one.start]


def _together(between: str, language: str, *, sums: bool) -> bool:
    """Whether two are counted in one row; what `sums` is their sum where no "and" joins it to them."""
    said = words.split(between.lower())
    total = lexicon.of(language).counting.total
    joins = (*lexicon.of(language).dates.also.split(), "plus")
    joined = any(word in joins for word in said) or any(sign in between for sign in ",&+")
    if patterns.search(rf"(?<!\w)(?:{total})(?!\w)", between, _I) or (sums and not joined):
        return False
    adds = bool(said) and said[0] in joins
    if len(said) > BETWEEN or any(sign.isdigit() for sign in between) or (re.search(r"[.!?;]", between) and not adds):
        return False
    return all(changes.is_everyday(word, language) or word == "plus" for word in said)


def _row(row: list[_One]) -> Statement | None:
    """Those in a row together; nothing of a single one who is not numbered: "I", "my wife"."""
    if len(row) == 1 and not row[0].numbered:
        return None if row[0].count == 1 else _as_row(row)
    return _as_row(row)


def _as_row(row: list[_One]) -> Statement:
    return Statement(
        sum(one.count for one in row),
        row[0].start,
        row[-1].end,
        named=any(one.numbered for one in row),
        row=True,
        me=any(one.me for one in row),
        doubtful=any(one.doubtful for one in row),
    )


def _is_all(match: re.Match[str], text: str, counting: Counting, language: str) -> bool | None:
    """Whether a number counts persons for sure (True), may do so (False), or does not (None)."""
    before, behind = text[: match.start()], text[match.end() :]
    units, changes_it = "|".join(counting.units.split()), f"{counting.more}|{counting.fewer}"
    if patterns.compiled(rf"[\s-]+(?:{units}|(?:{changes_it})(?!\w))", _I).match(behind):
        return None
    if patterns.search(rf"(?<!\w)(?:{changes_it})\s+$", before, _I) or (match[1][0] == "0" and len(match[1]) > 1):
        return None
    if re.match(r" \d", behind) or re.search(r"\d $", before):
        return None  # digits that are dictated
    if behind.startswith(HEADS) or patterns.compiled(rf"\s*(?:{counting.part})(?!\w)", _I).match(behind):
        return True
    following = words.split(behind.lower())[:1] if re.match(r"\s*[^\W\d_]", behind) else []
    if match[1] == "1" and following:
        return None  # an article: "we are a family", "one with a view"
    ends = not re.match(r"\s*(?:\w|[-–/])", behind) or not following
    fillers = lexicon.of(language).dates.fillers.split()
    if patterns.search(rf"(?<!\w)(?:{counting.we})\s+$", before, _I):
        return True if ends or changes.is_everyday(following[0], language) else None
    if patterns.search(rf"(?<!\w)(?:{counting.for_})\s+$", before, _I):
        return ends or bool(following and following[0] in fillers)
    if following and not changes.is_everyday(following[0], language):
        return None
    return False
