"""What of an e-mail address is said in an utterance: words and signs that stand together, and what of it is denied."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction import changes, lexicon, patterns, spelling, words

_ENDINGS = frozenset(("info", "name", "coop", "aero", "museum", "online", "shop", "cloud"))
"""Those of more letters that callers have."""
COUNTRY = (2, 3)
"""Letters of the ending of a country or a region: es, cat."""
SEPARATORS = "._+-"
GAP = 4
"""Words that may stand between a "not" and what it denies: "not with a"."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words and signs as they are written together."""

    text: str
    start: int
    end: int
    denied: bool = False

    @property
    def is_sign(self) -> bool:
        return self.text in SEPARATORS

    @property
    def is_word(self) -> bool:
        return not any(sign in self.text for sign in "@" + SEPARATORS)


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


def signs_of(language: str) -> list[tuple[str, str]]:
    """The signs of an address, each with the phrase for it; the longer of two that overlap first."""
    tell = lexicon.of(language).email
    said = ((tell.underscore, "_"), (tell.at, "@"), (tell.dot, "."), (tell.dash, "-"), (tell.plus, "+"))
    return [(phrase, sign) for phrase, sign in said if phrase]


def _tokens(text: str, language: str) -> Iterator[tuple[str, int, int]]:
    """The words in small letters, and the signs, said or written."""
    spoken = "|".join(rf"(?<!\w)({phrase})(?!\w)" for phrase, _ in signs_of(language))
    signs = [sign for _, sign in signs_of(language)]
    for match in patterns.finditer(rf"{spoken}|([@._+-](?=\w))|[^\W_]+(?:['’][^\W_]+)*", text, re.IGNORECASE):
        if match.lastindex is None:
            yield match[0].lower(), *match.span()
        else:
            yield match[0] if match.lastindex > len(signs) else signs[match.lastindex - 1], *match.span()


def _fragments(text: str, language: str, old: Parts) -> Iterator[Fragment]:
    """What stands together; words that are usual in the language stand by themselves and are left out."""
    tell, known = lexicon.of(language).email, {*old.words}
    made: Fragment | None = None
    for heard, start, end in _tokens(text, language):
        after_dot = made is not None and made.text.endswith(".")
        said = heard
        if heard == "@" and after_dot and is_ending(text[start:end].lower()):
            said = text[start:end].lower()  # "dot at"
        is_sign = said in "@" + SEPARATORS
        token = said if is_sign else tell.domains.get(said, said)
        if not is_sign and not _is_part(token, text[end:], language, known, after_dot=after_dot):
            if made:
                yield made
            made = None
            continue
        touches = made is not None and not text[made.end : start].strip(" ")
        if made and touches and (_ends_in_sign(made) != is_sign or _spelled(made, token)):
            made = Fragment(made.text + token, made.start, end)
            continue
        if made:
            yield made
        made = Fragment(token, start, end)
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


def _is_part(word: str, behind: str, language: str, known: set[str], *, after_dot: bool) -> bool:
    """Whether a word may be one of an address: no usual word, or one that the address has, or an ending."""
    if word in known:
        return True
    everyday = changes.is_everyday(word, language)
    if after_dot and is_ending(word):  # "dot es, ..." is an ending, "dot in the middle" is not
        return not everyday or not behind.strip() or not behind.lstrip()[0].isalnum() or _ends(behind, language)
    one = lexicon.of(language)
    called = (*one.phone.ends.split(), *one.email.before.split(), *one.fields.nouns.get("email", "").split())
    return not everyday and not word.startswith(called) and word.isascii()


def _ends(behind: str, language: str) -> bool:
    """Whether an address is over before what follows: a "not", or "at the end"."""
    one = lexicon.of(language)
    ends = "|".join(one.phone.ends.split()) or "(?!)"
    marks = rf"\s*{words.any_of(one.answers.denies)}|\s+(?:\w{{1,4}}\s+){{0,2}}(?:{ends})"
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
    return [replace(one, denied=place in denied) for place, one in enumerate(found)]


def _near(between: str) -> bool:
    return len(between.split()) < GAP and not re.search(r"[,.;:!?]", between)


def _is_of(one: Fragment, old: Parts) -> bool:
    """Whether a fragment is a part of an address, or was heard as one."""
    whole = f"{old.local}@{old.domain}"
    if one.text in whole:
        return True
    parts = [word for word in re.split(r"[@._+-]", one.text) if word]
    return bool(parts) and all(max(spelling.like(part, word) for word in old.words) >= 0.8 for part in parts)


def of(text: str, language: str, old: Parts) -> list[Fragment]:
    """The fragments of an address in a text; those that are denied are marked."""
    return _with_denials([_trimmed(one, old) for one in _fragments(text, language, old)], text, language, old)
