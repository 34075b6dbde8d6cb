"""What of an e-mail address is said in an utterance: words and signs that stand together, and what of it is denied."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction import address_words, changes, lexicon, patterns, spelling, words
from extraction.address_token import Part, Remark, Token
from extraction.mapped import Mapped

_ENDINGS = frozenset(("info", "name", "coop", "aero", "museum", "online", "shop", "cloud"))
"""Those of more letters that callers have."""
COUNTRY = (2, 3)
"""Letters of the ending of a country or a region: es, cat."""
SEPARATORS = "._+-"
SIGNS = re.escape(SEPARATORS)
GAP = 4
"""Words that may stand between a "not" and what it denies: "not with a"."""
LIKE = 0.8
"""Likeness from which a word is one of the address as it was heard."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words and signs as they are written together."""

    text: str
    start: int
    end: int
    denied: bool = False
    remark: Remark | None = None
    """What it says of the letters of a word, where it is no part of an address itself."""

    @property
    def is_sign(self) -> bool:
        return self.text in SEPARATORS

    @property
    def is_word(self) -> bool:
        return not self.remark and not any(sign in self.text for sign in "@" + SEPARATORS)


@dataclass(frozen=True, slots=True)
class Parts:
    """An address in its two halves."""

    local: str
    domain: str

    @property
    def words(self) -> list[str]:
        return [word for word in re.split(r"[@._+-]", f"{self.local}@{self.domain}") if word]

    @property
    def ending(self) -> str:
        """What stands behind the provider: "com", "co.uk"."""
        labels = self.domain.split(".")
        two = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
        return ".".join(labels[-2:] if two else labels[-1:])


def _fragments(tokens: Sequence[Token], text: str, language: str, old: Parts) -> Iterator[Fragment]:
    """What stands together; words that are usual in the language stand by themselves and are left out."""
    made: Fragment | None = None
    for token in tokens:
        after_dot = made is not None and made.text.endswith(".")
        is_sign = token.part in (Part.AT, Part.DOT, Part.SIGN)
        heard = token.text
        if is_sign and after_dot and is_ending(token.said.lower()):
            heard, is_sign = token.said.lower(), False  # "dot at"
        touches = made is not None and not token.gap and made.end <= token.start
        if not is_sign and not _is_part(token, heard, text[token.end :], language, old, made if touches else None):
            if made:
                yield made
            made = None
            if token.remark:
                yield Fragment(token.remark.letters, token.start, token.end, remark=token.remark)
            continue
        if made and touches and (_ends_in_sign(made) != is_sign or _spelled(made, heard)):
            made = replace(made, text=made.text + heard, end=token.end)
            continue
        if made:
            yield made
        made = Fragment(heard, token.start, token.end)
    if made:
        yield made


def _trimmed(one: Fragment, old: Parts) -> Fragment:
    """Without an "at" at its end, which is a word of the language in many ("dot org at the end"), and without a word
    beside a sign by itself that the address does not have.
    """
    text = one.text.removesuffix("@") or one.text
    bare = text.strip(SEPARATORS)
    if bare != text and text[0] not in ".@" and bare.isalnum() and bare not in old.words:
        text = text.replace(bare, "") or text
    return replace(one, text=text)


def _ends_in_sign(one: Fragment) -> bool:
    return one.text[-1] in "@" + SEPARATORS


def _spelled(one: Fragment, token: str) -> bool:
    """Whether a letter goes on what is being spelled."""
    return len(token) == 1 and bool(re.search(r"(?:^|[@._+-])\w$", one.text)) and token.isalnum()


