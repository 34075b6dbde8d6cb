"""Every run of words of an utterance that may be the caller's name, and what speaks for it and against it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from extraction import beside, gazetteer, lexicon, name_marks, name_speech, tokens
from extraction.beside import Beside
from extraction.kinds import Ask
from extraction.name_marks import Around
from extraction.tokens import Token
from extraction.utterance import Utterance

MOST = 4
"""Words of a name, particles not counted."""
_FREQUENT = 4.9
"""A word of no list that is as frequent as that is nobody's name, but right behind an introduction."""
_ALL = 0.99
"""Share of what is said from which it is all of it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words first to last (not included) of an utterance, and the evidence."""

    first: int
    last: int
    evidence: Mapping[str, float]


def runs(said: Utterance, ask: Ask, whole: Utterance | None = None) -> tuple[list[Token], list[Run]]:
    """The words of an utterance, and the runs of them that may be a name; `whole`: what was said before parts of it
    were blanked, which is not parsed again.
    """
    found = tokens.of(said.text, said.language)
    around = name_marks.of(said, ask.languages, whole or said)
    near, made = Beside(found, around.structure), []
    for first, last in _pieces(found, around, cased=said.is_cased):
        made.append(Run(first, last, _evidence(said, ask, found, around, near, first, last)))
    return found, made


def _pieces(found: list[Token], around: Around, *, cased: bool) -> Iterator[tuple[int, int]]:
    for first, token in enumerate(found):
        if not _may_begin(token, first, around, cased=cased):
            continue
        count = 0
        again = first in around.repeated and any(one.lower == token.lower for one in found[first + 1 : first + 4])
        for last in range(first, len(found)):
            one = found[last]
            if last > first and (one.gap or again or not _goes_on(one, found[last - 1], last, around, cased=cased)):
                break
            count += not one.facts.is_small or last == first
            if count > MOST or one.lower in {word.lower for word in found[first:last]}:
                break  # no name has a word twice: "Huber Xaver Huber"
            if last == first or not one.facts.is_small or one.facts.is_named:
                yield first, last + 1


def _may_begin(token: Token, at: int, around: Around, *, cased: bool) -> bool:
    introduced = at in around.told or at in around.answered
    if (
        token.facts.is_title
        or at in around.relations
        or (at in around.numbers and not token.facts.given and not token.facts.is_small)
    ):
        return False  # "Zero" begins no name
    if cased and not token.capital and not introduced:
        return False
    return (introduced and token.facts.common < 5.5) or _may_be_part(token, at, around, cased=cased)


def _goes_on(token: Token, before: Token, at: int, around: Around, *, cased: bool) -> bool:
    if token.facts.is_small or _may_be_part(token, at, around, cased=cased):
        return True
    if at in around.structure or (cased and not token.capital):
        return False
    # Behind a given name an everyday word may be a surname: Nathalie Petit, Leila Ben Youssef.
    surname = token.facts.common < 6.0 and not token.facts.is_filler
    return before.facts.given > 0 and (surname or (token.facts.is_named and token.facts.is_filler))


def _may_be_part(token: Token, at: int, around: Around, *, cased: bool) -> bool:
    facts = token.facts
    if at in around.numbers and not token.capital:
        return False
    if facts.is_filler and not (facts.is_named and token.capital):
        return False
    if at in around.structure and (not facts.given or at in around.repeated):
        return False
    if cased and not token.capital:
        return False
    return facts.common < _FREQUENT or (facts.is_named and (facts.common < 5.6 or token.capital))


