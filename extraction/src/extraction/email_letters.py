"""Letters of an e-mail address put right by a remark: "erik with a c, not a k", "anna with two n's"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from extraction import address_letters, spelling
from extraction.address_token import Remark
from extraction.email_fragments import SIGNS, Fragment, Parts

NAMED = 0.6
"""Likeness of a word that is said to the one of the address that it names."""


def put(
    old: Parts, one: Fragment, found: Sequence[Fragment], names: Sequence[str], *, told: bool
) -> tuple[Parts, list[Fragment]]:
    """The address with the word changed that a remark is about: the one that is named beside it, or the only one that
    has what is denied, or of which the remark says anything new; as it was where that is not clear. And what of `found`
    it was made of. Where it is not `told` that the address is meant, what names no word of it is about something else,
    and what names one of the caller's `names` about that.
    """
    remark = one.remark
    if remark is None:
        return old, []
    wrong = [other.text for other in found if other.denied and (other.remark or len(other.text) == 1)]
    if wrong and not remark.instead:
        remark = replace(remark, instead=wrong[0])
    words = [word for word in re.split(r"[._+-]", old.local) if word] + [old.domain.removesuffix("." + old.ending)]
    named = [other for other in found if other.is_word and not other.denied and len(other.text) > 2]
    for said in sorted(named, key=lambda other: abs(one.start - other.start)):
        like, word = max((spelling.like(said.text, word), word) for word in words)
        if any(spelling.like(said.text, name) >= NAMED for name in names):
            return old, []
        if like >= NAMED:
            return _replaced(old, word, _written(word, said.text, remark)), [said, one]
    if named or not told:
        return old, []
    changed = {word: address_letters.put(word, remark)[0] for word in words if _is_about(word, remark)}
    changed = {word: new for word, new in changed.items() if new != word}
    if not changed and remark.place == "begin" and not (remark.instead or remark.without):
        silent = not spelling.sound(remark.letters)  # "starts with an h"
        begun = remark.letters + (old.local if silent else old.local[1:])
        return (old if old.local.startswith(remark.letters) else replace(old, local=begun)), [one]
    return (_replaced(old, *next(iter(changed.items()))), [one]) if len(changed) == 1 else (old, [])


def _written(word: str, said: str, remark: Remark) -> str:
    """A word of the address as a remark has it; as it was heard now where that is how the remark has it."""
    new, is_so = address_letters.put(word, remark)
    heard, is_heard_so = address_letters.put(said, remark)
    return heard if is_heard_so and (new == word or not is_so) else new


def _is_about(word: str, remark: Remark) -> bool:
    """Whether a remark that names no word may be about one: it has what is wrong, once or where that is said."""
    wrong = remark.letters if remark.without else remark.instead or remark.letters[0]
    if remark.place == "begin":
        return word.startswith(wrong)
    return word.endswith(wrong) if remark.place == "end" else word.count(wrong) == 1


def _replaced(old: Parts, word: str, new: str) -> Parts:
    """The address with one of its words in another form."""
    pattern = rf"(?<![^{SIGNS}]){re.escape(word)}(?![^{SIGNS}])"
    if (made := re.sub(pattern, new, old.local, count=1)) != old.local:
        return replace(old, local=made)
    return replace(old, domain=re.sub(pattern, new, old.domain, count=1))
