"""A spoken e-mail address, put together from both sides of its "at": "j whitfield at northbay dot org".

What stands before it reaches back as far as signs, letters, numbers and remarks hold its words together; what stands
behind it as far as a "dot" promises another label. What had to be guessed, or is left over, makes it less sure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from extraction import (
    address_domain,
    address_letters,
    address_words,
    changes,
    frequency,
    lexicon,
    patterns,
    people,
    spelling,
    words,
)
from extraction.address_domain import LEFT_OVER, MOST_LABEL, SURE, Half, row
from extraction.address_token import Part, Remark, Token
from extraction.mapped import Mapped

JOINED, GUESSED = 0.85, 0.85
"""Confidence where words were joined that nobody called one word; where letters of another alphabet were guessed."""
RARE = 4.0
"""Frequency below which a word may be one of an address without anything that says so."""
MOST_WORDS = 4
"""Words that are joined before an "at" without a sign."""
ARTICLE = 3
"""Letters of an article."""
LIKE = 0.6
"""Likeness from which letters spell a word that was said."""
_VALID = re.compile(r"[a-z0-9](?:[a-z0-9._+-]*[a-z0-9])?@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")


@dataclass(frozen=True, slots=True)
class Address:
    """What was found, where, and how sure it is."""

    value: str
    span: tuple[int, int]
    sure: float


def find(text: str, language: str, *, asked: bool, speaker: str = "") -> Address | None:
    """The last whole address: whoever says it again, in Latin letters or slower, means that. `speaker` is the caller's
    name, of which it may be made.
    """
    tokens, said = address_words.read(text, language, speaker)
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].part is Part.AT and (found := _around(tokens, at, said, language, asked=asked)):
            return found
    return None


def _around(tokens: Sequence[Token], at: int, said: Mapped, language: str, *, asked: bool) -> Address | None:
    domain = address_domain.read(tokens, at + 1, language, asked=asked)
    local = _local(tokens, at - 1, language, asked=asked) if domain else None
    if not domain or not local or not local.pieces or _is_none(tokens, local, language, asked=asked):
        return None
    _respelled(tokens[domain.at :], local, domain)
    value = f"{local.text}@{domain.text}"
    if not is_valid(value):
        return None
    sure = min(local.sure, domain.sure)
    if any(one.guessed for one in (*local.pieces, *domain.pieces)):
        sure = min(sure, GUESSED)
    return Address(value, said.source(tokens[local.at].start, tokens[domain.at - 1].end), sure)


def is_valid(value: str) -> bool:
    """Whether an address may be spoken so: Latin letters, and nothing but them and numbers at the ends of its parts."""
    return bool(_VALID.fullmatch(value)) and ".." not in value


def _is_none(tokens: Sequence[Token], local: Half, language: str, *, asked: bool) -> bool:
    """Whether what stands before an "at" is no part of an address: "it's at yahoo dot com", a yes, another address, or
    a part of a name that is not known.
    """
    if words.means(local.text, language) or any(not one.text for one in local.pieces):
        return True
    if local.at and tokens[local.at - 1].part is Part.AT:
        return True
    said = local.pieces[0].said
    denied = bool(patterns.fullmatch(words.any_of(lexicon.of(language).answers.denies), said, re.IGNORECASE))
    introduced = (not asked or address_words.introduces(said, language)) and changes.is_everyday(said, language)
    return len(local.pieces) == 1 and local.pieces[0].part is Part.WORD and (denied or introduced)


# ---- before the "at" -----------------------------------------------------------------------


def _local(tokens: Sequence[Token], last: int, language: str, *, asked: bool) -> Half:
    """The words before the "at", from right to left."""
    half, at, remarks = Half(at=last + 1), last, list[Remark]()
    first = _joined_from(tokens, last, language)
    joined = first > 0
    while at >= first:
        token, after = tokens[at], half.pieces[0] if half.pieces else None
        if token.part in (Part.JOIN, Part.ASIDE):
            joined = joined or token.part is Part.JOIN
            remarks += [token.remark] if token.remark else []
        elif token.part in (Part.SIGN, Part.DOT):
            if after is None or not after.is_text or at == 0:
                break
            half.pieces.insert(0, token)
            joined = False
        elif token.is_text and (
            after is None
            or first
            or _joins(tokens, at, half, language, joined=joined, asked=asked)
            or (joined and _is_article(token, after, language))
        ):
            piece, so = address_letters.applied(token, remarks)
            half.doubt(SURE if so else LEFT_OVER)
            half.pieces.insert(0, piece)
            half.at, remarks = at, []
        else:
            break
        at -= 1
    while half.pieces and not half.pieces[0].is_text:
        half.pieces.pop(0)
    _spelled_word(half)
    if first:
        half.at = first
    elif at >= 0 and half.pieces and (_is_left_over(tokens[at], tokens[at + 1], language) or (joined and at < last)):
        half.doubt(LEFT_OVER)  # "the red fox in one word"
    return half


def _joined_from(tokens: Sequence[Token], last: int, language: str) -> int:
    """Where the words begin that are one because that is said before them: "all one word, red fox"; 0: nowhere."""
    at = last
    while at >= 0 and (
        tokens[at].part in (Part.WORD, Part.NUMBER) and tokens[at].gap != "." and last - at < MOST_LABEL
    ):
        at -= 1
    if at < 0 or at == last or tokens[at].part is not Part.JOIN:
        return 0
    before = tokens[at - 1] if at else None
    if before is None or not before.is_text:
        return at + 1
    opens = address_words.introduces(before.said, language) or changes.is_everyday(before.said, language)
    return at + 1 if opens and before.part is Part.WORD else 0


def _is_article(token: Token, behind: Token, language: str) -> bool:
    """Whether a word before those that are one is an article, which they have too: "the red fox, all one word"."""
    names = lexicon.of(language).names
    small = token.said.lower() in f"{names.titles} {names.particles}".split() and len(token.said) <= ARTICLE
    return small and behind.is_text and not people.known(behind.said).given


def _joins(tokens: Sequence[Token], at: int, half: Half, language: str, *, joined: bool, asked: bool) -> bool:
    """Whether a word belongs to what stands behind it."""
    token, after = tokens[at], half.pieces[0]
    if not after.is_text or _spells(token, half.pieces):
        return True  # a sign holds them together; what is spelled was said before
    if token.part is Part.WORD and address_words.introduces(token.said, language):
        return False
    pieces = token.is_piece or after.is_piece
    gaps = {one.gap for one in tokens[at + 1 : tokens.index(after) + 1]}
    beside = tokens[at + 1] is after
    apart = not pieces or (token.part is Part.WORD and after.part is Part.LETTER)
    if "." in gaps or (beside and "," in gaps and apart):
        return False
    if joined or (token.is_piece and after.is_piece):
        return True
    if not (asked or pieces) or not ((token.is_piece and asked) or _may_be_one(token.said, language, beside=pieces)):
        return False
    if sum(one.part is Part.WORD for one in half.pieces) >= MOST_WORDS:
        return False
    if not pieces:
        half.doubt(JOINED)
    return True


def _may_be_one(word: str, language: str, *, beside: bool) -> bool:
    """Whether nothing but a space need stand between a word and the rest: somebody's name, or a rare word; `beside` a
    letter or a number every word that is no everyday one.
    """
    if beside or any(people.known(word)):
        return bool(people.known(word).given) or not changes.is_everyday(word, language)
    return frequency.zipf(word, language) < RARE


def _is_left_over(token: Token, behind: Token, language: str) -> bool:
    """Whether a word right before an address is none that introduces it."""
    return token.is_text and not behind.gap and not address_words.introduces(token.said, language)


def _spelled_word(half: Half) -> None:
    """A word that is spelled right after it is said is said once: "petrov, P-E-T-R-O-V"."""
    for at, token in enumerate(half.pieces):
        if _spells(token, half.pieces[at + 1 :]):
            del half.pieces[at]
            return


def _spells(token: Token, behind: Sequence[Token]) -> bool:
    """Whether the letters behind a word spell it."""
    letters = row(behind, 0) if token.part is Part.WORD else []
    return len(letters) >= 3 and spelling.like(token.text, "".join(one.text for one in letters)) >= LIKE


def _respelled(behind: Sequence[Token], *halves: Half) -> None:
    """What is spelled after the address corrects the word that is most like it."""
    at = 0
    while at < len(behind):
        letters = row(behind, at)
        at += len(letters) or 1
        made = "".join(one.text for one in letters)
        if len(letters) < 3:
            continue
        like = [
            (spelling.like("".join(one.text for one in half.pieces[first:last]), made), half, first, last)
            for half in halves
            for first, last in _runs(half.pieces)
        ]
        best, half, first, last = max(like, key=lambda one: one[0])
        if best >= LIKE:
            old = half.pieces[first]
            half.pieces[first:last] = [Token(Part.WORD, made, made, old.start, old.end, old.gap)]


def _runs(pieces: Sequence[Token]) -> list[tuple[int, int]]:
    """From where to where words stand together without a sign, and each word by itself."""
    signs = [-1, *(at for at, one in enumerate(pieces) if not one.is_text), len(pieces)]
    whole = [(first + 1, last) for first, last in pairwise(signs)]
    return [*whole, *((at, at + 1) for at, one in enumerate(pieces) if one.is_text)]
