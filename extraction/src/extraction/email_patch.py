"""A part of an e-mail address said anew: its ending, its provider, a sign within it, the name before the "at".

What is said falls into fragments, words and signs that stand together: "acme dot org", "dot com", "hyphen". A fragment
behind a "not" that is a part of the address is what was wrong; each other one goes where it fits best.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction import changes, lexicon, patterns, spelling, words
from extraction.utterance import Utterance

SURE, LIKELY = 0.92, 0.7
_ENDINGS = frozenset("com net org edu gov info biz eu io dev app pro name coop aero museum online shop cloud".split())
_SEPARATORS = "._+-"
LIKE = 0.6
"""Likeness to a part of the address from which a fragment takes its place."""
GAP = 4
"""Words that may stand between a "not" and what it denies: "not with a"."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Fragment:
    """Words and signs as they are written together."""

    text: str
    start: int
    end: int
    denied: bool = False

    @property
    def is_sign(self) -> bool:
        return self.text in _SEPARATORS

    @property
    def is_word(self) -> bool:
        return not any(sign in self.text for sign in "@" + _SEPARATORS)


@dataclass(frozen=True, slots=True)
class _Parts:
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


def patched(value: str, utterance: Utterance) -> tuple[str, float, tuple[Span, ...]] | None:
    """The address with what is said put in its place, how sure, and where it was said; None where nothing fits."""
    reading, language = utterance.readings[0], utterance.language
    made = _patched(value, _without_nouns(reading.text, language), language)
    return (made[0], made[1], tuple(reading.source(*span) for span in made[2])) if made else None


def _without_nouns(text: str, language: str) -> str:
    """Blanks in the place of "e-mail", which has a sign in it, and of what is spelled with hyphens."""
    nouns = "|".join(re.escape(noun) for noun in lexicon.of(language).fields.nouns.get("email", "").split()) or "(?!)"
    return patterns.sub(
        rf"(?<!\w)(?:(?:{nouns})\w*|(?:\w-){{2,}}\w)(?![\w@-])", lambda m: " " * len(m[0]), text, re.IGNORECASE
    )


def _patched(value: str, text: str, language: str) -> tuple[str, float, tuple[Span, ...]] | None:
    local, _, domain = value.partition("@")
    old = _Parts(local, domain)
    found = _with_denials([_trimmed(one, old) for one in _fragments(text, language, old)], text, language, old)
    new, used = old, []
    denied = [one for one in found if one.denied]
    for one in found:
        if one.denied or (one.is_word and not denied):
            continue
        made = _sign(new, one, found, denied) if one.is_sign else _put(new, one.text, denied)
        if made != new:
            new, used = made, [*used, one]
    if new == old and (without := _without(old, text, language)):
        return without
    if new == old or not new.local or not used:
        return None
    sure = SURE if denied or not all(one.is_sign for one in used) else LIKELY
    return f"{new.local}@{new.domain}", sure, tuple((one.start, one.end) for one in (*used, *denied))


def _signs(language: str) -> list[tuple[str, str]]:
    tell = lexicon.of(language).email
    said = ((tell.underscore, "_"), (tell.at, "@"), (tell.dot, "."), (tell.dash, "-"), (tell.plus, "+"))
    return [(phrase, sign) for phrase, sign in said if phrase]


def _tokens(text: str, language: str) -> Iterator[tuple[str, int, int]]:
    """The words in small letters, and the signs, said or written."""
    spoken = "|".join(rf"(?<!\w)({phrase})(?!\w)" for phrase, _ in _signs(language))
    signs = [sign for _, sign in _signs(language)]
    for match in patterns.finditer(rf"{spoken}|([@._+-](?=\w))|[^\W_]+(?:['’][^\W_]+)*", text, re.IGNORECASE):
        if match.lastindex is None:
            yield match[0].lower(), *match.span()
        else:
            yield match[0] if match.lastindex > len(signs) else signs[match.lastindex - 1], *match.span()


def _fragments(text: str, language: str, old: _Parts) -> Iterator[_Fragment]:
    """What stands together; words that are usual in the language stand by themselves and are left out."""
    tell, known = lexicon.of(language).email, {*old.words}
    made: _Fragment | None = None
    for said, start, end in _tokens(text, language):
        after_dot = made is not None and made.text.endswith(".")
        if said == "@" and after_dot and is_ending(text[start:end].lower()):
            said = text[start:end].lower()  # "dot at"
        is_sign = said in "@" + _SEPARATORS
        token = said if is_sign else tell.domains.get(said, said)
        if not is_sign and not _is_part(token, text[end:], language, known, after_dot=after_dot):
            if made:
                yield made
            made = None
            continue
        touches = made is not None and not text[made.end : start].strip(" ")
        if made and touches and (_ends_in_sign(made) != is_sign or _spelled(made, token)):
            made = _Fragment(made.text + token, made.start, end)
            continue
        if made:
            yield made
        made = _Fragment(token, start, end)
    if made:
        yield made


