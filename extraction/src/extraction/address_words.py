"""The words of a spoken e-mail address: its signs, letters by their names, remarks about how it is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache

from extraction import changes, lexicon, numerals, patterns, spelling, table
from extraction.mapped import Mapped


class Part(IntEnum):
    """What a word is in an address. A JOIN says that the words before it are one; an ASIDE adds nothing."""

    AT, DOT, SIGN, JOIN, ASIDE, LETTER, NUMBER, WORD = range(8)


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as the address has it, in small Latin letters without accents; `said` as it was spoken."""

    part: Part
    text: str
    said: str
    start: int
    end: int
    gap: str
    """What parts it from the token before: "" nothing but space, "," a pause, "." the end of a sentence."""
    guessed: bool = False
    """Its letters are those of another alphabet, which may be written in more than one way."""

    @property
    def is_piece(self) -> bool:
        """Whether it may be joined with what stands beside it without a remark."""
        return self.part in (Part.LETTER, Part.NUMBER)

    @property
    def is_text(self) -> bool:
        return self.part >= Part.LETTER


REMARK = 4
"""Words of a remark, at the most."""
_WORD = r"[^\W\d_]+(?:[-'’][^\W_]+)*"
_SPELLED = re.compile(r"[^\W\d_](?:-[^\W\d_])+")


def read(text: str, language: str) -> tuple[list[Token], Mapped]:
    """The words of a text, and the reading that their places are in."""
    said = Mapped(spelling.letters_only(text), Mapped.of(text).spans)
    said = said.through(numerals.read(said.text, language)[0])
    return _settled(list(_tokens(said.text, language)), language), said


def latin(word: str, language: str) -> tuple[str, bool]:
    """A word as addresses have it, and whether its letters were guessed."""
    tell = lexicon.of(language).email
    small = word.lower()
    if known := tell.domains.get(small):
        return known, False
    made = "".join(tell.written.get(sign, sign) for sign in small)
    return "-".join(table.folded(part).replace("'", "") for part in made.split("-")), made != small


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], tuple[tuple[Part, str], ...]]:
    tell = lexicon.of(language).email
    names = "|".join(sorted(tell.letters, key=len, reverse=True)) or r"(?!)"
    phrases = (
        (Part.JOIN, "", tell.joined),
        (Part.ASIDE, "", tell.asides),
        (Part.SIGN, "_", tell.underscore),
        (Part.AT, "@", tell.at),
        (Part.DOT, ".", tell.dot),
        (Part.SIGN, "-", tell.dash),
        (Part.SIGN, "+", tell.plus),
        (Part.LETTER, "", names),
    )
    written = ((Part.AT, "@", "@"), (Part.DOT, ".", r"(?<=\w)\.(?=\w)"), (Part.SIGN, "_", "_"))
    either = [rf"(?<!\w)({phrase})(?!\w)" for _, _, phrase in phrases] + [f"({sign})" for _, _, sign in written]
    either += [r"(\d+)", f"({_WORD})"]
    kinds = [(part, sign) for part, sign, _ in (*phrases, *written)] + [(Part.NUMBER, ""), (Part.WORD, "")]
    return patterns.compiled("|".join(either), re.IGNORECASE), tuple(kinds)


def _tokens(text: str, language: str) -> Iterator[Token]:
    pattern, kinds = _pattern(language)
    names = lexicon.of(language).email.letters
    last = 0
    for match in pattern.finditer(text):
        part, sign = kinds[(match.lastindex or 1) - 1]
        between = text[last : match.start()]
        gap = "." if re.search(r"[.!?;:…]", between) else "," if re.search(r"[^\s]", between) else ""
        start, last = match.span()
        if part is Part.WORD and _SPELLED.fullmatch(match[0]):
            for at in range(start, last, 2):
                yield Token(Part.LETTER, latin(text[at], language)[0], text[at], at, at + 1, gap if at == start else "")
        elif part is Part.WORD:
            made, guessed = latin(match[0], language)
            kind = Part.LETTER if len(match[0]) == 1 else Part.WORD
            yield Token(kind, made, match[0], start, last, gap, guessed and kind is Part.WORD)
        else:
            made = names[match[0].lower()] if part is Part.LETTER else match[0] if part is Part.NUMBER else sign
            yield Token(part, made, match[0], start, last, gap)


def _settled(found: list[Token], language: str) -> list[Token]:
    """A name of a letter that is a usual word too is a letter beside other letters only; "with a k" is a remark."""
    made: list[Token] = []
    for at, token in enumerate(found):
        beside = (found[place] for place in (at - 1, at + 1) if 0 <= place < len(found))
        if token.part is Part.LETTER and len(token.said) > 1 and not any(one.part is Part.LETTER for one in beside):
            usual = changes.is_everyday(token.said, language)
            text, guessed = latin(token.said, language)
            made.append(replace(token, part=Part.WORD, text=text, guessed=guessed) if usual else token)
        else:
            made.append(token)
    for at in range(len(made)):
        _remark(made, at, language)
    return made


def _remark(found: list[Token], at: int, language: str) -> None:
    """Make asides of "with a k", from its "with" on; and, between pauses, of "without the umlaut"."""
    tell = lexicon.of(language)
    names, said = tell.names, found[at].said.lower()
    with_ = bool(patterns.fullmatch(names.with_ or r"(?!)", said))
    if found[at].part is not Part.WORD or not (with_ or patterns.fullmatch(tell.email.without, said)):
        return
    end = at + 1
    articles = rf"(?:{names.with_articles})|\d" if names.with_articles else r"\d"
    while end < len(found) and patterns.fullmatch(articles, found[end].said.lower()):
        end += 1
    letters = end
    while letters < len(found) and found[letters].part is Part.LETTER and (letters == end or not found[letters].gap):
        letters += 1
    if not with_ or letters == end:
        letters = _pause(found, at) if found[at].gap or not at else at
    found[at:letters] = [replace(one, part=Part.ASIDE, text="") for one in found[at:letters]]


def _pause(found: list[Token], at: int) -> int:
    """Where a remark of few words that begins at a place has ended; the place itself where it goes on."""
    for end in range(at + 1, min(len(found), at + 1 + REMARK)):
        if found[end].gap:
            return end
        if not found[end].is_text:  # "without the dot, ..."
            return (
                end + 1
                if found[end].part in (Part.DOT, Part.SIGN) and found[end + 1 :][:1] and found[end + 1].gap
                else end
            )
    return at
