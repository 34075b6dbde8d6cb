"""A part of an e-mail address said anew: its ending, its provider, a sign within it, the name before the "at".

What is said falls into fragments, words and signs that stand together: "acme dot org", "dot com", "hyphen". A fragment
behind a "not" that is a part of the address is what was wrong; each other one goes where it fits best.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extraction import address, address_words, changes, email_fragments, email_letters, lexicon, patterns, spelling
from extraction.email_fragments import SEPARATORS, SIGNS, Fragment, Parts
from extraction.utterance import Utterance

SURE, LIKELY = 0.92, 0.7
LIKE = 0.6
"""Likeness to a part of the address from which a fragment takes its place."""
FEW = 4
"""Words beside the name of a provider that is all of an answer."""
Span = tuple[int, int]
Patch = tuple[Parts, float, tuple[Span, ...]]


def patched(value: str, utterance: Utterance, speaker: str) -> tuple[str, float, tuple[Span, ...]] | None:
    """The address with what is said put in its place, how sure, and where it was said; None where nothing fits, or
    where it may be about the caller's name.
    """
    local, _, domain = value.partition("@")
    old, language = Parts(local, domain), utterance.language
    found, said = email_fragments.of(utterance.text, language, old)
    nouns = tuple(lexicon.of(language).fields.nouns.get("email", "").split())
    told = utterance.names(nouns)
    names = () if told else tuple(address_words.latin(name, language)[0] for name in speaker.split())
    made = (
        _patched(old, found, names, told=told)
        or _without(old, said.text, language, told=told)
        or _alone(old, found, said.text, language, told=told)
    )
    new = f"{made[0].local}@{made[0].domain}" if made else ""
    if made is None or not address.is_valid(new):
        return None
    return new, made[1], tuple(said.source(*span) for span in made[2])


def _patched(old: Parts, found: Sequence[Fragment], names: Sequence[str], *, told: bool) -> Patch | None:
    new = old
    used: list[Fragment] = []
    denied = [one for one in found if one.denied]
    for one in found:
        if one.denied or (one.is_word and not denied):
            continue
        of = [one]
        if one.remark:
            made, of = email_letters.put(new, one, found, names, told=told)
        else:
            made = _sign(new, one, found, denied) if one.is_sign else _put(new, one.text, denied)
        if made != new:
            new, used = made, [*used, *of]
    if not used:
        return None
    vague = not denied and all(one.is_sign or one.remark for one in used)
    vague = vague or (not told and any(one.remark for one in used))
    vague = vague or any(len(one.text) == 1 < old.local.count(one.text) for one in denied if not one.is_sign)
    return new, LIKELY if vague else SURE, tuple((one.start, one.end) for one in (*used, *denied))


def _alone(old: Parts, found: Sequence[Fragment], text: str, language: str, *, told: bool) -> Patch | None:
    """The address with a word that stands by itself: a number that was left out, or another provider."""
    words = [one for one in found if one.is_word]
    if len(words) != 1 or words[0].denied or words[0].text in old.words:
        return None
    one, span = words[0], ((words[0].start, words[0].end),)
    if one.text.isdigit() and told and not re.search(r"\d", old.local):
        tell = lexicon.of(language).phone
        added = patterns.search(rf"(?<!\w)(?:{tell.missing}|{'|'.join(tell.ends.split())})", text, re.IGNORECASE)
        return (replace(old, local=old.local + one.text), LIKELY, span) if added else None
    domain = lexicon.of(language).email.providers.get(one.text, "")
    beside = re.findall(r"[^\W\d_]+", text[: one.start] + text[one.end :])
    bare = told or (len(found) == 1 and all(changes.is_everyday(word, language) for word in beside))
    if domain and old.domain != domain and bare and len(beside) <= FEW:
        return replace(old, domain=domain), LIKELY, span
    return None


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
    if parted := _parted(old.local, text.rstrip(SEPARATORS)):
        return replace(old, local=parted)
    return _words(old, bare, denied)


def _parted(local: str, said: str) -> str:
    """What stands before the "at" with the signs of a fragment that has the same letters: "rolf dot 1" for rolf1; ""
    where they are not in it.
    """
    letters = [re.escape(sign) for sign in said if sign not in SEPARATORS]
    if not letters:
        return ""
    sign = f"[{SIGNS}]"
    begins = f"{sign}?" if said[0] in SEPARATORS else f"(?<![^{SIGNS}])"
    made = re.sub(rf"{begins}{f'{sign}?'.join(letters)}(?![^{SIGNS}])", said, local, count=1)
    return made if made != local else ""


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
            whole = rf"(?<!\d){wrong}(?!\d)" if wrong.isdigit() else re.escape(wrong)
            return replace(old, local=re.sub(whole, said, old.local, count=1))
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
    if not denied and len(said) == 1 and not any(sign in old.local for sign in SEPARATORS):
        if said[0] != old.local and old.local.startswith(said[0]):
            return replace(old, local=said[0] + one.text + old.local.removeprefix(said[0]))
        if said[0] != old.local and old.local.endswith(said[0]):
            return replace(old, local=old.local.removesuffix(said[0]) + one.text + said[0])
    wrong = [other.text for other in denied if other.is_sign]
    if denied and not wrong:
        return old
    signs = [sign for sign in old.local if sign in SEPARATORS]
    provider = old.domain.removesuffix("." + old.ending)
    if wrong and wrong[0] not in signs and wrong[0] in provider:
        return replace(old, domain=f"{provider.replace(wrong[0], one.text)}.{old.ending}")
    meant = wrong[0] if wrong and wrong[0] in signs else signs[0] if len(signs) == 1 else ""
    return replace(old, local=old.local.replace(meant, one.text)) if meant else old


def _without(old: Parts, text: str, language: str, *, told: bool) -> Patch | None:
    """The address without a sign, or a number: "without the dot"."""
    tell = lexicon.of(language).email
    signs = ((tell.underscore, "_"), (tell.at, "@"), (tell.dot, "."), (tell.dash, "-"), (tell.plus, "+"))
    for said, sign in (*signs, (r"\d+", "")) if tell.without else ():
        phrase = rf"(?<!\w)(?:{tell.without})\s+(?:\w{{1,4}}\s+)?({said})(?!\w)"
        match = patterns.search(phrase, text, re.IGNORECASE)
        gone = sign or (match[1] if match and told else "")
        if match and gone and gone in old.local:
            new = replace(old, local=old.local.replace(gone, ""))
            return new, SURE if sign else LIKELY, (match.span(),)
    return None
