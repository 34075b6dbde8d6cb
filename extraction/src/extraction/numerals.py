"""Numbers in words as digits, by the lexicon: "nine hundred ninety-nine", "null eins sieben", "quatre-vingt-douze".

A row of number words can be read in more than one way: "twenty seven" is 27 or 20 and 7. `read` gives all of them, the
most natural one first, each with where its signs came from; whoever knows what the number must look like chooses (a
telephone number by its validity).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, product
from typing import NamedTuple

from extraction import lexicon, patterns
from extraction.lazy import Lazy
from extraction.lexicon.numbers import Numbers
from extraction.mapped import Mapped
from extraction.number_words import Atom, Grammar, Part

MAX_READINGS, LONGEST_ROW = 64, 24
"""A longer row of number words than anybody dictates is read in parts."""
LONGEST_NUMBER = 10
"""Atoms."""
_WORDS = r"\d+|[^\W\d_]+(?:-[^\W\d_]+)*|[^\w]|_"
_NEAR = re.compile(r"\d[\s,.–-]*$")


class Token(NamedTuple):
    """An atom, where it stands, and its digits where they are fixed ("double oh": 00)."""

    atom: Atom
    start: int
    end: int
    fixed: str = ""


Way = tuple[tuple[str, int, int], ...]
"""Numbers as digits, each with the part of the text that it came from."""


@lru_cache(maxsize=256)
def read(text: str, language: str) -> Lazy[Mapped]:
    """The text with its numbers as digits, in every way that it can be read, the most natural one first.

    "Double" and "triple" repeat the next digit, "plus" before a number is "+". Never empty; the text itself where no
    word of it is a number.
    """
    reader = _reader(language)
    return reader.read(text) if reader else Lazy(iter((Mapped.of(text),)))


def readings(text: str, language: str) -> Lazy[str]:
    """The texts of all readings."""
    return Lazy(one.text for one in read(text, language))


def natural(text: str, language: str) -> str:
    """The text of the most natural reading."""
    return read(text, language)[0].text


@cache
def _reader(language: str) -> "Reader | None":
    return Reader(lexicon.of(language).numbers) if language in lexicon.codes() else None


class Reader:
    """Reads the numbers of one language."""

    def __init__(self, numbers: Numbers) -> None:
        self._grammar = Grammar(numbers)
        self._times = list(numbers.repeats.values())
        phrases = "|".join("(" + one.replace(" ", r"(?:\s+)") + ")" for one in numbers.repeats)
        self._noughts = numbers.powers
        self._powers = rf"(?<!\w)(\d{{1,3}})[\s-]+({'|'.join(numbers.powers) or '(?!)'})(?!\w)"
        digits = "|".join(sorted(self._grammar.digits(), key=len, reverse=True))
        repeated = rf"(?:{phrases})(?:\s+|-)(?:\d(?!\d)|(?:{digits}))(?![\w-])|" if phrases else ""
        signed = "|".join(sorted(self._grammar.with_apostrophe(), key=len, reverse=True))
        within = rf"(?:{signed})(?!\w)|" if signed else ""
        self._token = re.compile(repeated + within + _WORDS, re.IGNORECASE)

    def _large(self, match: re.Match[str]) -> str:
        """A number of millions."""
        noughts = next(n for word, n in self._noughts.items() if patterns.fullmatch(word, match[2], re.IGNORECASE))
        return match[1] + noughts * "0"

    def read(self, text: str) -> Lazy[Mapped]:
        """Every reading of a text, the most natural one first."""
        return Lazy(self._made(text))

    def _made(self, text: str) -> Iterator[Mapped]:
        rows = self._rows(text)
        if not rows:
            yield Mapped.of(text)
            return
        pieces: list[list[Mapped]] = []
        at = 0
        for row in rows:
            pieces += [[_plain(text, at, row[0].start)], [_mapped(way, text) for way in self._ways(row)]]
            at = row[-1].end
        pieces.append([_plain(text, at, len(text))])
        seen: set[str] = set()
        for parts in islice(product(*pieces), MAX_READINGS):
            whole = Mapped("".join(part.text for part in parts), tuple(span for part in parts for span in part.spans))
            whole = whole.sub(r"\+\s+(?=\d)", "+") if "+" in whole.text else whole
            whole = whole.sub(self._powers, self._large, re.IGNORECASE)
            if whole.text not in seen:
                seen.add(whole.text)
                yield whole

    def _rows(self, text: str) -> list[list[Token]]:
        """The number words that follow each other with nothing but spaces, or an "and", between them."""
        rows: list[list[Token]] = []
        row: list[Token] = []
        for match in self._token.finditer(text):
            if row and match[0].isspace():
                continue
            tokens = self._tokens(match, text)
            if tokens and (row or tokens[0].atom.part != Part.AND) and len(row) < LONGEST_ROW:
                row += tokens
            else:
                rows.append(row)
                row = tokens if tokens and tokens[0].atom.part != Part.AND else []
        rows.append(row)
        meant: list[list[Token]] = []
        for row in rows:
            if said := self._meant(row, text, meant[-1][-1].end if meant else 0):
                meant.append(said)
        return meant

    def _tokens(self, match: re.Match[str], text: str) -> list[Token]:
        """The atoms of a word."""
        start, end = match.span()
        if match.lastindex:
            digit = re.search(r"[^\W_]+(?:['’ʼ][^\W_]+)?$", match[0])
            number = digit[0] if digit else ""
            value = int(number) if number.isdigit() else self._grammar.atoms(number)[0].value
            times = self._times[match.lastindex - 1]
            return [Token(Atom(Part.WRITTEN, value), start, end, str(value) * times)]
        if not match[0][0].isalpha():
            return []
        atoms = self._grammar.atoms(match[0])
        if [atom.part for atom in atoms] == [Part.REPEAT, Part.DIGIT]:
            return [Token(Atom(Part.WRITTEN, atoms[1].value), start, end, str(atoms[1].value) * atoms[0].value)]
        if atoms and atoms[0].part == Part.BESIDE and text[end : end + 1] in ("'", "’"):
            return []
        return [Token(atom, start, end, str(atom.value) if atom.part == Part.WRITTEN else "") for atom in atoms]

    def _meant(self, row: list[Token], text: str, after: int) -> list[Token]:
        """The row without words that only look like numbers, and with those that belong together joined."""
        joined: list[Token] = []
        for token in row:
            last = joined[-1] if joined else None
            if token.atom.part == Part.COUNTED and last and last.atom.part == Part.DIGIT and 2 <= last.atom.value <= 4:
                fixed = str(token.atom.value) * last.atom.value
                joined[-1] = Token(Atom(Part.WRITTEN, token.atom.value), last.start, token.end, fixed)
            elif last and self._grammar.is_eighty(last.atom, token.atom):
                joined[-1] = Token(Atom(Part.TENS, 80), last.start, token.end)
            else:
                joined.append(token)
        while joined and not self._ends(joined[-1], text):
            joined.pop()
        loose = (Part.BESIDE, Part.COUNTED, Part.PLUS)
        if joined and all(token.atom.part in loose for token in joined):
            near = _NEAR.search(text[after : joined[0].start]) or (
                after and not text[after : joined[0].start].strip(" ,.-–")
            )
            signed = joined[-1].atom.part == Part.PLUS
            if not near and not signed:
                return []
        if len(joined) == 2 and joined[0].atom.part == Part.BESIDE and re.match(r"\s+[^\W\d]", text[joined[1].end :]):
            return joined[1:]  # "oh two people"
        return [
            token._replace(atom=Atom(Part.DIGIT, token.atom.value)) if token.atom.part in loose[:2] else token
            for token in joined
        ]

    def _ends(self, token: Token, text: str) -> bool:
        """Whether a row may end with a word: not with an "and", nor with a plus that no number follows."""
        if token.atom.part == Part.PLUS:
            return bool(re.match(r"\s*\d", text[token.end :]))
        return token.atom.part != Part.AND

    def _ways(self, row: list[Token]) -> list[Way]:
        """A row as digits, in every way; the one with the fewest numbers first."""
        found: dict[Way, int] = {}
        numbers = [self._numbers(row, at) for at in range(len(row))]
        self._walk(numbers, 0, (), found, 1 if len(row) >= LONGEST_ROW else MAX_READINGS)
        return sorted(found, key=found.__getitem__) or [()]

    def _numbers(self, row: list[Token], at: int) -> list[tuple[int, Way]]:
        """The numbers that begin at a place, the longest first, each with the place behind it."""
        token = row[at]
        if token.fixed or token.atom.part == Part.PLUS:
            return [(at + 1, ((token.fixed or "+", token.start, token.end),))]
        if token.atom.part == Part.AND:
            return [(at + 1, ())]
        found: list[tuple[int, Way]] = []
        atoms: list[Atom] = []
        if at and self._grammar.binds(row[at - 1].atom, token.atom):
            return found
        for after, one in enumerate(row[at : at + LONGEST_NUMBER], at + 1):
            if atoms and self._grammar.parts(atoms[-1], one.atom):
                break
            atoms.append(one.atom)
            value = self._grammar.value(atoms)
            if value is not None:
                found.insert(0, (after, ((str(value), token.start, one.end),)))
        return found

    def _walk(self, numbers: list[list[tuple[int, Way]]], at: int, way: Way, found: dict[Way, int], most: int) -> None:
        """All ways from `at` on: each takes the longest number first, then shorter ones."""
        if len(found) >= most:
            return
        if at == len(numbers):
            found.setdefault(way, len(way))
            return
        for after, number in numbers[at]:
            self._walk(numbers, after, way + number, found, most)


def _plain(text: str, start: int, end: int) -> Mapped:
    return Mapped(text[start:end], tuple((at, at + 1) for at in range(start, end)))


def _mapped(way: Way, text: str) -> Mapped:
    made, spans = "", list[tuple[int, int]]()
    for digits, start, end in way:
        if made:
            between = text[spans[-1][1] : start]
            gap = " " if between.isspace() or not between else between
            spans += [(spans[-1][1], start)] * len(gap)
            made += gap
        made += digits
        spans += [(start, end)] * len(digits)
    return Mapped(made, tuple(spans))