def _trimmed(one: _Fragment, old: _Parts) -> _Fragment:
    """Without an "at" at its end, which is a word of the language in many ("dot org at the end"), and without a word
    beside a sign by itself that the address does not have."""
    text = one.text.removesuffix("@") or one.text
    bare = text.strip(_SEPARATORS)
    if bare != text and text[0] not in ".@" and bare.isalnum() and bare not in old.words:
        text = text.replace(bare, "") or text
    return replace(one, text=text)


def _ends_in_sign(one: _Fragment) -> bool:
    return one.text[-1] in "@" + _SEPARATORS


def _spelled(one: _Fragment, token: str) -> bool:
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
    return label in _ENDINGS or (len(label) == 2 and label.isascii() and label.isalpha())


def _with_denials(found: Sequence[_Fragment], text: str, language: str, old: _Parts) -> list[_Fragment]:
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


def _is_of(one: _Fragment, old: _Parts) -> bool:
    """Whether a fragment is a part of an address, or was heard as one."""
    whole = f"{old.local}@{old.domain}"
    if one.text in whole:
        return True
    parts = [word for word in re.split(r"[@._+-]", one.text) if word]
    return bool(parts) and all(max(spelling.like(part, word) for word in old.words) >= 0.8 for part in parts)


def _put(old: _Parts, text: str, denied: Sequence[_Fragment]) -> _Parts:
    """The address with a fragment in the place that it fits."""
    name, at, behind = text.rpartition("@")
    if at:
        new = replace(old, local=name.strip(_SEPARATORS)) if name.strip(_SEPARATORS) else old
        behind = behind.strip(_SEPARATORS)
        return replace(new, domain=behind if "." in behind else f"{behind}.{old.ending}") if behind else new
    bare = text.strip(_SEPARATORS)
    last = bare.rpartition(".")[2]
    if text.startswith(".") and is_ending(last):
        return replace(old, domain=f"{old.domain.removesuffix('.' + old.ending)}.{bare}")
    if "." in bare and is_ending(last) and spelling.like(bare, old.local) < 0.8:
        return replace(old, domain=bare)
    return _words(old, bare, denied)


def _words(old: _Parts, said: str, denied: Sequence[_Fragment]) -> _Parts:
    """The address with words in the place of those that are denied, or of the half that they are like."""
    for one in denied:
        wrong = "" if one.text[0] in _SEPARATORS else one.text
        wrong = wrong.removesuffix(f".{old.ending}")
        if wrong.isdigit() != said.isdigit():
            continue
        if wrong and wrong in old.domain.split("."):
            return replace(old, domain=old.domain.replace(wrong, said, 1))
        if wrong and wrong in old.local:
            return replace(old, local=old.local.replace(wrong, said, 1))
    provider = old.domain.removesuffix("." + old.ending)
    like = {"local": spelling.like(said, old.local), "domain": spelling.like(said, provider)}
    best = max(like, key=lambda half: like[half])
    if not any(sign in said for sign in _SEPARATORS) or like[best] < LIKE:
        return old
    return replace(old, local=said) if best == "local" else replace(old, domain=f"{said}.{old.ending}")


def _sign(old: _Parts, one: _Fragment, found: Sequence[_Fragment], denied: Sequence[_Fragment]) -> _Parts:
    """The address with a sign in the place of the one that is denied, between two words that are named, or of the only
    one that it has."""
    said = [other.text for other in found if other.is_word and not other.denied]
    for first, second in zip(said, said[1:], strict=False):
        joint = patterns.compiled(rf"(?<![^\W_]){re.escape(first)}[._+-]?{re.escape(second)}(?![^\W_])")
        if joint.search(old.local):
            return replace(old, local=joint.sub(f"{first}{one.text}{second}", old.local))
    wrong = [other.text for other in denied if other.is_sign]
    if denied and not wrong:
        return old
    signs = [sign for sign in old.local if sign in _SEPARATORS]
    provider = old.domain.removesuffix("." + old.ending)
    if wrong and wrong[0] not in signs and wrong[0] in provider:
        return replace(old, domain=f"{provider.replace(wrong[0], one.text)}.{old.ending}")
    meant = wrong[0] if wrong and wrong[0] in signs else signs[0] if len(signs) == 1 else ""
    return replace(old, local=old.local.replace(meant, one.text)) if meant else old


def _without(old: _Parts, text: str, language: str) -> tuple[str, float, tuple[Span, ...]] | None:
    """The address without a sign: "without the dot"."""
    phrase = lexicon.of(language).email.without
    for said, sign in _signs(language) if phrase else ():
        match = patterns.search(rf"(?<!\w)(?:{phrase})\s+(?:\w{{1,4}}\s+)?(?:{said})(?!\w)", text, re.IGNORECASE)
        if match and sign in old.local:
            return f"{old.local.replace(sign, '')}@{old.domain}", SURE, (match.span(),)
    return None
