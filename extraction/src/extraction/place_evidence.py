"""Every run of words of an utterance that may be where the caller goes, and what speaks for it and against it."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from extraction import beside, gazetteer, lexicon, name_marks, patterns, tokens, words
from extraction.gazetteer import City
from extraction.kinds import Ask
from extraction.tokens import Token
from extraction.utterance import Utterance

MOST, MOST_UNKNOWN = 4, 3
"""Words of a place that the gazetteer has, and of one that it has not."""
FAR = 3
"""Words between "a week" and the place where it is spent."""
_FREQUENT, _UNKNOWN_FREQUENT, _ORDINARY = 5.7, 4.0, 5.0


@dataclass(frozen=True, slots=True)
class Run:
    """Words first to last (not included) of an utterance, the place that they name, and the evidence."""

    first: int
    last: int
    value: str
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Around:
    said: Utterance
    ask: Ask
    found: list[Token]
    known: dict[tuple[int, int], City]
    structure: frozenset[int]
    numbers: frozenset[int]
    named: frozenset[int]
    """Words that follow "my name is", "my wife"."""
    denied: frozenset[int]
    going: tuple[int, ...]
    here: tuple[int, ...]
    """Where "I travel", and "we live", are said."""
    stays: tuple[int, ...]


def runs(said: Utterance, ask: Ask) -> tuple[list[Token], list[Run]]:
    """The words of an utterance, and the runs of them that may be a place."""
    found = tokens.of(said.text, said.language)
    around = _around(said, ask, found)
    made = []
    for (first, last), city in around.known.items():
        made.append(Run(first, last, _written(said, found[first:last], city), _evidence(around, first, last, city)))
    for first, last in _unknown(around):
        value = " ".join(_capital(token.text) for token in found[first:last])
        made.append(Run(first, last, value, _evidence(around, first, last, None)))
    return found, made


def _around(said: Utterance, ask: Ask, found: list[Token]) -> _Around:
    structure: set[int] = set()

    def marked(section: str, key: str) -> list[int]:
        ends = []
        for start, end in tokens.spans(said.text, section, key, ask.languages):
            structure.update(i for i, token in enumerate(found) if start <= token.start < end)
            ends.append(next((i for i, token in enumerate(found) if token.start >= end), len(found)))
        return ends

    named = [*marked("names", "introductions"), *marked("names", "others")]
    denied = marked("answers", "denies")
    city_of = marked("places", "city_of")
    going = tuple(marked("places", "going"))
    here = tuple(marked("places", "here"))
    structure -= set(city_of)
    numbers = name_marks.numbers(said, found)
    nothing = structure | numbers | {i for i, token in enumerate(found) if token.facts.is_filler}
    known = dict(_known(said, found, nothing))
    return _Around(
        said,
        ask,
        found,
        known,
        frozenset(structure),
        frozenset(numbers),
        frozenset(named),
        frozenset(denied),
        (*going, *city_of),
        here,
        tuple(end for _, end in _ends(found, tokens.spans(said.text, "places", "stays", ask.languages[:1]))),
    )


def _ends(found: list[Token], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words at which phrases begin, and those behind their last."""
    starts = [token.start for token in found]
    return [(bisect_left(starts, start), bisect_left(starts, end)) for start, end in spans]


def located(said: Utterance, found: list[Token]) -> dict[tuple[int, int], City]:
    """The places that the gazetteer has, by their words."""
    return dict(_known(said, found, {i for i, token in enumerate(found) if token.facts.is_filler}))


def _known(said: Utterance, found: list[Token], nothing: set[int]) -> Iterator[tuple[tuple[int, int], City]]:
    melted = lexicon.of(said.language).places.melted
    for first, token in enumerate(found):
        for last in range(first + 1, min(len(found), first + MOST) + 1):
            if last - first > 1 and found[last - 1].gap:
                break
            alone = last - first == 1
            if alone and token.facts.common > _FREQUENT and not (said.is_cased and token.capital):
                continue
            if alone and len(token.text) < (2 if token.capital else 3):
                continue
            text = said.text[token.start : found[last - 1].end]
            article = melted.get(found[first - 1].lower, "") if first and not token.gap else ""
            city = (gazetteer.find(f"{article} {text}") if article else None) or gazetteer.spoken(text, said.language)
            if city and not set(range(first, last)) <= nothing:
                yield (first, last), city


