"""A number of things or persons: "for two people", "вдвоём", "zu dritt"; within the limits of the field."""

import re
from dataclasses import dataclass, replace

from extraction import changes, lexicon, patterns, words
from extraction.kinds import Ask, Candidate
from extraction.lexicon.numbers import Counting
from extraction.mapped import Mapped
from extraction.utterance import Utterance

SHORT = 3
"""Words of an answer that is little more than the number."""
PLAIN, COUNTED, NAMED, UNASKED, LOOSE, CHOICE = 0.97, 0.95, 0.95, 0.85, 0.7, 0.5
LONG = 3
"""Digits of a number that is no count."""
_NUMBER = re.compile(r"(?<![\d.,:/+-])(?<!\w)(\d{1,9})(?:[.,](\d{1,2}))?(?!\w|[:/.,-]\d)")
_DIGITS = re.compile(r"(?<![\d.,:/+-])(?<!\w)\d{1,4}(?: \d{1,4}){2,}(?!\w|[:/.,-]\d)")
_CHOICE = re.compile(r"\s*(?:[^\W\d_]{1,4}|[-–/])\s*")
"""What stands between two numbers that are a choice: "two or three", "2-3"."""


@dataclass(frozen=True, slots=True)
class _One:
    value: float
    start: int
    end: int
    named: bool


class Number:
    """A number within limits, as digits."""

    name = "number"
    order = 70
    dictated = False
    normal, apart, literal, strict = "digits", "", False, True

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """Those who are counted together, else the number that suits the question best.

        What was not asked for counts where what is counted stands by it, and the field's question asks for such.
        """
        if ask.known and not (ask.asked or ask.corrects):
            return []  # a number in passing does not change what is known
        counting = lexicon.of(said.language).counting
        if not ask.asked and not patterns.search(
            rf"(?<!\w)(?:{counting.persons})|{_units(counting)}", ask.question, _I
        ):
            return []
        reading = _counted(said, counting)
        if together := _together(reading, counting, ask):
            return [together]
        found = [
            one
            for one in _numbers(reading, counting, ask)
            if _within(one.value, ask) and not _denied(reading.text[: one.start], said.language)
        ]
        if ask.corrects:  # beside another, the one that is there is named to be replaced
            found = [one for one in found if _shown(one.value) != ask.known] or found
            found = [one for one in found if one.named or _is_all(reading.text, one, said.language)]
        if not ask.asked:
            found = [one for one in found if one.named]
        return _best(found, reading, ask)

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """So many more or fewer than there are: "one more person", "two fewer"."""
        counting = lexicon.of(said.language).counting
        reading = _counted(said, counting)
        found = _changes(reading.text, counting)
        if len(found) != 1 or not re.fullmatch(r"\d{1,9}", value):
            return None
        by, start, end = found[0]
        number = int(value) + by
        spans = (reading.source(start, end),)
        return Candidate(str(number), UNASKED, spans) if _within(number, ask) and number > 0 else None

    def check(self, value: str, ask: Ask) -> str:
        """A number within the limits."""
        plain = value.strip().replace(",", ".")
        if not re.fullmatch(r"-?\d{1,9}(?:\.\d{1,2})?", plain) or not _within(float(plain), ask):
            return ""
        return _shown(float(plain)) if "." in plain else plain

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """As it is, or digit by digit."""
        return ", ".join(value) if by_letters else value

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """A contract's number comes in groups; a count is said at once."""
        digits = sum(sign.isdigit() for sign in said.readings[0].text)
        if digits >= LONG and not (ask.high and ask.high < 10**LONG):
            return True
        return False if digits and self.find(said, replace(ask, asked=True)) else None


_I = re.IGNORECASE


def _units(counting: Counting) -> str:
    return rf"(?<!\w)(?:{'|'.join(counting.units.split())})"


def _counted(said: Utterance, counting: Counting) -> Mapped:
    """The most natural reading with groups as numbers, without what was counted already."""
    groups = list(counting.groups.items())
    pattern = "|".join(f"({phrase})" for phrase, _ in groups)
    counts = [count for _, count in groups]
    reading = said.readings[0].sub(
        rf"(?<!\w)(?:{pattern})(?!\w)", lambda match: str(counts[(match.lastindex or 1) - 1]), _I
    )
    part = patterns.search(rf",?\s*(?<!\w)(?:{counting.part})(?!\w)", reading.text, _I)
    if part and re.search(r"\d", reading.text[: part.start()]):
        return Mapped(reading.text[: part.start()], reading.spans[: part.start()])
    return reading


def _together(reading: Mapped, counting: Counting, ask: Ask) -> Candidate | None:
    """Those who are counted apart: "2 adults and a child" are 3."""
    text = reading.text
    if whole := _sum(reading, ask):
        return whole
    if mine := patterns.search(rf"(?<!\w)(?:{counting.with_me})(?!\w)", text, _I):
        others = list(patterns.finditer(rf"(?<!\w)(?:{counting.mine})(?!\w)", text, _I))
        count, matches = max(2, 1 + len(others)), [mine, *others]
        digits = list(re.finditer(r"(?<!\w)\d{1,3}(?!\w)", text))
        if len(digits) == 1 and mine.start() < digits[0].start() <= mine.end() + 1:
            count = 1 + int(digits[0][0])  # "me and my two kids"
        elif len(digits) == 1 and int(digits[0][0]) > count:
            return None  # "there are three of us, my wife, my son and me"
    else:
        matches = list(patterns.finditer(rf"(?:(?<!\w)(\d{{1,3}})\s+|(?<!\w))(?:{counting.persons})(?!\w)", text, _I))
        count = sum(int(match[1] or 1) for match in matches)
        if len(matches) < 2 or (not ask.asked and not any(match[1] for match in matches)):
            return None
    if not _within(count, ask):
        return None
    sure = COUNTED if ask.asked else UNASKED if not mine else LOOSE
    return Candidate(str(count), sure, tuple(reading.source(*match.span()) for match in matches))


