"""Russian words and their cases: the dictionary of OpenCorpora (CC BY-SA 3.0) by way of pymorphy3."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import product
from typing import NamedTuple

CASES = ("gent", "accs", "loct")
_ENDINGS = {"а": "ы и е у ой", "я": "и е ю ей", "ь": "и ью", "й": "я ю ем е"}


class Form(NamedTuple):
    """A form of a word of the dictionary, what is told about it, and its nominative."""

    word: str
    tags: frozenset[str]
    normal: str


class Russian:
    """The dictionary, loaded once."""

    def __init__(self) -> None:
        self._morphology = import_module("pymorphy3").MorphAnalyzer(lang="ru")
        self._case = cache(self._case_of)

    def forms(self, *wanted: str) -> Iterator[Form]:
        """The forms of the words that are one of what is wanted ("Geox", "Name"): of five million, so tags are only
        made of those whose paradigm holds one.
        """
        dictionary = self._morphology.dictionary
        paradigms: dict[int, list[frozenset[str]]] = {}
        for paradigm in range(len(dictionary.paradigms)):
            told = [tag.grammemes for _, tag, _ in dictionary.build_paradigm_info(paradigm)]
            if any(tags & set(wanted) for tags in told):
                paradigms[paradigm] = told
        for word, (paradigm, at) in dictionary.words.iteritems(""):
            if paradigm in paradigms and paradigms[paradigm][at] & set(wanted):
                yield Form(word, paradigms[paradigm][at], dictionary.build_normal_form(paradigm, at, word))

    def is_place(self, name: str) -> bool:
        """Whether a word of it is a place in the dictionary."""
        words = (parse for part in re.split(r"[ -]", name) for parse in self._morphology.parse(part))
        return any("Geox" in parse.tag and "nomn" in parse.tag for parse in words)

    def inflected(self, name: str) -> list[str]:
        """The oblique cases of the name of a place, in small letters."""
        head, on, tail = name.lower().partition("-на-")
        if on:
            return [f"{form}-на-{tail}" for form in self.inflected(head)]
        before, hyphen, last = name.lower().rpartition("-")
        if hyphen:  # of Санкт-Петербург only the end changes
            return [f"{before}-{form}" for form in self.inflected(last)]
        words = name.lower().split()
        return sorted({" ".join(form) for case in CASES for form in product(*(self._case(one, case) for one in words))})

    def _case_of(self, word: str, case: str) -> frozenset[str]:
        nouns = [parse for parse in self._morphology.parse(word) if "nomn" in parse.tag]
        places = [parse for parse in nouns if "Geox" in parse.tag] or [
            parse for parse in nouns if not {"Name", "Surn"} & set(parse.tag.grammemes)
        ][:1]
        forms = {form.word for parse in places if (form := parse.inflect({case}))}
        if not forms:
            stem = word[:-1] if word[-1] in _ENDINGS else word
            endings = _ENDINGS.get(word[-1], "а у ом е" if word[-1] not in "аеёиоуыэюя" else "")
            forms = {word, *(stem + ending for ending in endings.split())}
        return frozenset(forms)
