"""A part of an e-mail address said anew: its ending, its provider, a sign within it, the name before the "at".

What is said falls into fragments, words and signs that stand together: "acme dot org", "dot com", "hyphen". A fragment
behind a "not" that is a part of the address is what was wrong; each other one goes where it fits best.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extraction import email_fragments, lexicon, patterns, spelling
from extraction.email_fragments import SEPARATORS, Fragment, Parts
from extraction.utterance import Utterance

SURE, LIKELY = 0.92, 0.7
LIKE = 0.6
"""Likeness to a part of the address from which a fragment takes its place."""
Span = tuple[int, int]


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
    old = Parts(local, domain)
    found = email_fragments.of(text, language, old)
    new = old
    used: list[Fragment] = []
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


def _put(old: Parts, text: str, denied: Sequence[Fragment]) -> Parts:
    """The address with a fragment in the place that it fits."""
    name, at, behind = text.rpartition("@")
    if at:
        new = replace(old, local=name.strip(SEPARATORS)) if name.strip(SEPARATORS) else old
        behind = behind.strip(SEPARATORS)
        return replace(new, domain=behind if "." in behind else f"{behind}.{old.ending}") if behind else new
    bare = text.strip(SEPARATORS)
    last = bare.rpartition(".")[2]
    if text.startswith(".") and email_fragments.is_ending(last):
        return replace(old, domain=f"{old.domain.removesuffix('.' + old.ending)}.{bare}")
    if "." in bare and email_fragments.is_ending(last) and spelling.like(bare, old.local) < 0.8:
        return replace(old, domain=bare)
    return _words(old, bare, denied)


def _words(old: Parts, said: str, denied: Sequence[Fragment]) -> Parts:
    """The address with words in the place of those that are denied, or of the half that they are like."""
    for one in denied:
        wrong = "" if one.text[0] in SEPARATORS else one.text
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
    if not any(sign in said for sign in SEPARATORS) or like[best] < LIKE:
        return old
    return replace(old, local=said) if best == "local" else replace(old, domain=f"{said}.{old.ending}")


def _sign(old: Parts, one: Fragment, found: Sequence[Fragment], denied: Sequence[Fragment]) -> Parts:
    """The address with a sign in the place of the one that is denied, between two words that are named, or of the only
    one that it has.
    """
    said = [other.text for other in found if other.is_word and not other.denied]
    for first, second in pairwise(said):
        joint = patterns.compiled(rf"(?<![^\W_]){re.escape(first)}[._+-]?{re.escape(second)}(?![^\W_])")
        if joint.search(old.local):
            return replace(old, local=joint.sub(f"{first}{one.text}{second}", old.local))
    wrong = [other.text for other in denied if other.is_sign]
    if denied and not wrong:
        return old
    signs = [sign for sign in old.local if sign in SEPARATORS]
    provider = old.domain.removesuffix("." + old.ending)
    if wrong and wrong[0] not in signs and wrong[0] in provider:
        return replace(old, domain=f"{provider.replace(wrong[0], one.text)}.{old.ending}")
    meant = wrong[0] if wrong and wrong[0] in signs else signs[0] if len(signs) == 1 else ""
    return replace(old, local=old.local.replace(meant, one.text)) if meant else old


def _without(old: Parts, text: str, language: str) -> tuple[str, float, tuple[Span, ...]] | None:
    """The address without a sign: "without the dot"."""
    phrase = lexicon.of(language).email.without
    for said, sign in email_fragments.signs_of(language) if phrase else ():
        match = patterns.search(rf"(?<!\w)(?:{phrase})\s+(?:\w{{1,4}}\s+)?(?:{said})(?!\w)", text, re.IGNORECASE)
        if match and sign in old.local:
            return f"{old.local.replace(sign, '')}@{old.domain}", SURE, (match.span(),)
    return None
