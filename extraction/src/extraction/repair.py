"""Corrections, for all kinds in one way: which of the values that are there is meant, and what takes its place.

A value is meant where it is denied ("not Dallas, Houston", "March instead of May"), where its field is named ("the
phone ends in 79"), or where its kind finds what fits: a part by `patch`, a whole value by `find`. The surest goes
first, and no words serve two values: "the number is wrong, it's ..., and we arrive on the 5th" corrects two.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from extraction import denial, instead, lexicon, patterns, recorded, spelling, words
from extraction.denial import Spans
from extraction.kinds import Ask, Candidate, Kind
from extraction.offers import Offer, chosen, spans_of
from extraction.utterance import Utterance

DENIED, NAMED, NEAR, RECENT, BARE = 1.0, 0.6, 0.5, 0.1, -0.3
"""What it weighs that a value is denied, that its field is named, that what is said is all but the value that is there,
that it was said last, that it has nothing for it but that it fits."""
SURE, LEAST = 0.5, 0.4
"""Confidence from which a candidate counts of a value that nothing points at, and of one that something does."""
ALONE = 0.9
"""And of one that the caller says by itself, without a no, when asked whether all is right."""
CLOSE = 0.75
"""Nearness from which a value is meant by what is said: it was misheard."""
MOST_BREAKS = 2
"""Places in which it is tried whether an utterance corrects one value before and another one behind."""
MAY, CONTRARY = 1, 2


@dataclass(frozen=True, slots=True)
class Held:
    """A value that is there. `nouns` are beginnings of the words that name its field."""

    name: str
    kind: Kind
    ask: Ask
    value: str
    nouns: tuple[str, ...] = ()
    recent: bool = False
    """It was said last."""
    doubted: bool = False
    """It was denied just before."""
    level: int = 0
    """MAY: we have asked whether it is right, so that a part of it may be said instead; CONTRARY: the caller says that
    something is not, so that whatever fits may take its place."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """New values by field, those that are called wrong and get none, and what is left of the utterance."""

    fresh: dict[str, Candidate]
    wrong: tuple[str, ...]
    rest: Utterance
    body: Utterance
    """The utterance without what is denied in it."""
    told: frozenset[str] = frozenset()
    """Those of which a value is said, be it the one that is there."""


@dataclass(frozen=True, slots=True)
class _Pointed:
    """What points at a value. `alone`: nothing points at any, so that what is said may stand for whatever it fits."""

    denied: bool
    named: bool
    alone: bool


def find(said: Utterance, held: Sequence[Held]) -> Repairs:
    """What an utterance corrects; what it says that we have is denied where something else takes its place."""

    @cache
    def texts() -> dict[str, str]:
        return {one.name: _text(one) for one in held}

    for read in recorded.readings(said, texts):
        repairs = _of(read.said, held, texts, read.names)
        if read.names & repairs.fresh.keys():
            return repairs
    whole = _of(said, held, texts)
    for at in _breaks(said, held):
        behind, before = (_of(said.cut((span,)), held, texts) for span in ((0, at), (at, len(said.text))))
        if behind.fresh and not behind.told & {*before.told, *before.wrong}:
            fresh = before.fresh | behind.fresh
            wrong = tuple(name for name in whole.wrong if name not in fresh)
            return replace(whole, fresh=fresh, wrong=wrong, rest=whole.body.cut(spans_of(fresh)))
    return whole


def _breaks(said: Utterance, held: Sequence[Held]) -> list[int]:
    """Where an "and" may begin another correction, of a field that is named behind it and not before: "until the 9th,
    and the phone ends in 12". The nearest to that first.
    """
    also = words.any_of(tuple(lexicon.of(said.language).dates.also.split()))
    named = [one.nouns for one in held if one.nouns and said.names(one.nouns)]
    found = []
    for mark in patterns.finditer(rf"(?<=[\s,.;]){also}", said.text, re.IGNORECASE) if named else ():
        before, behind = (replace(said, text=text) for text in (said.text[: mark.start()], said.text[mark.start() :]))
        if any(behind.names(nouns) and not before.names(nouns) for nouns in named):
            found.append(mark.start())
    return found[: -MOST_BREAKS - 1 : -1]


def _of(
    said: Utterance, held: Sequence[Held], texts: Callable[[], Mapping[str, str]], told: frozenset[str] = frozenset()
) -> Repairs:
    """Of the values in `told` one is what it says that we have."""
    denied = denial.of(said, texts, _surest(said, held))
    spans = tuple(span for its in denied.values() for span in its)
    opens = words.opens(said.text, said.language)
    answers = lexicon.of(said.language).answers
    aside = words.any_of((*answers.wrong, *answers.rest))
    wrong = tuple(m.span() for m in patterns.finditer(words.any_of(answers.wrong), said.text, re.IGNORECASE))
    apart = tuple(m.span() for m in patterns.finditer(aside, said.text, re.IGNORECASE))
    body = _bare(said, (*spans, *apart, (0, opens)))
    named = {one.name for one in held if body.names(one.nouns)}
    alone = not denied and not named and not any(one.doubted for one in held)
    offered: list[Offer] = []
    for one in held:
        theirs = (span for name, its in denied.items() if name != one.name for span in its)
        numbers = denied.get(one.name, ()) if one.kind.apart != "letters" else ()  # they are the same, or not
        own = _bare(said, (*theirs, *apart, (0, min((opens, *(start for start, _ in numbers))))))
        pointed = _Pointed(one.name in denied or one.doubted or {one.name} == told, one.name in named, alone=alone)
        offered += _offers(body, own, one, pointed)
    taken = chosen([one for one in offered if one.meant or not _is_of_another(one, held)])
    fresh = {one.name: taken[one.name] for one in held if one.name in taken and taken[one.name].value != one.value}
    left = [one.name for one in held if one.name not in fresh and (one.name in denied or (wrong and one.name in named))]
    denials = (*spans, *wrong) if left else spans
    return Repairs(fresh, tuple(left), body.cut(spans_of(taken)), said.cut(denials), frozenset(taken))


def _text(held: Held) -> str:
    """A value as it is written and as it is said; a digit of a number is not the number."""
    text = f"{held.value} {held.kind.spoken(held.value, held.ask)}"
    return re.sub(r"(?<!\d)\d(?!\d)", " ", text) if held.kind.apart == "digits" else text


def _bare(said: Utterance, spans: Spans) -> Utterance:
    """The utterance without parts of it, and without blanks at its end."""
    left = said.cut(spans)
    return replace(left, text=left.text.rstrip())


def _offers(body: Utterance, own: Utterance, held: Held, pointed: _Pointed) -> Iterator[Offer]:
    """What the utterance may give in the place of a value; that it says it again, too: then its words are no other's.

    `own` is the utterance with what is denied of this value, which tells a kind the part that is to be replaced.
    """
    meant = pointed.denied or pointed.named
    if not meant and not held.level:
        return  # what is said once more in passing is read as an answer is
    weight = DENIED * pointed.denied + NAMED * pointed.named + RECENT * held.recent
    ask = replace(held.ask, corrects=True, known=held.value, elsewhere="")
    whole = [
        one for one in held.kind.find(body, replace(ask, asked=False)) if one.confidence >= (LEAST if meant else SURE)
    ]
    patch = _patch(body, own, held, ask, pointed)
    if patch is not None and not any(one.value != held.value and _as_whole(one, held.value) for one in whole):
        yield _offer(weight, held, patch, meant=meant)
        return
    if not whole and (meant or held.level):
        whole = list(_alone(body, held, ask, meant=meant, alone=pointed.alone))
        weight += 0 if meant else BARE
    yield from (_offer(weight, held, one, meant=meant) for one in whole)


def _offer(weight: float, held: Held, one: Candidate, *, meant: bool) -> Offer:
    near = _nearness(held, one)
    return Offer(weight + one.confidence + NEAR * max(0.0, 2 * near - 1), held.name, one, meant or near >= CLOSE)


def _nearness(held: Held, one: Candidate) -> float:
    """How near what is said comes to the value that is there, of a kind that is made of letters; numbers are not."""
    return spelling.nearness(held.value, one.value) if held.kind.apart == "letters" else 0.0


def _patch(body: Utterance, own: Utterance, held: Held, ask: Ask, pointed: _Pointed) -> Candidate | None:
    """The value with a part of it replaced, by what all of the utterance says or else one of its sentences."""
    for at, part in ((0, own), *([(0, body)] if pointed.denied else []), *own.sentences):
        made = held.kind.patch(held.value, part, ask)
        if made is not None and made.value != held.value:
            # What has no place of its own was made of all that was said.
            return made.moved(at) if made.spans else replace(made, spans=((0, len(body.text)),))
    return None


def _alone(body: Utterance, held: Held, ask: Ask, *, meant: bool, alone: bool) -> Iterator[Candidate]:
    """What would be an answer to a question for the field; where nothing points at it and something at another, only
    what is near to its value.
    """
    least = LEAST if meant else SURE if held.level == CONTRARY else ALONE
    for at, part in [(0, body), *(body.clauses if meant or not alone else ())]:
        for one in held.kind.find(part, replace(ask, asked=True)):
            near = _nearness(held, one)
            sure = instead.surer(one.confidence, near)
            if sure >= least and (meant or one.spans) and (meant or alone or near >= CLOSE) and not _is_noun(one, held):
                yield replace(one, confidence=sure).moved(at)


def _is_of_another(offer: Offer, held: Sequence[Held]) -> bool:
    """Whether what nothing points at is all but a word of another field's value: "Dupont with a T" is no town."""
    kinds = {one.name: one.kind.apart for one in held}
    if kinds[offer.name] != "letters":
        return False
    values = (one.value for one in held if one.name != offer.name and one.kind.apart == "letters")
    return any(spelling.nearness(word, offer.one.value) >= CLOSE for value in values for word in value.split())


def _as_whole(one: Candidate, value: str) -> bool:
    """Whether a candidate says as much as the value that is there: no single day for a range, no surname for a name."""
    return len(re.findall(r"[^\W_]+", one.value)) >= len(re.findall(r"[^\W_]+", value))


def _is_noun(one: Candidate, held: Held) -> bool:
    """Whether a candidate is but the word for its field: "the name"."""
    said = words.split(one.value.lower())
    return bool(said and held.nouns) and all(word.startswith(held.nouns) for word in said)


def _surest(said: Utterance, held: Sequence[Held]) -> denial.Surest:
    """Of values denied equally, the one whose kind is surest of what follows: the day in "not from the 2nd"."""

    def surest(names: Sequence[str], start: int) -> str:
        rest = said.cut(((0, start),))
        sure = {
            one.name: max((it.confidence for it in one.kind.find(rest, replace(one.ask, asked=False))), default=0.0)
            for one in held
            if one.name in names
        }
        return max(names, key=lambda name: sure[name])

    return surest