def _sum(reading: Mapped, ask: Ask) -> Candidate | None:
    """The last number, where it is what those before it make together: "2 of us plus 3 kids, so 5"."""
    matches = [match for match in _NUMBER.finditer(reading.text) if not match[2]]
    *parts, last = [int(match[1]) for match in matches] or [0]
    if len(parts) < 2 or last != sum(parts) or not _within(last, ask):
        return None
    spans = tuple(reading.source(*match.span()) for match in matches)
    return Candidate(str(last), COUNTED if ask.asked else UNASKED, spans)


def _numbers(reading: Mapped, counting: Counting, ask: Ask) -> list[_One]:
    """The numbers, but those of nights or hours where the question does not ask for such."""
    text = reading.text
    if ask.asked and (row := _DIGITS.search(text)) and not ask.high:
        return [_One(float(row[0].replace(" ", "")[:9]), *row.span(), named=False)]
    units, found = _units(counting), []
    changed = {start for _, start, _ in _changes(text, counting)}
    for match in _NUMBER.finditer(text):
        if match.start() in changed or (match[1].startswith("0") and len(match[1]) > 1):
            continue
        rest = text[match.end() :]
        unit = patterns.compiled(rf"[\s-]+{units}", _I).match(rest)
        person = patterns.compiled(
            rf"(?:\s+[^\W\d_]+)?\s+(?:{counting.persons})(?!\w)|\s*(?:{counting.part})(?!\w)", _I
        )
        asks_unit = unit is not None and unit[0].strip(" -").lower() in ask.question.lower()
        if unit is None or asks_unit:
            named = asks_unit or person.match(rest) is not None or _are(text, match, counting)
            found.append(_One(float(f"{match[1]}.{match[2] or 0}"), *match.span(), named=named))
    return found


def _are(text: str, number: re.Match[str], counting: Counting) -> bool:
    """Whether it is said right before a number that there are so many, or behind it at the end of a clause."""
    if patterns.search(rf"(?<!\w)(?:{counting.are})\s+$", text[: number.start()], _I):
        return True
    behind = patterns.compiled(rf"\s+(?:{counting.are})(?=\s*[^\w\s]|\s*$)", _I)
    return behind.match(text, number.end()) is not None


def _changes(text: str, counting: Counting) -> list[tuple[int, int, int]]:
    """By how much a count is to be changed, and where that stands: "1 person fewer", "1 more"."""
    found = []
    for sign, phrase in ((1, counting.more), (-1, counting.fewer)):
        beside = rf"(?<!\w)(\d{{1,2}})(?:\s+(?:{counting.persons}))?\s+(?:{phrase})(?!\w)"
        matches = patterns.finditer(beside, text, _I)
        found += [(sign * int(match[1]), match.start(1), match.end()) for match in matches]
    return found


def _is_all(text: str, one: _One, language: str) -> bool:
    """Whether a number is all that its clause says: one that stands in another sentence counts something else."""
    ends = [match.span() for match in _CLAUSE_ENDS.finditer(text)]
    start = max((last for _, last in ends if last <= one.start), default=0)
    end = min((first for first, _ in ends if first >= one.end), default=len(text))
    clause = f"{text[start : one.start]} {text[one.end : end]}"
    return not re.search(r"\d", clause) and all(changes.is_everyday(word, language) for word in words.split(clause))


_CLAUSE_ENDS = re.compile(r"(?:[,;:!?…]|(?<!\d)\.)(?=\s|$)")


def _best(found: list[_One], reading: Mapped, ask: Ask) -> list[Candidate]:
    """The one that what is counted stands by; else the first, with the one that it is a choice of."""
    if not found:
        return []
    named = [one for one in found if one.named]
    first, *rest = named or found
    candidate = Candidate(_shown(first.value), LOOSE, (reading.source(first.start, first.end),))
    near = [one for one in (*rest, *found) if one.start > first.end and one.value != first.value]
    if near and _CHOICE.fullmatch(reading.text[first.end : near[0].start]):
        last = near[0]
        spans = (*candidate.spans, reading.source(last.start, last.end))
        return [replace(candidate, confidence=CHOICE, spans=spans, others=(_shown(last.value),))]
    if first.named:
        return [replace(candidate, confidence=NAMED if ask.asked else UNASKED)]
    little = len(words.split(reading.text)) <= SHORT
    return [replace(candidate, confidence=PLAIN if little else 0.9 if len(found) == 1 else LOOSE)]


def _denied(before: str, language: str) -> bool:
    """Whether what stands right before says that it is not so."""
    denies = words.any_of(lexicon.of(language).answers.denies)
    return bool(patterns.search(denies + r"\s+(?:\w{1,3}\s+)?$", before, _I))


def _within(value: float, ask: Ask) -> bool:
    return (ask.low is None or value >= ask.low) and (ask.high is None or value <= ask.high)


def _shown(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)
