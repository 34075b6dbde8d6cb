"""A word of an e-mail address as a remark says that it is written: erik "with a c" is eric."""

from collections.abc import Sequence
from dataclasses import replace

from extraction import spelling
from extraction.address_token import Part, Place, Remark, Token


def applied(token: Token, remarks: Sequence[Remark]) -> tuple[Token, bool]:
    """A word with what is remarked of it; whether all of it is so."""
    so = True
    for remark in remarks if token.part is Part.WORD else ():
        text, is_so = put(token.text, remark)
        token, so = replace(token, text=text), so and is_so
    return token, so


def put(word: str, remark: Remark) -> tuple[str, bool]:
    """A word as a remark says that it is written; whether what the remark says is so now."""
    letters = remark.letters
    if remark.without:
        return (_swapped(word, letters, "", remark.place or "end"), True) if letters in word else (word, True)
    if remark.instead and remark.instead in word:
        return _swapped(word, remark.instead, letters, remark.place), True
    if len(letters) > 1 and len(set(letters)) == 1 and letters not in word and letters[0] in word:
        if remark.place == "end" and word.endswith(letters[0]):
            return word[:-1] + letters, True
        apart = word.count(letters[0])
        return (word.replace(letters[0], letters), True) if apart == 1 else (word, apart >= len(letters))
    if {"": letters in word, "begin": word.startswith(letters), "end": word.endswith(letters)}[remark.place]:
        return word, True
    return _sounding(word, letters, remark.place)


def _sounding(word: str, letters: str, place: Place) -> tuple[str, bool]:
    """A word with letters in the place of those that sound like them; of a silent one where its place is known."""
    sound = spelling.sound(letters)
    for size in (2, 1):
        alike = [
            at
            for at in range(len(word) - size + 1)
            if sound and spelling.sound(word[at : at + size]) == sound and word[at : at + size] != letters
        ]
        if place:
            alike = [at for at in alike if at == (0 if place == "begin" else len(word) - size)]
        if len(alike) == 1:
            return word[: alike[0]] + letters + word[alike[0] + size :], True
    if place and not sound:
        return (letters + word if place == "begin" else word + letters), True
    return word, letters in word


def _swapped(word: str, old: str, new: str, place: Place) -> str:
    if place == "end":
        before, _, behind = word.rpartition(old)
        return before + new + behind
    return word.replace(old, new, 1)