def _evidence(
    said: Utterance, ask: Ask, found: list[Token], around: Around, near: Beside, first: int, last: int
) -> dict[str, float]:
    run = found[first:last]
    core = [token for token in run if not token.facts.is_small] or run
    facts = [token.facts for token in core]
    count = len(core)
    before = found[first - 1] if first and not found[first].gap else None
    after = found[last] if last < len(found) and not found[last].gap else None
    free_before = beside.everyday(before, first - 1, around.structure)
    free_after = beside.everyday(after, last, around.structure)
    weight = sum(token.facts.weight for token in run) or 0.1
    sentence = near.sentence(first)
    told = first in around.told
    answered = first in around.answered and not told
    behind = last - 1 in around.behind or last - 1 in around.behind_answered
    asked = float(ask.asked or ask.corrects)
    cased = float(said.is_cased)
    begins = found[first].gap == "."
    question = float(name_speech.asks(said.text, found, sentence.stop))
    place = gazetteer.find(said.text[run[0].start : run[-1].end])
    share = weight / max(weight, near.weight(sentence))
    part = weight / max(weight, near.weight(near.section(first)))
    whole = weight / max(weight, near.weight(near.everything))
    given = sum(one.given for one in facts) / count
    surname = sum(one.surname for one in facts) / count
    unlisted = [one for one in facts if not one.is_named]
    shown = [token.facts for token in core if not token.facts.is_named and _is_shown(token, said)]
    hidden = [one for one in unlisted if one not in shown]
    bare = float(not told and not answered and not behind)
    rest = bare * math.log1p(max(0, near.told(sentence) - count))
    rest_of_all = bare * math.log1p(max(0, near.told(near.everything) - count))
    placed = bare * float(place is not None and whole > _ALL)
    led = float(count > 1 and facts[0].given > 0 and facts[0].common < _FREQUENT)
    title = float(bool(before and before.facts.is_title))
    return {
        "asked": asked,
        "elsewhere": float(bool(ask.elsewhere)),
        "told": float(told),
        "told, asked": float(told) * asked,
        "answered": float(answered) * (1 - asked),
        "answered, asked": float(answered) * asked,
        "answered, listed": float(answered and not unlisted),
        "answered, led": float(answered) * led,
        "behind": float(last - 1 in around.behind),
        "behind, asked": float(last - 1 in around.behind_answered) * asked,
        "behind, not asked": float(last - 1 in around.behind_answered) * (1 - asked),
        "share": share,
        "part": part,
        "whole": whole,
        "whole, asked": whole * asked,
        "part, asked": part * asked,
        "part, listed": part * float(not unlisted),
        "part, listed, asked": part * float(not unlisted) * asked,
        "given": given,
        "given, some": float(any(one.given for one in facts)),
        "given, own": max(one.given for one in facts),
        "surname": surname,
        "given and surname": float(count > 1 and (facts[0].given > 0 and facts[-1].surname > 0)),
        "surname and given": float(count > 1 and (facts[-1].given > 0 and facts[0].surname > 0)),
        "unlisted": len(unlisted) / count,
        "unlisted first": float(not facts[0].is_named),
        "unlisted last": float(not facts[-1].is_named),
        "unlisted common": max((max(0.0, one.common - 2.9) for one in hidden), default=0.0),
        "unlisted common, capital": max((max(0.0, one.common - 2.9) for one in shown), default=0.0),
        "asked, all, capitals": asked
        * float(count == len(found) > 1 and all(_is_shown(one, said) for one in core[1:])),
        "capital tells": sum(_is_shown(token, said) for token in core) / count,
        "listed common": max((max(0.0, one.common - 4.0) for one in facts if one.is_named), default=0.0),
        "listed common, led": led * max((max(0.0, one.common - 4.0) for one in facts[1:] if one.is_named), default=0.0),
        "unlisted common, led": led * max((max(0.0, one.common - 2.9) for one in hidden), default=0.0),
        "listed common, no given": max((max(0.0, one.common - 4.0) for one in facts if not one.given), default=0.0),
        "one": float(count == 1),
        "given leads": (facts[0].given - facts[-1].given) if count > 1 else 0.0,
        "given, word, end": float(count > 1 and facts[-2].given > 0 and not facts[-1].is_named and after is None),
        "three": float(count == 3),
        "four": float(count >= 4),
        "capital": cased * float(not begins),
        "capital, listed": cased * float(not unlisted),
        "no case": 1 - cased,
        "no case, unlisted": (1 - cased) * len(unlisted) / count,
        "no case, one": (1 - cased) * float(count == 1),
        "lower": cased * sum(not token.capital for token in core) / count,
        "more before": _namelike(found, first, -1, around, run, cased=said.is_cased),
        "more after": _namelike(found, last - 1, 1, around, run, cased=said.is_cased),
        "everyday before": free_before,
        "everyday after": free_after,
        "everyday after, told": free_after * float(told),
        "everyday around": free_before * free_after,
        "title": title,
        "title, rest": title * rest,
        "rest": rest,
        "rest, asked": rest * asked,
        "rest of all": rest_of_all,
        "rest of all, asked": rest_of_all * asked,
        "rest, no case": rest * (1 - cased),
        **name_speech.evidence(said, found, around, range(first, last), sentence, bare=bare),
        "others behind": float(last - 1 in around.others_behind),
        "others behind, told": float(last - 1 in around.others_behind and told),
        "preposition": float(
            bool(before and before.lower in _prepositions(said.language)) and not answered and not told
        ),
        "others": float(first in around.others),
        "others before": float(
            not told and any(at in around.others for at in range(max(sentence.start, first - 4), first + 1))
        ),
        "others, whole": float(first in around.others) * whole * asked,
        "denied": float(first in around.denied),
        "number": sum(at in around.numbers for at in range(first, last)) / len(run),
        "question": question,
        "question, answered": question * float(answered or told),
        "question, not told": question * float(not told and not behind),
        "place": float(place is not None) * float(count == 1 and not facts[0].given),
        "place, all": placed,
        "place, all, listed": placed * float(not unlisted),
        "place, all, given": placed * given,
        "big place, all": placed * float(place is not None and place.is_big),
        "big place, all, usual": placed * max(0.0, min(one.common for one in facts) - 3.5),
        "big place": float(place is not None and place.is_big) * float(not (facts[0].given and count == 1)),
        "long": min(3.0, len(found) / 10),
        "part of name": float(first in around.parts),
        "late": first / max(1, len(found)),
    }


def _is_shown(token: Token, said: Utterance) -> bool:
    """Whether a capital tells that a word names something: within a sentence, where nouns have none."""
    return said.is_cased and token.capital and token.gap != "." and not lexicon.of(said.language).names.capital_nouns


@cache
def _prepositions(language: str) -> frozenset[str]:
    return frozenset(lexicon.of(language).places.prepositions.split())


def _namelike(found: list[Token], at: int, step: int, around: Around, run: list[Token], *, cased: bool) -> float:
    """How much the next word beside the run looks as if it belonged to the name."""
    while True:
        next_ = at + step
        if not 0 <= next_ < len(found) or found[max(at, next_)].gap:
            return 0.0
        token, at = found[next_], next_
        if not token.facts.is_small or token.facts.given:
            break
    said = {one.lower for one in run}
    if at in around.structure or token.facts.is_filler or token.facts.is_title or token.lower in said:
        return 0.0
    if cased:
        return float(token.capital)
    if token.facts.is_named:
        return 1.0 if token.facts.common < 4.9 else 0.3
    return max(0.0, min(1.0, (4.2 - token.facts.common) / 1.5))
