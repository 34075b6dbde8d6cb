"""A part of a telephone number said again: "ends in two four", "not 45 but 54", "the area code is 303", "0181"."""

import re
from collections.abc import Iterator, Sequence

from extraction import lexicon, patterns, phone, phone_groups, words
from extraction.kinds import Ask, Candidate
from extraction.mapped import Mapped
from extraction.phone_groups import Gap, Group
from extraction.utterance import Utterance

FAR = 45
"""Characters between digits and the word that says where they belong."""
MOST_DIGITS = 9
FEW_WORDS = 4
"""Words beside digits that are said almost alone."""
PLACED, SWAPPED, LIKE, UNLIKE = 0.9, 0.85, 0.8, 0.5


def patched(value: str, said: Utterance, ask: Ask) -> Candidate | None:
    """The number with what the utterance says of a part of it."""
    reading = phone_groups.with_codes(said.readings[0], said.language)
    groups = phone_groups.of(reading, said.language)
    if not groups:
        return None
    fresh = [group for group in groups if not group.denied]
    old = [group for group in groups if group.denied]
    rows = phone_groups.runs(fresh, upto=Gap.TIGHT)
    named = any(_says(reading.text, said.language, what) for what in ("phone", "digit"))
    offers = [_swapped(value, old, rows, ask, named=named), *_placed(value, reading, rows, said, ask)]
    if len(rows) == 1 and (ask.asked or ask.corrects) and _alone(reading, said.language) <= FEW_WORDS:
        offers.append(like(value, rows[0], ask, named=named or ask.asked))
    return next((one for one in offers if one and one.confidence >= UNLIKE), None)


def like(value: str, row: Sequence[Group], ask: Ask, *, named: bool = False) -> Candidate | None:
    """The number with the part of it replaced that is most like digits said by themselves; of two, the last one."""
    number, fresh = value[1:], _bare(row)
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
    rivals = tuple(made for other, _, made in scored[1:] if other == distance)[:2]
    sure = LIKE if distance <= 1 + len(fresh) // 4 and not rivals else UNLIKE
    if len(fresh) < 3 and not named:
        sure = min(sure, 0.45)
    return Candidate(best, sure, _spans(row), rivals if sure <= UNLIKE and distance <= 1 else ())


def _distance(one: str, other: str) -> int:
    """How many digits differ; two that have changed places count once."""
    count, at = 0, 0
    while at < len(one):
        if one[at] != other[at]:
            count += 1
            at += one[at : at + 2] == other[at : at + 2][::-1]
        at += 1
    return count


def _swapped(
    value: str, old: Sequence[Group], rows: Sequence[Sequence[Group]], ask: Ask, *, named: bool
) -> Candidate | None:
    """Of "not 45 but 54": what is denied is in the number."""
    if not old or len(rows) != 1 or (len(_bare(old)) == 1 and not named):
        return None
    gone, fresh, number = _bare(old), _bare(rows[0]), value[1:]
    places = [match.start() for match in re.finditer(f"(?={gone})", number)]
    made = ["+" + number[:at] + fresh + number[at + len(gone) :] for at in reversed(places)]
    right = [one for one in made if one != value and phone.valid(one, ask.region) == one]
    if not right:
        return None
    sure = SWAPPED if len(right) == 1 and len(gone) > 1 else UNLIKE
    return Candidate(right[0], sure, _spans([*old, *rows[0]]), tuple(right[1:3]))


def _placed(
    value: str, reading: Mapped, rows: Sequence[Sequence[Group]], said: Utterance, ask: Ask
) -> Iterator[Candidate | None]:
    """Of "ends in 24", "the last two digits are 79", "the area code is 303"."""
    rows = [row for row in rows if not _is_count(row, rows, reading.text, said.language)]
    for row in rows[:2]:
        before, after = reading.text[: row[0].start][-FAR:], reading.text[row[-1].end :][:FAR]
        options = _options(row, said)
        for where in ("ends", "begins"):
            if not (_says(before, said.language, where) or (_says(after, said.language, where) and len(rows) == 1)):
                continue
            made = [(one, digits) for digits in options if (one := _with(value, digits, ask, where))]
            if made:
                near = before + reading.text[row[0].start : row[-1].end] + after
                named = _says(near, said.language, "digit") or _says(reading.text, said.language, "phone")
                short = _alone(reading, said.language) <= FEW_WORDS + 2
                sure = PLACED if (named or short) and len(made[0][1]) > (0 if named else 1) else 0.4
                yield Candidate(made[0][0], sure, _spans(row))
                return


def _with(value: str, digits: str, ask: Ask, where: str) -> str:
    """The number with other digits at its end or its beginning; "" where nobody has such a number."""
    if not 0 < len(digits) <= MOST_DIGITS or len(digits) >= len(value) - 1:
        return ""
    if where == "ends":
        made = value[: -len(digits)] + digits
        return made if made != value and phone.valid(made, ask.region) == made else ""
    return next((made for made in phone.with_beginning(value, digits) if made != value), "")


def _options(row: Sequence[Group], said: Utterance) -> list[str]:
    """The digits of a row; first those without how many they are, or a "one" that is an "a": "c'est un huit"."""
    articles = lexicon.of(said.language).numbers.articles.split()
    first = said.text[slice(*row[0].source)].lower()
    rest = _bare(row[1:]) if len(row) > 1 else ""
    counted = len(row[0].digits) == 1 and int(row[0].digits) == len(rest)  # "the last four, 45 76"
    return [*([rest] if rest and (counted or (len(row) == 2 and first in articles)) else []), _bare(row)]


def _is_count(row: Sequence[Group], rows: Sequence[Sequence[Group]], text: str, language: str) -> bool:
    """Whether it says how many digits are meant: "the last two (digits) are 79"."""
    if len(row) != 1 or len(row[0].digits) != 1 or len(rows) < 2:
        return False
    near = text[max(0, row[0].start - FAR) : row[0].end + FAR]
    return any(_says(near, language, what) for what in ("ends", "begins", "digit"))


def _says(text: str, language: str, what: str) -> bool:
    """Whether a text has a word that begins so."""
    lexical = lexicon.of(language)
    said = {
        "ends": lexical.phone.ends,
        "begins": lexical.phone.begins,
        "digit": lexical.phone.digit,
        "phone": lexical.fields.nouns.get("phone", ""),
    }[what]
    return bool(said) and bool(patterns.search(rf"(?<!\w)(?:{'|'.join(said.split())})", text, re.IGNORECASE))


def _alone(reading: Mapped, language: str) -> int:
    """Words beside the digits that are no yes or no."""
    return sum(not words.means(word, language) for word in words.split(reading.text))


def _bare(row: Sequence[Group]) -> str:
    return phone_groups.digits(row).lstrip("+")


def _spans(row: Sequence[Group]) -> tuple[tuple[int, int], ...]:
    return tuple(dict.fromkeys(group.source for group in row))
