"""Names that are spelled: "P-I-E-T-E-R", "B as in Bravo, O as in Oscar, B as in Bravo", "with a K"."""

import re
from difflib import SequenceMatcher
from functools import cache, lru_cache

from extraction import lexicon, table, words

LIKE = 0.5
"""Likeness from which a spelled word is a spelling of one that was said."""
SOUND = 0.95
"""What the same sound weighs against the same letters."""
_SOUNDS = {"ph": "f", "ck": "k", "qu": "k", "sch": "s", "sh": "s", "ch": "k", "ts": "s", "tz": "s", "ou": "u"}
_TWO = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_HEARD = str.maketrans("bdgvwzcyjqйыэбдгвз", "ptkffskiikииепткфс", "hьъ")
_TWICE = re.compile(r"(.)\1")
_APART = re.compile(r"(?<![\w'’])(?:[^\W\d_](?:\s*[-,.]\s*|\s+)){2,}[^\W\d_](?![\w'’])")
_LETTER = re.compile(r"[^\W\d_]")


def of(text: str) -> tuple[str, list[str]]:
    """The text with blanks where something is spelled, and the spelled words; nothing changes its place."""
    text = _blanked(_remarks(), letters_only(text))
    text = _double().sub(lambda match: f"{match[1]} {match[1]}".ljust(len(match[0])), text)
    spelled = [
        "".join(_LETTER.findall(one)).capitalize() for found in _APART.finditer(text) for one in _words(found[0])
    ]
    return _blanked(_APART, text), [one for one in spelled if len(set(one.lower())) > 1]  # "э-э-э" spells nothing


def _words(letters: str) -> list[str]:
    """What is spelled, by words: where hyphens part letters, commas and stops part words ("W-E-I, Z-H-A-N-G"); a letter
    alone beside such a word is another remark's ("with an H, R-E-B-E-K-A-H").
    """
    parts = [part for part in re.split(r"[,.]", letters) if part.strip()]
    if "-" not in letters or len(parts) == 1:
        return [letters]
    return [part for part in parts if len(_LETTER.findall(part)) > 1] or [letters]


def ends_with_letter(text: str) -> bool:
    """Whether somebody is in the middle of spelling."""
    return bool(re.search(r"(?<!\w)[^\W\d_][\s,.-]+[^\W\d_]\W*$", text))


def merged(said: str, spelled: str) -> str:
    """The name with the word that is most like the spelled one replaced by it; accents are seldom spelled."""
    parts = said.split()
    if not parts:
        return spelled
    if table.folded(said).replace(" ", "") == table.folded(spelled):
        return said  # the whole of it; accents are heard, not spelled
    likeness = [like(part, spelled) for part in parts]
    best = likeness.index(max(likeness))
    if table.folded(parts[best]) == table.folded(spelled):
        return said
    if likeness[best] >= LIKE:
        parts[best] = parts[best] if table.folded(parts[best]) == table.folded(spelled) else spelled
        return " ".join(parts)
    return f"{said} {spelled}" if len(parts) == 1 else said


@lru_cache(maxsize=4_096)
def like(one: str, other: str) -> float:
    """How alike two words are, 0 to 1: as they are written, or as they sound through a telephone."""
    first, second = table.folded(one), table.folded(other)
    written = SequenceMatcher(None, first, second).ratio()
    return max(written, SOUND * SequenceMatcher(None, sound(first), sound(second)).ratio())


def nearness(value: str, new: str) -> float:
    """How near a value of words comes to the one in whose place it is put: its new words are like those that go, or
    it has all of the old ones and more.
    """
    old, fresh = value.split(), new.split()
    had, has = {table.folded(word) for word in old}, {table.folded(word) for word in fresh}
    gone = [word for word in old if table.folded(word) not in has]
    come = [word for word in fresh if table.folded(word) not in had]
    if not come:
        return 0.0
    if not gone:
        return 1.0
    return max(*(like(word, other) for word in come for other in gone), like(" ".join(gone), " ".join(come)))


def sound(word: str) -> str:
    """A word without what one hears badly: h, voice, double letters."""
    plain = _TWO.sub(lambda match: _SOUNDS[match[0]], word).translate(_HEARD)
    return _TWICE.sub(r"\1", plain)


def letters_only(text: str) -> str:
    """Of "B as in Bravo" the letter."""
    return _as_in().sub(lambda match: match[1].ljust(len(match[0])), text)


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: "," + " " * (len(match[0]) - 1), text)


def _any(key: str) -> str:
    found = [getattr(lexicon.of(code).names, key) for code in lexicon.codes()]
    return "|".join(part for one in found for part in ([one] if isinstance(one, str) else one) if part)


@cache
def _as_in() -> re.Pattern[str]:
    """A letter and a word that begins with it."""
    like_ = "|".join(sorted({word for code in lexicon.codes() for word in lexicon.of(code).names.about.split()}))
    return re.compile(rf"(?<![\w'’])([^\W\d_])\s+(?:(?:{like_})\s+)+(?:in\s+)?\1[^\W\d_]+", re.IGNORECASE)


@cache
def _double() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any('double')})[\s-]+([^\W\d_])(?:['’]?s)?(?!\w)", re.IGNORECASE)


@cache
def _remarks() -> re.Pattern[str]:
    """How one of the sounds is written ("Stephen with a P H", "con uve de Valencia"), which spells no name."""
    names = {name for code in lexicon.codes() for name in lexicon.of(code).email.letters if len(name) > 1}
    with_, articles = rf"(?:{_any('with_')})\s+", rf"(?:(?:{_any('with_articles')}|{_any('double')})[\s-]+)?"
    letters = r"(?:[«\"„“]?[^\W\d_][»\"“”]?(?:[\s-]+|(?=[,.]|$)))+|(?-i:[A-ZА-Я]{2})(?=[,.]|$)"  # "mit DT"
    called = rf"{words.any_of(tuple(sorted(names)))}\s+(?:\w{{1,4}}\s+)?[^\W\d_]+"
    return re.compile(
        rf"(?<=[,.\s])(?:(?:{_any('that_is')})\s+[^\W\d_]+\s+)?{with_}{articles}(?:{letters}|{called})", re.IGNORECASE
    )


@cache
def hesitations() -> re.Pattern[str]:
    """What is said while thinking."""
    found = {one for code in lexicon.codes() for one in lexicon.of(code).names.hesitations}
    return re.compile(rf"(?<!['’]){words.any_of(tuple(sorted(found)))}(?=[\s,.…]|$)", re.IGNORECASE)
