"""A place: where the caller goes."""

import re
from dataclasses import replace

from extraction import evidence, gazetteer, instead, place_evidence, place_roles, spelling, words
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance

LEAST, LIKELY = 0.05, 0.5
SURE = 0.9
"""Confidence of what takes the place of a city that is denied."""
LONGEST, LETTERS = 6, 80
"""Words and signs of a place's name, at the most: the longest name of a town has 58 letters."""
MOSTLY = 0.5
"""Share of a sentence that is nothing but a place."""
DOUBTED = 0.55
"""Of what is all of the answer to the question for a place, and no ordinary words: it is read back."""
TOWARDS = 0.95
"""Of a place that is no ordinary word and nobody's name, and all that was said but for "to"."""
ALONE = 0.8
"""Of a large place by itself where something else was asked for: callers run ahead."""


class City:
    """The name of a place, in the nominative, as the caller's language writes it."""

    name = "city"
    order = 55
    dictated = False
    normal, apart, literal, strict = "the city in the nominative case", "letters", True, False

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """The runs of words that are likeliest to be where the caller goes."""
        return [one for one in self._said(said, ask) if len(one.value) <= LETTERS]

    def _said(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """Behind a change of mind, or in all of it."""
        parts = said.parts
        changes = len(parts) > 1 and not place_roles.is_denial(parts[-1], ask.languages)
        if changes and (last := [one for one in self._meant(parts[-1], ask) if one.confidence >= LIKELY]):
            at = max(0, said.text.rfind(parts[-1].text))
            return [replace(one, spans=tuple((a + at, b + at) for a, b in one.spans)) for one in last]
        return self._meant(said, ask)

    def _meant(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """Of several places the one that the caller goes to."""
        for rest, is_all in place_roles.readings(said, ask.languages):
            found = self._of(rest, ask)
            if found and found[0].confidence >= LIKELY and (not is_all or found[0].evidence["share"] >= MOSTLY):
                return found
        return self._of(said, ask)

    def _of(self, said: Utterance, ask: Ask) -> list[Candidate]:
        found, runs = place_evidence.runs(said, ask)
        scored = sorted(((evidence.confidence(run.evidence, "city"), run) for run in runs), key=lambda one: -one[0])
        answer = place_roles.answer(said, found, runs) if ask.asked and not ask.corrects else None
        if answer is not None and scored[0][0] < DOUBTED:
            scored = [(DOUBTED, answer)]
        kept: list[Candidate] = []
        taken: set[int] = set()
        for sure, run in scored:
            places = set(range(run.first, run.last))
            if sure < LEAST or places & taken:
                continue
            taken |= places
            span = (found[run.first].start, found[run.last - 1].end)
            kept.append(Candidate(run.value, round(sure, 3), (span,), evidence=run.evidence))
        if kept and kept[0].evidence["to"] and kept[0].evidence["whole"] == 1 and _is_plain(kept[0]):
            return [replace(kept[0], confidence=max(kept[0].confidence, TOWARDS))]
        if kept and ask.elsewhere and place_evidence.is_all(said):
            return [replace(kept[0], confidence=max(kept[0].confidence, ALONE))]
        return kept[:3]

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """Another place: "not Dallas, Houston"; what is said when we read it back and it was wrong."""
        denied = instead.of(said, value)
        if denied is None and not (ask.asked or ask.corrects):
            return None
        text = words.without_no(said.text, said.language)
        rest = denied.rest if denied else replace(said, text=text.rjust(len(said.text)) if text else said.text)
        made = []
        for one in self.find(rest, replace(ask, asked=True, corrects=True)):
            sure = instead.surer(one.confidence, spelling.nearness(value, one.value))
            if not gazetteer.is_same(one.value, value) and sure >= (LIKELY / 2 if denied else LIKELY):
                made.append(replace(one, confidence=max(sure, SURE) if denied else sure))
        return max(made, key=lambda one: one.confidence, default=None)

    def check(self, value: str, ask: Ask) -> str:
        """Letters, of up to six words; the nominative of what the gazetteer has in another case."""
        plain = " ".join(value.strip(" .,;:!?").split())
        if (
            not 0 < len(plain) <= LETTERS
            or len(plain.split()) > LONGEST
            or not re.fullmatch(r"[^\W\d_][\w'’. -]*", plain)
        ):
            return ""
        return plain if not plain.islower() else " ".join(part[:1].upper() + part[1:] for part in plain.split())

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """As it is, or letter by letter."""
        return ", ".join(value.replace(" ", "")) if by_letters else value

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """A place that the gazetteer has is all of it."""
        found = self.find(said, ask)
        return False if found and found[0].confidence >= LIKELY else None


def _is_plain(one: Candidate) -> bool:
    known = one.evidence["big"] or one.evidence["small"]
    return bool(known) and not any(one.evidence[name] for name in ("common", "name", "time", "question", "denied"))
