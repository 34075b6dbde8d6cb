"""What a word says of a number, and which words in a row are one number: by the lexicon of a language alone.

A word is an atom: a digit (0-9), a teen (10-19, and what a language says in one word up to 99), tens (20, 30, ...),
hundreds. Atoms join as numbers are spoken: thousands, hundreds, then tens, then a digit, each at most once. A longer
word is taken apart into such words ("einundzwanzig", "veintidós"), where all of it is one number.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from extraction.lexicon.numbers import Numbers

LONGEST_WORD = 48
APOSTROPHE = re.compile("['’ʼ]")
"""As it is typed: it is a sign within words in Ukrainian ("п'ять")."""


class Part(IntEnum):
    """What an atom is in a number."""

    DIGIT, TEEN, TENS, HUNDREDS, HUNDRED, THOUSAND, AND, REPEAT, PLUS, BESIDE, COUNTED, WRITTEN = range(12)


class Atom(NamedTuple):
    """A word, or a part of one. `value` of a REPEAT is how often its digit comes."""

    part: Part
    value: int


def folded(word: str) -> str:
    """A word in small letters and without accents, as many write it."""
    apart = unicodedata.normalize("NFD", APOSTROPHE.sub("'", word.lower().replace("ß", "ss")))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


class Grammar:
    """The number words of one language."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        digits, teens = numbers.digits.split(), numbers.teens.split()
        values = {word: value for value, word in enumerate(digits)}
        values |= {word: 10 + place for place, word in enumerate(teens)}
        values |= {word: 20 + 10 * place for place, word in enumerate(numbers.tens.split())}
        values |= {word: 100 + 100 * place for place, word in enumerate(numbers.hundreds.split())}
        self._after_ten = {
            value for value, word in enumerate(digits) if value and _joined(teens[value]) == _joined(teens[0] + word)
        }
        """Digits that ten is said with: "dix sept" is 17."""
        words = {word: self._atom(value) for word, value in (values | numbers.also).items()}
        words |= dict.fromkeys(numbers.hundred.split(), Atom(Part.HUNDRED, 100))
        words |= dict.fromkeys(numbers.thousand.split(), Atom(Part.THOUSAND, 1_000))
        words |= dict.fromkeys(numbers.joins.split(), Atom(Part.AND, 0))
        inside = words | {word: self._atom(value) for word, value in numbers.within.items()}
        inside |= {word: Atom(Part.REPEAT, n) for word, n in numbers.repeats.items() if word.isalpha()}
        words |= {word: Atom(Part.BESIDE, value) for word, value in numbers.beside.items()}
        words |= {word: Atom(Part.COUNTED, value) for word, value in numbers.counted.items()}
        words |= dict.fromkeys(numbers.plus.split(), Atom(Part.PLUS, 0))
        self._words = {folded(word): atom for word, atom in words.items()} | words
        self._inside = {folded(word): atom for word, atom in inside.items() if atom != Atom(Part.DIGIT, 0)}
        self._inside |= {folded(digits[0]): Atom(Part.DIGIT, 0)}
        some = "|".join(sorted(map(re.escape, self._inside), key=len, reverse=True))
        self._glued = re.compile(f"(?:{some})+")
        self._lengths = sorted({len(word) for word in self._inside}, reverse=True)
        self._endings = sorted({folded(end) for end in numbers.endings.split()}, key=len, reverse=True)
        self.atoms = lru_cache(maxsize=20_000)(self._atoms)

    def _atom(self, value: int) -> Atom:
        if value < 10:
            return Atom(Part.DIGIT, value)
        if value == 10 and self._after_ten:
            return Atom(Part.TENS, value)
        if value < 100:
            return Atom(Part.TEEN if value < 20 or value % 10 else Part.TENS, value)
        return Atom(Part.HUNDREDS if value < 1_000 and value % 100 == 0 else Part.WRITTEN, value)

    def _atoms(self, word: str) -> tuple[Atom, ...]:
        """The atoms of a word: of "ninety-nine" two, of "quatre-vingt-dix" three, of another word none."""
        lower = word.lower()
        for form in (lower, folded(lower)):
            if form in self._words:
                return (self._words[form],)
        if "-" in lower:
            parts = [self.atoms(part) for part in lower.split("-")]
            return tuple(atom for part in parts for atom in part) if all(parts) else ()
        whole = self._apart(form)
        if whole:
            return whole
        stems = (form.removesuffix(end) for end in self._endings if form.endswith(end))
        return next((atoms for stem in stems if (atoms := self.atoms(stem))), ())

    def _apart(self, word: str) -> tuple[Atom, ...]:
        """The atoms of a number in one word, () when it is none."""
        if len(word) > LONGEST_WORD or not self._glued.fullmatch(word):
            return ()
        for atoms in self._splits(word):
            repeats = len(atoms) == 2 and atoms[0].part == Part.REPEAT and atoms[1].part == Part.DIGIT
            if repeats:
                return tuple(atoms)
            value = self.value(atoms)
            if value is not None:
                return tuple(atoms) if atoms[-1].part == Part.THOUSAND else (self._atom(value),)
        return ()

    def _splits(self, word: str) -> list[list[Atom]]:
        """Every way in which a word is made of number words."""
        found: list[list[list[Atom]]] = [[] for _ in range(len(word))] + [[[]]]
        for at in range(len(word) - 1, -1, -1):
            for length in self._lengths:
                atom = self._inside.get(word[at : at + length])
                if atom is not None and at + length <= len(word):
                    found[at] += [[atom, *rest] for rest in found[at + length][:8]]
        return found[0]

    def value(self, atoms: list[Atom]) -> int | None:
        """What atoms in a row are as one number, None where nobody says one so."""
        parts = [atom.part for atom in atoms]
        if parts[0] == Part.AND or parts[-1] == Part.AND:
            return None
        if parts == [Part.WRITTEN]:
            return atoms[0].value
        if Part.THOUSAND not in parts:
            return self._below(atoms)
        at = parts.index(Part.THOUSAND)
        rest = atoms[at + 1 :]
        rest = rest[1:] if rest and rest[0].part == Part.AND else rest
        head = self._below(atoms[:at]) if at else 1
        tail = self._below(rest) if rest else 0
        if head is None or tail is None or not 0 < head < 1_000 or tail >= 1_000 or (rest and not tail):
            return None
        return head * 1_000 + tail

    def _below(self, atoms: list[Atom]) -> int | None:
        """A number below a thousand, or hundreds that go on after nine: "nineteen hundred"."""
        total, least, at = 0, 1_000, 0
        while at < len(atoms):
            taken = self._next(atoms, at, total, least)
            if taken is None:
                return None
            total, least, at = taken
        return total

    def _next(self, atoms: list[Atom], at: int, total: int, least: int) -> tuple[int, int, int] | None:
        """The sum so far, what is to be added must be less than, and the next place."""
        part, value = atoms[at]
        following = [atom.part for atom in atoms[at + 1 : at + 3]]
        if part == Part.AND:
            return (total, least, at + 1) if least > 1 and at else None
        if part in (Part.DIGIT, Part.TEEN) and following[:1] == [Part.HUNDRED] and value:
            return (100 * value, 100, at + 2) if not at else None
        if part in (Part.HUNDRED, Part.HUNDREDS):
            return (value, 100, at + 1) if not at else None
        if part in (Part.TENS, Part.TEEN):
            return self._tens(atoms[at], total, least, at)
        if part != Part.DIGIT or least <= 1 or (value == 0 and len(atoms) > 1):
            return None
        if self._is_turned(following) and least > 10:
            return total + value + atoms[at + 2].value, 1, at + 3
        if self.numbers.digit_first and least == 10:
            return None  # it is "achtundzwanzig", so "zwanzig acht" are two
        if Atom(Part.TENS, 10) in atoms[:at] and (value not in self._after_ten or atoms[at - 1].part == Part.AND):
            return None
        return total + value, 1, at + 1

    def _tens(self, atom: Atom, total: int, least: int, at: int) -> tuple[int, int, int] | None:
        counted_on = self.numbers.by_twenties and least == 10 and 10 <= atom.value < 20 and total % 100 in (60, 80)
        if least <= 10 and not counted_on:
            return None
        return total + atom.value, 10 if atom.part == Part.TENS else 1, at + 1

    def _is_turned(self, following: list[Part]) -> bool:
        """Whether a digit, an "and" and tens follow each other: "einundzwanzig"."""
        return self.numbers.digit_first and following == [Part.AND, Part.TENS]

    def parts(self, first: Atom, second: Atom) -> bool:
        """Whether no number goes on from one word to the next."""
        done = first.part in (Part.DIGIT, Part.TEEN, Part.WRITTEN)
        return second.part in (Part.WRITTEN, Part.PLUS) or (done and second.part == Part.DIGIT)

    def binds(self, first: Atom, second: Atom) -> bool:
        """Whether the second word counts on from the first: "eight hundred" is never 8 and 100."""
        return (
            second.part in (Part.HUNDRED, Part.THOUSAND) and first.part in (Part.DIGIT, Part.TEEN) and first.value > 0
        )

    def is_eighty(self, first: Atom, second: Atom) -> bool:
        """Whether two words are four twenties, which go on as eighty does: "quatre vingt dix"."""
        return self.numbers.by_twenties and first == (Part.DIGIT, 4) and second == (Part.TENS, 20)

    def with_apostrophe(self) -> list[str]:
        """Every word for a number that has an apostrophe, as a pattern of any way to type it."""
        return [_typed(word) for word in self._words if "'" in word]

    def digits(self) -> list[str]:
        """Every word for a digit, as a pattern too."""
        return [_typed(word) for word, atom in self._words.items() if atom.part in (Part.DIGIT, Part.BESIDE)]


def _typed(word: str) -> str:
    return APOSTROPHE.sub(APOSTROPHE.pattern, word)


def _joined(word: str) -> str:
    return folded(word).replace("-", "")
