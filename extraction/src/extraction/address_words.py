"""The words of an utterance as those of an e-mail address: its signs, letters by their names, the caller's own name,
remarks about how it is written. A whole address and a part of one that is said anew are read from them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from extraction import address_remarks, changes, lexicon, numerals, patterns, spelling, table, words
from extraction.address_token import Part, Token
from extraction.mapped import Mapped

_WORD = r"[^\W\d_]+(?:[-'’][^\W_]+)*"
_SPELLED = re.compile(r"[^\W\d_](?:-[^\W\d_])+")
_NOUGHT = re.compile(r"[oо](?!\w)", re.IGNORECASE)
DECLINED = 4
"""Letters of a provider's name from which it may have another ending: "на яндексе"."""
FIRST, LAST, INITIAL = "first", "last", "initial"
"""Parts of the caller's name that may be named in an address."""


def read(text: str, language: str, speaker: str = "") -> tuple[list[Token], Mapped]:
    """The words of a text, and the reading that their places are in. `speaker` is the caller's name, where it is known:
    an address may be made of "my first name".
    """
    said = Mapped(spelling.letters_only(text), Mapped.of(text).spans)
    said = said.through(numerals.read(said.text, language)[0])
    found = _settled(list(_tokens(said.text, language, _names(speaker, language))), language)
    articles = lexicon.of(language).numbers.articles.split()
    for at, (one, behind) in enumerate(pairwise(found)):
        beside = behind.part in (Part.SIGN, Part.DOT, Part.LETTER)
        if one.part is Part.NUMBER and beside and text[slice(*said.source(one.start, one.end))].lower() in articles:
            found[at] = replace(one, part=Part.ASIDE, text="")  # "un guion"
    for at in range(len(found) - 1, 0, -1):
        one, spoken = found[at], text[slice(*said.source(found[at].start, found[at].end))]
        if one.part is Part.NUMBER and found[at - 1].part is Part.LETTER and _NOUGHT.match(spoken):
            letter = replace(one, part=Part.LETTER, text="o", end=one.start + 1, guessed=True)  # "c h o eighty"
            rest = replace(one, text=one.text[1:], start=one.start + 1, gap="")
            found[at : at + 1] = [letter, rest] if rest.text else [letter]
    return address_remarks.settled(found, said.text, language), said


def latin(word: str, language: str) -> tuple[str, bool]:
    """A word as addresses have it, and whether its letters were guessed."""
    tell = lexicon.of(language).email
    small = word.lower()
    declined = small[:-1] if lexicon.of(language).names.declines_after and len(small) > DECLINED else small
    if known := tell.domains.get(small) or tell.domains.get(declined):
        return known, False
    made = "".join(tell.written.get(sign, sign) for sign in small)
    return "-".join(table.folded(part).replace("'", "") for part in made.split("-")), made != small


def introduces(word: str, language: str) -> bool:
    """Whether a word is said before an address, or opens an answer."""
    lower = word.lower().replace("’", "'")
    return "'" in lower or (len(lower) > 1 and lower in _before(language))


@cache
def _before(language: str) -> frozenset[str]:
    has = lexicon.of(language)
    return frozenset(f"{has.email.before} {has.names.openers}".split()) | words.yes(language) | words.no(language)


def _names(speaker: str, language: str) -> dict[str, str]:
    """The parts of the caller's name as an address has them; none of a name that is not known."""
    first, _, last = speaker.partition(" ")
    made = {FIRST: latin(first, language)[0], LAST: latin(last.replace(" ", ""), language)[0]}
    return made | {INITIAL: made[FIRST][:1]}


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], tuple[tuple[Part, str], ...]]:
    names, tell = lexicon.of(language).names, lexicon.of(language).email
    letters = "|".join(sorted(tell.letters, key=len, reverse=True)) or r"(?!)"
    own = rf"(?:(?:{'|'.join(map(re.escape, tell.before.split()))})\s+)*"
    phrases = (
        (Part.ASIDE, "", tell.asides),
        (Part.JOIN, "", tell.joined),
        (Part.OWN, INITIAL, own + rf"(?:{tell.initial})"),
        (Part.OWN, LAST, own + rf"(?:{names.last_name})"),
        (Part.OWN, FIRST, own + rf"(?:{names.first_name})"),
        (Part.SIGN, "_", tell.underscore),
        (Part.AT, "@", tell.at),
        (Part.DOT, ".", tell.dot),
        (Part.SIGN, "-", tell.dash),
        (Part.SIGN, "+", tell.plus),
        (Part.LETTER, "", letters),
    )
    written = ((Part.AT, "@", "@"), (Part.DOT, ".", r"(?<=\w)\.(?=\w)"), (Part.SIGN, "_", "_"))
    either = [rf"(?<!\w)({phrase})(?!\w)" for _, _, phrase in phrases]
    either += [f"({sign})" for _, _, sign in written]
    either += [r"(\d+)", f"({_WORD})"]
    kinds = [(part, sign) for part, sign, _ in (*phrases, *written)] + [(Part.NUMBER, ""), (Part.WORD, "")]
    return patterns.compiled("|".join(either), re.IGNORECASE), tuple(kinds)


def _tokens(text: str, language: str, own: Mapping[str, str]) -> Iterator[Token]:
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
        elif part is Part.OWN:
            yield Token(part, own[sign], match[0], start, last, gap, guessed=True)
        elif part is Part.WORD:
            made, guessed = latin(match[0], language)
            kind = Part.LETTER if len(match[0]) == 1 else Part.WORD
            yield Token(kind, made, match[0], start, last, gap, guessed and kind is Part.WORD)
        else:
            made = names[match[0].lower()] if part is Part.LETTER else match[0] if part is Part.NUMBER else sign
            yield Token(part, made, match[0], start, last, gap)


def _settled(found: Sequence[Token], language: str) -> list[Token]:
    """A name of a letter that is a usual word too is a letter beside other letters only."""
    made: list[Token] = []
    for at, token in enumerate(found):
        beside = (found[place] for place in (at - 1, at + 1) if 0 <= place < len(found))
        if token.part is Part.LETTER and len(token.said) > 1 and not any(one.part is Part.LETTER for one in beside):
            usual = changes.is_everyday(token.said, language)
            text, guessed = latin(token.said, language)
            made.append(replace(token, part=Part.WORD, text=text, guessed=guessed) if usual else token)
        else:
            made.append(token)
    return made