def _unknown(around: _Around) -> Iterator[tuple[int, int]]:
    found, cased = around.found, around.said.is_cased
    for first, token in enumerate(found):
        if not _unusual(token, first, around):
            continue
        for last in range(first + 1, min(len(found), first + MOST_UNKNOWN) + 1):
            one = found[last - 1]
            inner = one.lower in small("within") and last - first > 1
            if last - first > 1 and (one.gap or not (inner or _unusual(one, last - 1, around))):
                break
            if (first, last) not in around.known and not inner and (cased or one.facts.common < _UNKNOWN_FREQUENT):
                yield first, last


def _unusual(token: Token, at: int, around: _Around) -> bool:
    if token.facts.is_filler or at in around.structure or token.facts.is_title or len(token.text) < 3:
        return False
    if around.said.is_cased:
        return token.capital and token.facts.common < 5.0
    return token.facts.common < _UNKNOWN_FREQUENT


def _evidence(around: _Around, first: int, last: int, city: City | None) -> dict[str, float]:
    said, ask, found = around.said, around.ask, around.found
    run = found[first:last]
    facts = [token.facts for token in run]
    count = len(run)
    one = count == 1
    before = found[first - 1] if first and not found[first].gap else None
    after = found[last] if last < len(found) and not found[last].gap else None
    asked = float(ask.asked or ask.corrects)
    cased = float(said.is_cased)
    known = float(city is not None)
    big = float(city is not None and city.is_big)
    weight = sum(token.facts.weight for token in run) or 0.1
    part = weight / max(weight, beside.weight(found, beside.stretch(found, first, last, ".,"), around.structure))
    share = weight / max(weight, beside.weight(found, beside.stretch(found, first, last, "."), around.structure))
    whole = weight / max(weight, beside.weight(found, range(len(found)), around.structure))
    sentence = beside.stretch(found, first, last, ".")
    clause = beside.stretch(found, first, last, ".,")
    to, near, out = _relation(around, first, last, city)
    going = float(any(sentence.start <= at <= first for at in around.going))
    here = float(any(clause.start <= at <= first for at in around.here))
    common = max(0.0, min(one.common for one in facts) - 4.0)
    within = float(any(a <= first and last <= b and (a, b) != (first, last) for a, b in around.known))
    others = [
        (a, b)
        for (a, b), other in around.known.items()
        if (b <= first or a >= last)
        and other.is_big
        and not _is_word(around, a, b)
        and not (a and found[a - 1].lower in _words("from_", said.language))
    ]
    name = min(max(one.given, one.surname / 2) for one in facts)
    famous = big * min(1.0, common)
    return {
        "asked": asked,
        "elsewhere": float(bool(ask.elsewhere)),
        "big": big,
        "small": known - big,
        "big, asked": big * asked,
        "small, asked": (known - big) * asked,
        "to": to,
        "to, asked": to * asked,
        "to, big": to * big,
        "to, small": to * (known - big),
        "from": out * float(bool(others) or not asked),  # asked for one place, and one is said: it is that
        "from, asked": out * asked * float(bool(others)),
        "in": near,
        "in, big": near * big,
        "no preposition, not asked": (1 - to) * (1 - out) * (1 - near) * (1 - asked),
        "small, no preposition, not asked": (known - big) * (1 - to) * (1 - near) * (1 - out) * (1 - asked),
        "unknown, no preposition, not asked": (1 - known) * (1 - to) * (1 - near) * (1 - out) * (1 - asked),
        "going": going,
        "going, to": going * to,
        "going, known": going * known,
        "here": here,
        "common": common,
        "common, big": common * big,
        "common, no case": common * (1 - cased),
        "common, small": common * (known - big),
        "name": name,
        "name, no preposition": name * (1 - to) * (1 - near) * (1 - out),
        "name, no preposition, not asked": name * (1 - to) * (1 - near) * (1 - out) * (1 - asked),
        "name, big": name * big,
        "famous": famous,
        "famous, asked": famous * asked,
        "famous, name": famous * name,
        "capital": cased * float(all(token.capital or token.lower in small("within") for token in run)),
        "capital, inside": cased * float(run[0].capital and found[first].gap != "."),
        "lower": cased * float(not run[0].capital),
        "lower, small": cased * float(not run[0].capital) * (1 - big),
        "no case": 1 - cased,
        "no case, unknown": (1 - cased) * (1 - known),
        "part": part,
        "share": share,
        "whole": whole,
        "whole, asked": whole * asked,
        "part, asked": part * asked,
        "part, asked, unknown": part * asked * (1 - known),
        "one": float(one),
        "three": float(count >= 3),
        "more before": _beside(around, first - 1, bool(before)),
        "more after": _beside(around, last, bool(after)),
        "more after, big": _beside(around, last, bool(after)) * big,
        "within": within,
        "another before": float(any(b <= first for _, b in others)),
        "another after": float(any(a >= last for a, _ in others)),
        "right before another": float(any(a == last for a, _ in around.known)),
        "right behind another": float(any(b == first or (b == first - 1 and not to) for _, b in around.known)),
        "named": float(first in around.named),
        "denied": float(first in around.denied),
        "question": float("?" in said.text[found[last - 1].end :].split(".")[0]),
        "time": float(bool(patterns.fullmatch(_time(said.language), said.text[run[0].start : run[-1].end].lower()))),
        "everyday before": beside.everyday(before, first - 1, around.structure) * (1 - to) * (1 - out) * (1 - near),
        "everyday after": beside.everyday(after, last, around.structure),
        "short": float(len(said.text[run[0].start : run[-1].end]) < 4),
        "long": min(3.0, len(found) / 10),
    }


