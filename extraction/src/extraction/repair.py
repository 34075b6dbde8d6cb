"""Corrections, for all kinds in one way: which of the values that are there is meant, and what takes its place.

A value is meant where it is denied ("not Dallas, Houston", "March instead of May"), where its field is named ("the
phone ends in 79"), or where its kind finds what fits: a part by `patch`, a whole value by `find`. The surest goes
first, and no words serve two values: "the number is wrong, it's ..., and we arrive on the 5th" corrects two.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from extraction import changes, lexicon, patterns, words
from extraction.kinds import Ask, Candidate, Kind
from extraction.utterance import Utterance

LIKE = 0.6  # likeness from which what is denied is a value as it was heard
DENIED, NAMED, RECENT, BARE = 1.0, 0.6, 0.1, -0.3
"""What it weighs that a value is denied, that its field is named, that it was said last, that it has nothing for it but
that it fits."""
SURE, LEAST = 0.5, 0.4
"""Confidence from which a candidate counts of a value that nothing points at, and of one that something does."""
ALONE = 0.9  # and of one that the caller says by itself, without a no, when asked whether all is right
BEFORE = 3  # words before "is wrong" among which the value is
SMALL = 3
"""Letters of a word that may stand between a no and the value: "not in the ..."."""
MOST_DENIED = 6  # words among which it is
SECOND = 0.75  # and of one that comes beside another
MORE = 1.5
"""Times the letters of another from which a value explains what both are made of."""
MAY, CONTRARY = 1, 2
Spans = tuple[tuple[int, int], ...]


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


@dataclass(frozen=True, slots=True)
class _Offer:
    weight: float
    name: str
    one: Candidate
    meant: bool


@dataclass(frozen=True, slots=True)
class _Pointed:
    """What points at a value. `alone`: nothing points at any, so that what is said may stand for whatever it fits."""

    denied: bool
    named: bool
    alone: bool


def find(said: Utterance, held: Sequence[Held]) -> Repairs:
    """What an utterance corrects."""
    denied = _denied(said, held)
    spans = tuple(span for its in denied.values() for span in its)
    opens = words.opens(said.text, said.language)
    answers = lexicon.of(said.language).answers
    aside = words.any_of((*answers.wrong, *answers.rest))
    wrong = tuple(m.span() for m in patterns.finditer(words.any_of(answers.wrong), said.text, re.IGNORECASE))
    apart = tuple(m.span() for m in patterns.finditer(aside, said.text, re.IGNORECASE))
    body = _bare(said, (*spans, *apart, (0, opens)))
    named = {one.name for one in held if _named(body, one.nouns)}
    offers: list[_Offer] = []
    for one in held:
        theirs = (span for name, its in denied.items() if name != one.name for span in its)
        own = _bare(said, (*theirs, *apart, (0, opens)))
        pointed = _Pointed(one.name in denied, one.name in named, alone=not denied and not named)
        offers += _offers(body, own, one, pointed)
    chosen = _chosen(offers)
    fresh = {one.name: chosen[one.name] for one in held if one.name in chosen and chosen[one.name].value != one.value}
    left = [one.name for one in held if one.name not in fresh and (one.name in denied or (wrong and one.name in named))]
    denials = (*spans, *wrong) if left else spans
    return Repairs(fresh, tuple(left), body.cut(spans_of(chosen)), said.cut(denials))


def _bare(said: Utterance, spans: Spans) -> Utterance:
    """The utterance without parts of it, and without blanks at its end."""
    left = said.cut(spans)
    return replace(left, text=left.text.rstrip())


def spans_of(found: Mapping[str, Candidate]) -> Spans:
    """The words that values were made of."""
    return tuple(span for one in found.values() for span in one.spans)


def _offers(body: Utterance, own: Utterance, held: Held, pointed: _Pointed) -> Iterator[_Offer]:
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
    patch = held.kind.patch(held.value, own, ask) if meant or held.level else None
    if pointed.denied and (patch is None or patch.value == held.value):
        patch = held.kind.patch(held.value, body, ask)
    if patch is not None and patch.value != held.value and not any(_as_whole(one, held.value) for one in whole):
        patch = patch if patch.spans else replace(patch, spans=((0, len(body.text)),))  # made of all that was said
        yield _Offer(weight + patch.confidence, held.name, patch, meant)
        return
    if not whole and (meant or (held.level and pointed.alone)):
        least = LEAST if meant else SURE if held.level == CONTRARY else ALONE
        sections = [body, *_clauses(body)] if meant else [body]
        bare = [one for part in sections for one in held.kind.find(part, replace(ask, asked=True))]
        whole = [one for one in bare if one.confidence >= least and (meant or one.spans) and not _is_noun(one, held)]
        weight += 0 if meant else BARE
    yield from (_Offer(weight + one.confidence, held.name, one, meant) for one in whole)


def _as_whole(one: Candidate, value: str) -> bool:
    """Whether a candidate says as much as the value that is there: no single day for a range, no surname for a name."""
    return len(re.findall(r"[^\W_]+", one.value)) >= len(re.findall(r"[^\W_]+", value))


def _is_noun(one: Candidate, held: Held) -> bool:
    """Whether a candidate is but the word for its field: "the name"."""
    said = words.split(one.value.lower())
    return bool(said and held.nouns) and all(word.startswith(held.nouns) for word in said)


def _clauses(body: Utterance) -> list[Utterance]:
    """Each clause by itself, at its place; none where there is only one."""
    ends = [match.span() for match in re.finditer(r"[,.;:!?…]+(?=\s|$)", body.text)]
    starts = [0, *(end for _, end in ends)]
    limits = [*(start for start, _ in ends), len(body.text)]
    made = [
        body.cut(((0, first), (last, len(body.text))))
        for first, last in zip(starts, limits, strict=True)
        if body.text[first:last].strip()
    ]
    return made if len(made) > 1 else []


def _chosen(offers: Sequence[_Offer]) -> dict[str, Candidate]:
    """The heaviest offers that are not made of the same words; what nothing points at joins others when it is sure."""
    fresh: dict[str, Candidate] = {}
    taken: Spans = ()
    for offer in sorted(offers, key=lambda offer: -offer.weight):
        if any(_says_more(other, offer) for other in offers):
            continue
        if fresh and not offer.meant and offer.one.confidence < SECOND:
            continue
        if offer.name not in fresh and not overlap(offer.one.spans, taken):
            fresh[offer.name] = offer.one
            taken += offer.one.spans
    return fresh


def _says_more(other: _Offer, one: _Offer) -> bool:
    """Whether the words of an offer are part of another value, which is made of many more: the name in an address."""
    if other.name == one.name or other.one.confidence < SECOND or other.meant < one.meant:
        return False
    long, short = (sum(last - first for first, last in offer.one.spans) for offer in (other, one))
    return overlap(other.one.spans, one.one.spans) and long > MORE * short


def overlap(one: Spans, other: Spans) -> bool:
    """Whether two values were made of the same words."""
    return any(first < end and start < last for first, last in one for start, end in other)


def _named(said: Utterance, nouns: tuple[str, ...]) -> bool:
    return bool(nouns) and any(word.startswith(nouns) for word in said.words)


def _denied(said: Utterance, held: Sequence[Held]) -> dict[str, Spans]:
    """The values that are denied, and where."""
    answers = lexicon.of(said.language).answers
    found: dict[str, Spans] = {}
    reached = 0
    for mark in patterns.finditer(words.any_of(answers.denies), said.text, re.IGNORECASE):
        if mark.start() < reached or not held:
            continue
        weighed = [(*_likeness(said, mark.end(), one), one) for one in held]
        like, end, first = max(weighed, key=lambda each: each[:2])
        rivals = [one for *how, one in weighed if how == [like, end]] if like >= LIKE else []
        name = max(rivals, key=lambda one: _surest(said, mark.end(), one)).name if len(rivals) > 1 else first.name
        if like >= LIKE:
            but = patterns.compiled(rf"[\s,;]*{words.any_of(answers.but)}", re.IGNORECASE).match(said.text, end)
            reached = but.end() if but else end
            found[name] = (*found.get(name, ()), (mark.start(), reached))
    for mark in patterns.finditer(words.any_of((*answers.denies_after, *answers.wrong)), said.text, re.IGNORECASE):
        before = [match.start() for match in re.finditer(r"\S+", said.text[: mark.start()])][-BEFORE:]
        likes = ((*_likeness(said, at, one, mark.start()), at, one.name) for one in held for at in before)
        like, _, at, name = max(likes, default=(0.0, 0, 0, ""))
        if like >= LIKE:
            found[name] = (*found.get(name, ()), (at, mark.end()))
    return found


def _surest(said: Utterance, start: int, held: Held) -> float:
    """How surely what stands behind a place is a value of the kind: of "not from the 2nd" the second is a day."""
    rest = said.cut(((0, start),))
    return max((one.confidence for one in held.kind.find(rest, replace(held.ask, asked=False))), default=0.0)


def _likeness(said: Utterance, start: int, held: Held, limit: int | None = None) -> tuple[float, int]:
    """How like a value the words from `start` on are, and where they end."""
    clause = re.split(r"[,.;:!?…–]", said.text[start:limit])[0]
    value = re.sub(r"(?<=\d{4})-\d\d-", " ", held.value)  # nobody says the number of a month
    known = _tokens(f"{value} {held.kind.spoken(held.value, held.ask)}")
    best, reach = 0.0, start
    for match in list(re.finditer(r"[^\W_]+(?:['’-][^\W_]+)*", clause))[:MOST_DENIED]:
        tokens = _tokens(match[0]) | _tokens(replace(said, text=match[0]).readings[0].text)
        like = max((_like(word, other) for word in tokens for other in known), default=0.0)
        number = any(token.isdigit() for token in tokens)
        small = changes.is_everyday(match[0], said.language) or (len(match[0]) <= SMALL and not number)
        if like >= LIKE:
            best, reach = max(best, like), start + match.end()
        elif best or not small:
            break
    return best, reach


def _tokens(text: str) -> set[str]:
    """The words of a text in small letters, and its numbers without noughts before them."""
    return {token.lstrip("0") or "0" for token in re.findall(r"\d+|[^\W\d_]+", text.lower())}


def _like(word: str, other: str) -> float:
    """Likeness of two words, 0 to 1; numbers are the same or not."""
    if word == other:
        return 1.0
    if word.isdigit() or other.isdigit() or min(len(word), len(other)) < 3:
        return 0.0
    stem = min(len(word), len(other)) - 1
    if stem >= 3 and word[:stem] == other[:stem]:
        return 0.9
    return 0.9 * SequenceMatcher(None, word, other).ratio()
