"""A person's name: the caller's own."""

import re
from collections.abc import Mapping
from dataclasses import replace

from extraction import (
    evidence,
    instead,
    letters_said,
    lexicon,
    name_evidence,
    name_parts,
    name_patch,
    people,
    place_evidence,
    spelling,
    table,
    tokens,
    words,
)
from extraction.kinds import Ask, Candidate
from extraction.name_parts import LETTERS, LIKELY, LONGEST, Found
from extraction.tokens import Token
from extraction.utterance import Utterance

LEAST = 0.05
"""Confidence of a run of words that is worth a thought."""
SPELLED, UNTOLD, READ_BACK = 0.93, 0.5, 0.55
SURE = 0.9
"""Confidence of what takes the place of a name that is denied."""
_DOTS = re.compile(r"\.{2,}|…")


A_PLACE = 0.35
"""Of a name that is a large place and all of the answer."""


class Name:
    """Given name, family name, both: the fullest form that is said, without titles."""

    name = "name"
    order = 50
    dictated = False
    normal, apart, literal, strict = "name", "letters", True, False

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """The runs of words that are likeliest to be the caller's name.

        What is spelled, letter by letter, counts more than what was heard: "Peter Smith, P-I-E-T-E-R" is Pieter Smith.
        """
        found = [one for one in self._found(said, ask) if len(one.value) <= LETTERS]
        if not ask.corrects or not ask.known:
            return found
        found = [one for one in found if _is_introduced(one) or not name_patch.is_elsewhere(ask.known, one.value)]
        return [replace(one, value=name_patch.put(ask.known, one.value, said)) for one in found]

    def _found(self, said: Utterance, ask: Ask) -> list[Candidate]:
        parts = said.parts
        if len(parts) > 1 and (last := [one for one in self._of(parts[-1], ask) if one.confidence >= LIKELY]):
            at = said.text.rfind(parts[-1].text)
            return [one.moved(at) for one in last] if at >= 0 else last
        return self._of(said, ask)

    def _of(self, said: Utterance, ask: Ask) -> list[Candidate]:
        text, spelled = spelling.of(_cleaned(said.text))
        read = replace(said, text=text) if text != said.text else said
        found = _runs(read, ask, said)
        best = name_parts.together(found, read) or (name_parts.fullest(found) if found else None)
        made = [_candidate(one, read) for one in ([best] if best else []) + [one for one in found if one is not best]]
        if made and not spelled and (lettered := letters_said.put(made[0].value, said)):
            made[0] = replace(made[0], value=lettered.name, spans=(*made[0].spans, *lettered.spans))
        if spelled and (ask.asked or ask.corrects or (best and best.sure >= LIKELY)):
            value = made[0].value if made and made[0].confidence >= LIKELY / 2 else ""
            for one in spelled:
                value = spelling.merged(value, one)
            spans = made[0].spans if made else ((0, len(said.text)),)
            if best and (last := name_parts.behind_spelled(best, found, spelled[0])):
                value, spans = f"{value} {' '.join(last.words)}", (*spans, (last.start, last.end))
            return [Candidate(value, SPELLED, spans, evidence={"spelled": 1.0})]
        if made and place_evidence.is_all(said):
            return [replace(made[0], confidence=min(made[0].confidence, A_PLACE))]
        return made[:3]

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """The name with a part of it replaced, or another name: "it's Hannah with an h", "not Anna, Hannah"."""
        instead_ = instead.of(said, value)
        if instead_ is None and not (ask.asked or ask.corrects):
            return None
        if instead_ is None and (lettered := letters_said.put(value, said)):
            return Candidate(lettered.name, SURE, lettered.spans)
        asking = replace(ask, asked=True, corrects=True, known="")
        found = self._patches(value, instead_.rest, asking, instead_.wrong) if instead_ else []
        if not found:  # "no Moffatt": what is like the value is what takes its place
            found = self._patches(value, replace(said, text=_blank_no(said)), asking, ())
        return max(found, key=lambda one: one.confidence, default=None)

    def _patches(self, value: str, said: Utterance, ask: Ask, wrong: tuple[str, ...]) -> list[Candidate]:
        """What an utterance makes of a name; what is denied in it makes it sure, and so does a name that is like it."""
        made = []
        known = {table.folded(word) for word in value.split()}
        for one in self.find(said, ask):
            if {table.folded(word) for word in one.value.split()} < known or name_patch.is_month(
                one.value, said.language
            ):
                continue  # said again beside what is new
            if not wrong and said.answer != "no" and _is_stray(one, value):
                continue
            if not wrong and not _is_introduced(one) and name_patch.is_elsewhere(value, one.value):
                continue
            new = name_patch.put(value, one.value, said, wrong)
            near = instead.surer(one.confidence, spelling.nearness(value, new))
            if new != value and near >= (LIKELY / 2 if wrong else LIKELY):
                made.append(replace(one, value=new, confidence=max(near, SURE) if wrong else near))
        return made

    def check(self, value: str, ask: Ask) -> str:
        """Letters, of up to six words."""
        parts = value.strip(" .,;:!?").split()
        if (
            not 0 < len(parts) <= LONGEST
            or len(value) > LETTERS
            or not all(re.fullmatch(r"[^\W\d_][\w'’.-]*", part) for part in parts)
        ):
            return ""
        return " ".join(part if part.lower() in tokens.small("particles") else _capital(part) for part in parts)

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """As it is, or letter by letter."""
        return ", ".join(value.replace(" ", "")) if by_letters else value

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """Who spells goes on; so does who has said "my name is"."""
        if spelling.ends_with_letter(said.text):
            return True
        text = said.text.rstrip(" ,.…")
        for key in ("introductions", "if_asked", "first_name", "last_name"):
            if any(end >= len(text) for _, end in tokens.spans(text, "names", key, (said.language,))):
                return True
        found = self.find(said, ask)
        return False if found and found[0].confidence >= LIKELY and " " in found[0].value else None


