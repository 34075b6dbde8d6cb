# mypy: ignore-errors
"""Temporary: the kinds whose owners are not done, over the functions that there are."""

import re
from dataclasses import replace

from extraction import city, name, words
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance


def _span(text: str, rest: str) -> tuple[tuple[int, int], ...]:
    first = next((n for n, (a, b) in enumerate(zip(text, rest, strict=False)) if a != b), min(len(text), len(rest)))
    most = min(len(text), len(rest)) - first
    last = next((n for n in range(most) if text[-1 - n] != rest[-1 - n]), most)
    end = len(text) - last
    return ((first, end),) if end > first else ()


class _Base:
    name = ""
    order = 0
    dictated = False
    normal = apart = ""
    literal = False

    def one(self, said, ask):
        return "", said.text, 0.9

    def find(self, said, ask):
        value, rest, sure = self.one(said, replace(ask, asked=ask.asked))
        return [Candidate(value, sure, _span(said.text, rest))] if value else []

    def patch(self, value, said, ask):
        return None

    def check(self, value, ask):
        found = self.find(Utterance(value, ask.languages[0]), replace(ask, asked=True))
        return found[0].value if found else ""

    def spoken(self, value, ask, *, by_letters=False):
        return ", ".join(value.replace(" ", "")) if by_letters else value

    def goes_on(self, said, ask, before):
        return None


class Name(_Base):
    name, order, apart = "name", 50, "letters"
    normal, literal = "name", True

    def one(self, said, ask):
        text = said.text
        if ask.known and name.is_denied(ask.known, text, said.language):
            if instead := name.corrected(text, said.language):
                return name.find(instead, said.language, asked=True)[0], "", 0.9
        if ask.known and not ask.asked and (whole := name.fuller(ask.known, text, said.language)):
            return whole, "", 0.9
        value, rest = name.find(text, said.language, asked=ask.asked)
        return value, rest, 0.75 if ask.asked and len(words.split(text)) <= len(value.split()) + 1 else 0.9


class City(_Base):
    name, order = "city", 60
    normal, literal = "the city in the nominative case", True

    def one(self, said, ask):
        if ask.known and not ask.asked and not ask.corrects:
            return "", said.text, 0
        if ask.elsewhere == "name" and not ask.known and (place := city.alone(said.text, said.language)):
            return place, "", 0.99
        value, rest = city.find(said.text, said.language, asked=ask.asked)
        return value, rest, 0.95 if value and city.is_known(value) else 0.7


KINDS = {one.name: one for one in (Name(), City(), )}
