"""Days counted in a month, or a part of it: "the first week of June", "mid June", "until the end of March".

They are rewritten as dates that the rules read. An end that is named ("bis Ende März") is a day; what is said by itself
is from about when to about when: vague.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from extraction import lexicon, ordinals, patterns
from extraction.date_words import either
from extraction.mapped import Mapped
from extraction.utterance import Utterance

_THIRDS = {"start": (1, 10), "middle": (11, 20), "end": (21, 31)}
_AT = {"start": 1, "middle": 15, "end": 31}
"""The day that is meant where a part is an end of a stay."""
_HALF = 15
LAST = -1
SUNDAYS = 4
"""Those of Advent."""
FEW = 10
"""Nobody says "the last fifteen days" of a month; numbers beyond are something else."""
MOST = 5
"""Of nothing there are more in a month."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    any: str
    part: str
    """The start, middle or end of a month, with the word before it."""
    before_part: str
    """At the end of what stands before a part, another one, whose month is not said: "from mid to late May"."""
    compound: str
    """A month and a week in one word: the German Juniwoche."""
    whole: tuple[str, str]
    """A month with what says that all of it is meant, before it or behind."""
    counted: str
    """The first week of a month, its last Friday."""
    advent: str
    ranks: tuple[tuple[str, int], ...]


@cache
def _of(language: str) -> _Patterns:
    has = lexicon.of(language).dates
    of = rf"(?:\s*(?:{either(has.of)}|\w{{1,3}})){{0,2}}['’]?\s*"
    month = f"(?P<month>{'|'.join(has.month_forms)})(?!\\w)"
    year = rf"(?:(?:\s+(?:{either(has.of)}))?\s+(?P<year>20\d\d)(?!\d))?"
    thirds = {name: getattr(has, f"month_{name}") for name in _THIRDS}
    named = "|".join(f"(?P<{name}>{phrase})" for name, phrase in thirds.items())
    ranks = [(phrase, rank) for rank, phrase in enumerate(ordinals.forms(language)[:MOST], 1)]
    ranks += [(phrase, rank) for rank, phrase in enumerate(has.ranks, 1)]
    ranks += [(rf"{rank}(?:{has.day_ends}|\.)", rank) for rank in range(1, MOST + 1)] + [(has.last_of, LAST)]
    days = "|".join(f"(?P<d{place}>{form})" for place, form in enumerate(has.weekday_forms))
    things = f"(?P<weekend>{has.weekend})|(?P<week>{has.units.week})|(?P<half>{has.half})"
    things += f"|{days}|(?P<day>{has.units.day})"
    rank = f"(?P<rank>{'|'.join(phrase for phrase, _ in ranks)})"
    counted = rf"(?<!\w)(?:(?P<before>\w{{1,9}})\s+)?{rank}\s+(?:(?P<many>\w{{1,9}})\s+)?(?:{things}){of}{month}{year}"
    if has.month_before_part:
        many = r"(?P<before>(?!))?(?:(?P<many>\w{1,9})\s+)?"
        counted = rf"(?<!\w){month}{year}\s+{rank}\s+{many}(?:{things})\w{{0,7}}"
    ends = rf"(?P<to>{either(f'{has.to} {has.until}')})|(?P<from>{has.start})"
    month_or = rf"(?:{month}|(?P<that>{has.units.month})(?!\w))"
    part = rf"(?<!\w)(?:(?:{ends})\s+(?:\w{{1,3}}\s+)?)?(?:{named}){of}{month_or}{year}"
    if has.month_before_part:
        part = rf"(?P<to>(?!))?(?P<from>(?!))?(?<!\w)(?P<that>(?!))?{month}{year}\s+(?:{named})"
    all_of = rf"(?<!\w)(?:{has.whole})(?!\w){of}(?:{has.units.month}(?!\w){of})?{month}{year}"
    behind = rf"(?<!\w){month}{year}\s+(?:{either(has.of)}\s+|{has.units.month}\s+)?(?:{has.whole_behind})(?!\w)"
    any_of = rf"(?<!\w)(?:{'|'.join(thirds.values())}|{has.whole})|{behind}|{counted}"
    sunday = rf"(?:(?:{has.weekday_forms[6]}){of})?"
    advent = rf"(?<!\w)(?P<rank>{'|'.join(phrase for phrase, _ in ranks[:-1])})\s+{sunday}(?:{has.advent})(?!\w)"
    any_of += rf"|{advent}"
    compound = rf"(?<!\w)({either(has.months.lower())})({has.units.week}|{has.weekend}|{has.half})(?!\w)"
    before_part = rf"(?<!\w)(?:{has.month_start}|{has.month_middle}|{has.month_end})\s*$"
    return _Patterns(
        re.sub(r"\?P<\w+>", "?:", any_of), part, before_part, compound, (all_of, behind), counted, advent, tuple(ranks)
    )