def _is_word(around: _Around, first: int, last: int) -> bool:
    """Whether what may be a place is rather an ordinary word: small letters, and no preposition."""
    one, before = around.found[first], around.found[first - 1].lower if first else ""
    if around.said.is_cased and last - first == 1:
        return not one.capital
    return (
        last - first == 1
        and one.facts.common >= _ORDINARY
        and before not in _words("prepositions", around.said.language)
        and before not in _words("to", around.said.language)
    )


def _relation(around: _Around, first: int, last: int, city: City | None) -> tuple[float, float, float]:
    """Whether it is said to be where somebody goes to, is, or comes from: by what stands before, or by its ending."""
    found, language = around.found, around.said.language
    before = found[first - 1].lower if first and not found[first].gap else ""
    out = before in _words("from_", language)
    to = before in _words("to", language) and not out
    near = before in _words("prepositions", language) and not (to or out)
    if near and not around.here and any(first - FAR <= at < first for at in around.stays):
        to, near = True, False
    if city and not (to or near or out) and not gazetteer.is_same(found[last - 1].text, city.name.split()[-1]):
        ending = found[last - 1].lower.replace("ı", "i")
        near = ending.endswith(tuple(_words("away_endings", language)))
        to = not near and ending.endswith(tuple(_words("to_endings", language)))
    return float(to), float(near), float(out)


def _beside(around: _Around, at: int, there: bool) -> float:
    """How much the word beside looks as if it belonged to the place's name."""
    if not there or at in around.structure:
        return 0.0
    token = around.found[at]
    if token.facts.is_filler:
        return 0.0
    if around.said.is_cased:
        return float(token.capital and token.facts.common < 6.0)
    return max(0.0, min(1.0, (4.2 - token.facts.common) / 1.5))


def _written(said: Utterance, run: list[Token], city: City) -> str:
    """As it was said, where that is written with a capital and in the nominative; else as the gazetteer has it."""
    text = said.text[run[0].start : run[-1].end]
    declines = lexicon.of(said.language).places.declines
    as_said = text[0].isupper() and gazetteer.is_same(text, city.name)
    return text if as_said and not declines else city.name


def _capital(word: str) -> str:
    return (
        word if word.lower() in small("within") else "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    )


@cache
def _words(key: str, language: str) -> frozenset[str]:
    return frozenset(getattr(lexicon.of(language).places, key).split())


@cache
def small(key: str) -> frozenset[str]:
    """Small words within names of places, which keep those of their own language."""
    return frozenset(word for code in lexicon.codes() for word in getattr(lexicon.of(code).places, key).split())


@cache
def _time(language: str) -> str:
    """Months and days of the week are no places, whatever villages are called."""
    dates = lexicon.of(language).dates
    return words.any_of((*dates.month_forms, *dates.weekday_forms))


def is_all(said: Utterance) -> bool:
    """Whether an utterance is a large place and nothing else, and nobody's name: an answer to another question."""
    found = tokens.of(said.text, said.language)
    city = gazetteer.spoken(said.text.strip(" .,!"), said.language) if 0 < len(found) <= MOST else None
    named = any(token.facts.given for token in found) or (len(found) == 1 and found[0].facts.surname > 0)
    return city is not None and city.is_big and not named and not found[0].facts.is_filler