def _is_introduced(one: Candidate) -> bool:
    return any(one.evidence.get(key) for key in _INTRODUCED)


_INTRODUCED = ("told", "answered", "answered, asked", "part of name", "behind")


def _is_stray(one: Candidate, held: str) -> bool:
    """Whether it is a word of no list, unlike the name that is held, which nothing introduces: "nickel" for "fine"."""
    bare = not any(one.evidence.get(key) for key in ("told", "answered", "answered, asked", "spelled", "given"))
    alike = any(spelling.like(part, one.value) >= spelling.LIKE for part in held.split())
    return bare and not alike and " " not in one.value


def _cleaned(text: str) -> str:
    """Blanks in the place of what is said while thinking; nothing changes its place."""
    text = _DOTS.sub(lambda match: "," + " " * (len(match[0]) - 1), text)
    return spelling.hesitations().sub(_unless_named, text)


def _unless_named(match: re.Match[str]) -> str:
    """Blanks for what is said while thinking; not for a letter, nor for Ben in "Leïla Ben Youssef"."""
    before = words.split(match.string[: match.start()])[-1:]
    named = bool(before) and bool(people.known(match[0]).given) and bool(people.known(before[0]).given)
    return match[0] if named or len(match[0]) == 1 else " " * len(match[0])


def _blank_no(said: Utterance) -> str:
    rest = words.without_no(said.text, said.language)
    return rest.rjust(len(said.text)) if rest else said.text


def _runs(said: Utterance, ask: Ask, whole: Utterance) -> list[Found]:
    """Those that are worth a thought, the likeliest first; of those that overlap the likeliest."""
    found, runs = name_evidence.runs(said, ask, whole)
    scored = sorted(((_sure(run.evidence), run) for run in runs), key=lambda one: -one[0])
    kept: list[Found] = []
    taken: set[int] = set()
    for sure, run in scored:
        places = set(range(run.first, run.last))
        if sure < LEAST or places & taken:
            continue
        taken |= places
        parts = found[run.first : run.last]
        kept.append(
            Found(
                tuple(_written(token, i, said) for i, token in enumerate(parts)),
                parts[0].start,
                parts[-1].end,
                sure,
                dict(run.evidence),
            )
        )
    return kept


def _sure(of: Mapping[str, float]) -> float:
    """How sure a run is; that it was asked for never weakens a name that is introduced, and what introduces anything
    ("I", "it's") introduces nobody of no list in small letters where no name was asked for;
    somebody's surname, with a capital, that is all of an answer but for that is one, and so are words with capitals
    that are all of it.
    """
    sure = evidence.confidence(of, "name")
    if of["answered"] and of["unlisted"] and of["no case, one"] and not (of["asked"] or of["told"]):
        return min(sure, UNTOLD)
    if of["asked, all, capitals"] and not (of["place, all"] or of["question"] or of["oblique"]):
        return max(sure, READ_BACK)
    if of["answered, asked"] and of["whole"] == 1 and of["capital tells"] and of["surname"] and of["one"]:
        return max(sure, READ_BACK)
    if of["others"] or of["others before"] or not (of["told, asked"] or of["answered, asked"]):
        return sure
    unasked = {name: 0.0 if name.endswith("asked") else value for name, value in of.items()}
    return max(sure, evidence.confidence(unasked, "name"))


def _written(token: Token, place: int, said: Utterance) -> str:
    if place and token.facts.is_small and not (said.is_cased and token.capital):
        return token.text.lower()
    return _capital(token.text)


def _capital(word: str) -> str:
    parts = word.split("-") if not word.isupper() or len(word) == 1 else [part.capitalize() for part in word.split("-")]
    return "-".join(part[:1].upper() + part[1:] if part.islower() else part for part in parts)


def _candidate(found: Found, said: Utterance) -> Candidate:
    value = " ".join(found.words)
    before = said.text[: found.start]
    after = lexicon.of(said.language).names.declines_after
    if after and re.search(rf"(?<!\w)(?:{after})\s+$", before, re.IGNORECASE):
        value = " ".join(people.undeclined(found.words, lexicon.of(said.language).names.surname_endings))
    return Candidate(value, round(found.sure, 3), ((found.start, found.end),), evidence=found.evidence)