def _is_part(token: Token, word: str, behind: str, language: str, old: Parts, made: Fragment | None) -> bool:
    """Whether a word may be one of an address: no usual word, or one that the address has, or an ending. `made` is what
    it touches.
    """
    if not token.is_text and token.part is not Part.AT:
        return False
    said = token.said.lower()
    everyday = changes.is_everyday(said, language)
    small = len(word) == 1 and behind.lstrip()[:1].isalnum()
    if word in old.words and not (everyday and (small or word in old.ending.split("."))):
        return True  # "es" is a word, and an ending; "a" is one, and a letter
    if made and made.text.endswith(".") and is_ending(word):  # "dot es, ..." is an ending, "dot in the middle" is not
        return not everyday or not behind.strip() or not behind.lstrip()[0].isalnum() or _ends(behind, word, language)
    if everyday or not word or not word.isascii() or address_words.introduces(said, language):
        return False
    one = lexicon.of(language)
    if patterns.fullmatch(words.any_of((*one.answers.denies, *one.answers.denies_after)), said):
        return False
    called = f"{one.phone.ends} {one.phone.begins} {one.fields.nouns.get('email', '')}".split()
    if patterns.compiled("|".join(called)).match(said):
        return False
    like = max(spelling.like(word, other) for other in old.words)
    return not token.guessed or like >= LIKE or bool(made and _ends_in_sign(made))


def _ends(behind: str, word: str, language: str) -> bool:
    """Whether an address is over before what follows: a "not", "at the end", or behind the end of a provider of the
    language one word more ("punkt de heißen").
    """
    one = lexicon.of(language)
    ends = "|".join(one.phone.ends.split()) or "(?!)"
    marks = rf"\s*{words.any_of(one.answers.denies)}|\s+(?:\w{{1,4}}\s+){{0,2}}(?:{ends})"
    if any(value.endswith(f".{word}") for value in one.email.providers.values()):
        marks += r"|\s+\w+\s*(?:[.,;!?]|$)"
    return bool(patterns.compiled(marks, re.IGNORECASE).match(behind))


def is_ending(label: str) -> bool:
    """Whether a word may be the last of an address."""
    return label in _ENDINGS or (len(label) in COUNTRY and label.isascii() and label.isalpha())


def _with_denials(found: Sequence[Fragment], text: str, language: str, old: Parts) -> list[Fragment]:
    """The fragments, with those that are said not to be so marked: they are parts of the address that we have."""
    answers = lexicon.of(language).answers
    denied: set[int] = set()
    for mark in patterns.finditer(words.any_of(answers.denies), text, re.IGNORECASE):
        behind = next((place for place, one in enumerate(found) if one.start >= mark.end()), None)
        if behind is not None and _near(text[mark.end() : found[behind].start]) and _is_of(found[behind], old):
            denied.add(behind)
    for mark in patterns.finditer(words.any_of(answers.denies_after), text, re.IGNORECASE):
        before = next((place for place, one in reversed([*enumerate(found)]) if one.end <= mark.start()), None)
        if before is not None and _near(text[found[before].end : mark.start()]) and _is_of(found[before], old):
            denied.add(before)
    numbers = [place for place, one in enumerate(found) if one.text.isdigit()]
    held = [place for place in numbers if found[place].text in re.findall(r"\d+", old.local)]
    if not denied and len(numbers) == 2 and len(held) == 1:
        denied.update(held)  # "77, it's 78": a no that opens an answer is not always left in it
    return [replace(one, denied=place in denied) for place, one in enumerate(found)]


def _near(between: str) -> bool:
    return len(between.split()) < GAP and not re.search(r"[,.;:!?]", between)


def _is_of(one: Fragment, old: Parts) -> bool:
    """Whether a fragment is a part of an address, or was heard as one."""
    if one.text in f"{old.local}@{old.domain}":
        return True
    parts = [word for word in re.split(r"[@._+-]", one.text) if word]
    return bool(parts) and all(max(spelling.like(part, word) for word in old.words) >= LIKE for part in parts)


def of(text: str, language: str, old: Parts) -> tuple[list[Fragment], Mapped]:
    """The fragments of an address in a text, those that are denied marked; and the reading that their places are in."""
    tokens, said = address_words.read(text, language)
    found = [_trimmed(one, old) for one in _fragments(tokens, said.text, language, old)]
    return _with_denials(found, said.text, language, old), said
