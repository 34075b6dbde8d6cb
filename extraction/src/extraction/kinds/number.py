"""A number of things or persons: "for two people", "вдвоём", "zu dritt"; within the limits of the field."""

import re
from dataclasses import dataclass, replace

from extraction import changes, heads, lexicon, patterns, words
from extraction.kinds import Ask, Candidate
from extraction.lexicon.numbers import Counting
from extraction.mapped import Mapped
from extraction.utterance import Utterance

SHORT = 3
"""Words of an answer that is little more than the number."""
PLAIN, COUNTED, NAMED, LATER, UNASKED, LOOSE, CHOICE = 0.97, 0.95, 0.95, 0.88, 0.85, 0.7, 0.5
LONG = 3  # digits of a number that is no count
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
        reading = heads.reading(said)
        if _asks_persons(ask, counting) and (together := _persons(reading, said.language, ask)):
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
        reading = heads.reading(said)
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


def _asks_persons(ask: Ask, counting: Counting) -> bool:
    """Whether persons are asked for: the question says so, or counts nothing else."""
    if patterns.search(rf"(?<!\w)(?:{counting.persons})(?!\w)", ask.question, _I):
        return True
    limited = bool(ask.high) or not ask.question
    return ask.asked and limited and not patterns.search(_units(counting), ask.question, _I)


def _persons(reading: Mapped, language: str, ask: Ask) -> Candidate | None:
    """What is said last of all who come; None where it is less than a row of persons, or a number that is named."""
    said = [
        one
        for one in heads.statements(reading, language)
        if _within(one.count, ask) and not _denied(reading.text[: one.start], language)
    ]
    rows = [one for one in said if one.row or one.named]
    concludes = bool(said) and _concludes(reading.text[: said[-1].start], language)
    if not rows and not (ask.asked and said and (concludes or len(said) > 1)):
        return None
    last = _last(said, reading.text, language) if ask.asked or ask.corrects else rows[-1]
    if last.doubtful or (last.row and not last.named and not (ask.asked or last.me)):
        return None
    if not concludes and not last.named and _CHOICE.fullmatch(_before(said, last, reading.text)):
        return None
    span = reading.source(last.start, last.end)
    if not ask.asked:
        return Candidate(str(last.count), UNASKED if last.named else LOOSE, (span,))
    others = {one.count for one in said if not one.doubtful} - {last.count}
    return Candidate(str(last.count), COUNTED if concludes or not others else LATER, (span,))


def _concludes(before: str, language: str) -> bool:
    """Whether what stands right before a number says that it is the sum."""
    total = lexicon.of(language).counting.total
    return bool(patterns.search(rf"(?<!\w)(?:{total})[\s,:]+(?:[^\W\d_]+\s+)?$", before, _I))


def _before(said: list[heads.Statement], last: heads.Statement, text: str) -> str:
    """What stands between the last but one and the last."""
    at = said.index(last)
    return text[said[at - 1].end : last.start] if at else "!"


def _last(said: list[heads.Statement], text: str, language: str) -> heads.Statement:
    """The last that says how many there are in all: a row behind a number only tells who they are, or who is added."""
    total = said[0]
    for one in said[1:]:
        between = text[total.end : one.start]
        adds = words.split(between.lower())[:1]
        if not one.row or total.row or (one.named and not total.named and _says(text[: one.start], language)):
            follows = one.row and total.row and not one.named
            total = total if follows else one
        elif one.count != total.count and adds and adds[0] in (*lexicon.of(language).dates.also.split(), "plus"):
            total = replace(one, count=total.count + one.count, start=total.start, named=True)
    return total


def _says(before: str, language: str) -> bool:
    """Whether "we are" stands before."""
    return bool(patterns.search(rf"(?<!\w)(?:{lexicon.of(language).counting.we})\s+$", before, _I))


def _numbers(reading: Mapped, counting: Counting, ask: Ask) -> list[_One]:
    """The numbers, but those of nights or hours where the question does not ask for such."""
    text = reading.text
    if ask.asked and (row := _DIGITS.search(text)) and not ask.high:
        return [_One(float(row[0].replace(" ", "")[:9]), *row.span(), named=False)]
    units, found = _units(counting), []
    changed = {start for _, start, _ in _changes(text, counting)}
    for match in heads.NUMBER.finditer(text):
        if match.start() in changed or (match[1].startswith("0") and len(match[1]) > 1):
            continue
        rest = text[match.end() :]
        unit = patterns.compiled(rf"[\s-]+{units}", _I).match(rest)
        person = patterns.compiled(
            rf"(?:\s+[^\W\d_]+)?\s+(?:{counting.persons})(?!\w)|\s*(?:{counting.part})(?!\w)", _I
        )
        asks_unit = unit is not None and unit[0].strip(" -").lower() in ask.question.lower()
        if unit is None or asks_unit:
            are = _are(text, match, counting)
            named = asks_unit or are or person.match(rest) is not None
            if are and not asks_unit and match[0] == "1" and re.match(r" +[^\W\d_]", rest):
                continue  # an article: "we are a family"
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
    found, units = [], _units(counting)
    for sign, phrase in ((1, counting.more), (-1, counting.fewer)):
        beside = rf"(?<!\w)(\d{{1,2}})(?:\s+(?:{counting.persons}))?\s+(?:{phrase})(?!\w)(?!\s+{units})"
        matches = patterns.finditer(beside, text, _I)
        found += [(sign * int(match[1]), match.start(1), match.end()) for match in matches]
    return found


def _is_all(text: str, one: _One, language: str) -> bool:
    """Whether a number is all that its clause says: one that stands in another sentence counts something else."""
    if text[one.start : one.end] == "1" and re.match(r" {2,}| +[^\W\d_]", text[one.end :]):
        return False  # an article, of a noun that may have been cut
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