def as_days(said: Mapped, language: str, today: date) -> tuple[Mapped, bool]:
    """The text with such parts as dates, and whether one of them is vague."""
    words = _of(language)
    said = said.sub(words.compound, r"\2 \1", re.IGNORECASE)
    if not patterns.search(words.any, said.text, re.IGNORECASE):
        return said, False
    vague = False

    def part(match: re.Match[str]) -> str:
        nonlocal vague
        name = next(name for name in _THIRDS if match[name])
        if match["that"] and not match["to"]:
            return match[0]
        if not (match["to"] or match["from"]):
            vague = True
            return _range(match, *_THIRDS[name], language, today)
        vague = vague or bool(patterns.search(words.before_part, match.string[: match.start()], re.IGNORECASE))
        vague = vague or (bool(match["to"]), name) not in ((True, "end"), (False, "start"))
        before = match[0][: match.start(name) - match.start()]
        return before + _range(match, _AT[name], _AT[name], language, today)

    def rank(match: re.Match[str]) -> int:
        return next(n for phrase, n in words.ranks if patterns.fullmatch(phrase, match["rank"], re.IGNORECASE))

    def counted(match: re.Match[str]) -> str:
        nonlocal vague
        many, before = _count(match["many"], language), _count(match["before"], language)
        if (match["many"] and not (many or match["week"])) or (
            (many or before) and not (match["week"] or match["day"])
        ):
            return match[0]
        made = _nth(match, rank(match), language, today, many or before or 1)
        vague = vague or bool(match["week"] and made)
        kept = match["before"] + " " if match["before"] and not before else ""
        return kept + made if made else match[0]

    for pattern in words.whole:
        said = said.sub(pattern, lambda match: _range(match, 1, 31, language, today), re.IGNORECASE)

    def advent(match: re.Match[str]) -> str:
        nonlocal vague
        vague = True
        return _advent(rank(match), today).isoformat()

    said = said.sub(words.advent, advent, re.IGNORECASE)
    said = said.sub(words.counted, counted, re.IGNORECASE)
    return said.sub(words.part, part, re.IGNORECASE), vague


def _count(word: str | None, language: str) -> int:
    """How many weeks or days a word says, as in "the first two weeks"; 0 where it is no small number."""
    if word and patterns.fullmatch(lexicon.of(language).dates.both, word, re.IGNORECASE):
        return 2
    digits = Utterance(word, language).readings[0].text if word else ""
    return int(digits) if digits.isdecimal() and 1 < int(digits) <= FEW else 0


def _nth(match: re.Match[str], rank: int, language: str, today: date, many: int) -> str:
    """What is the nth of its kind in a month, or so many weeks or days from there; "" where there is none."""
    month = _month(match, language, today)
    year = _year(match, month, today)
    length = monthrange(year, month)[1]
    if match["week"]:
        first = length - 7 * many + 1 if rank == LAST else 7 * rank - 6
        return _range(match, first, first + 7 * many - 1, language, today)
    if match["day"]:
        first = length - many + 1 if rank == LAST else rank
        return _range(match, first, first + many - 1, language, today) if rank in (1, LAST) or many == 1 else ""
    if match["half"]:
        first = _HALF + 1 if rank in (2, LAST) else 1
        return _range(match, first, _HALF if first == 1 else length, language, today)
    weekday = 5 if match["weekend"] else next(place for place in range(7) if match[f"d{place}"])
    found = _day(year, month, weekday, rank)
    if found and found < today and not match["year"]:
        found = _day(year + 1, month, weekday, rank)
    if found is None:
        return ""
    until = found + timedelta(1) if match["weekend"] else found
    return found.isoformat() if until == found else f"{found.isoformat()} - {until.isoformat()}"


def _advent(rank: int, today: date) -> date:
    """The Sunday of Advent, the fourth of which is the last before Christmas."""
    eves = (date(year, 12, 24) for year in (today.year, today.year + 1))
    days = (eve - timedelta((eve.weekday() + 1) % 7 + 7 * (SUNDAYS - rank)) for eve in eves)
    return next((day for day in days if day >= today), today)


def _day(year: int, month: int, weekday: int, rank: int) -> date | None:
    """The nth such day of the week in a month."""
    first = date(year, month, 1)
    days = [first + timedelta(n) for n in range(monthrange(year, month)[1])]
    days = [day for day in days if day.weekday() == weekday]
    at = rank if rank == LAST else rank - 1
    return days[at] if at < len(days) else None


def _month(match: re.Match[str], language: str, today: date) -> int:
    """The month that is said; of "the end of the month" the one that was said last before it, else this one."""
    forms = lexicon.of(language).dates.month_forms
    if match.groupdict().get("that"):
        before = [
            *patterns.finditer(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", match.string[: match.start()], re.IGNORECASE)
        ]
        return _place(before[-1][0], forms) if before else today.month
    return _place(match["month"], forms)


def _place(word: str, forms: Sequence[str]) -> int:
    return next(at for at, form in enumerate(forms, 1) if patterns.fullmatch(form, word, re.IGNORECASE))


def _range(match: re.Match[str], first: int, last: int, language: str, today: date) -> str:
    """From one day of the month to another, as dates; those of the next year where they are over."""
    month = _month(match, language, today)
    year = _year(match, month, today)
    until = _in(year, month, last)
    if until < today and not match["year"]:
        year, until = year + 1, _in(year + 1, month, last)
    return until.isoformat() if first == last else f"{_in(year, month, first).isoformat()} - {until.isoformat()}"


def _in(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _year(match: re.Match[str], month: int, today: date) -> int:
    return int(match["year"]) if match["year"] else today.year + (month < today.month)
