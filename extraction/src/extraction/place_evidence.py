"""Every run of words of an utterance that may be where the caller goes, and what speaks for it and against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from extraction import beside, gazetteer, lexicon, patterns, place_words, tokens, words
from extraction.gazetteer import City
from extraction.kinds import Ask
from extraction.place_words import MOST, Around
from extraction.tokens import Token
from extraction.utterance import Utterance

FAR = 3
"""Words between "a week" and the place where it is spent."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words first to last (not included) of an utterance, the place that they name, and the evidence."""

    first: int
    last: int
    value: str
    evidence: Mapping[str, float]


def runs(said: Utterance, ask: Ask) -> tuple[list[Token], list[Run]]:
    """The words of an utterance, and the runs of them that may be a place."""
    found = tokens.of(said.text, said.language)
    around = place_words.around(said, ask.languages)
    made = []
    for (first, last), city in around.known.items():
        made.append(
            Run(first, last, _written(said, found[first:last], city), _evidence(around, ask, first, last, city))
        )
    for first, last in place_words.unknown(around):
        value = " ".join(_capital(token.text) for token in found[first:last])
        made.append(Run(first, last, value, _evidence(around, ask, first, last, None)))
    return found, made


def _evidence(around: Around, ask: Ask, first: int, last: int, city: City | None) -> dict[str, float]:
    said, found = around.said, around.found
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
    near_by, sentence, clause = around.near, around.near.sentence(first), around.near.section(first)
    part = weight / max(weight, near_by.weight(clause))
    share = weight / max(weight, near_by.weight(sentence))
    whole = weight / max(weight, near_by.weight(near_by.everything))
    to, near, out = _relation(around, first, last, city)
    going = float(beside.within(around.going, sentence.start, first))
    here = float(beside.within(around.here, clause.start, first))
    common = max(0.0, min(one.common for one in facts) - 4.0)
    another_before, another_after = around.big[0] <= first, around.big[1] >= last
    others = another_before or another_after
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
        "from": out * float(others or not asked),  # asked for one place, and one is said: it is that
        "from, asked": out * asked * float(others),
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
        "capital": cased * float(all(token.capital or token.lower in place_words.small("within") for token in run)),
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
        "within": float(around.is_within(first, last)),
        "another before": float(another_before),
        "another after": float(another_after),
        "right before another": float(last in around.starts),
        "right behind another": float(first in around.ends or (first - 1 in around.ends and not to)),
        "named": float(first in around.named),
        "denied": float(first in around.denied),
        "question": float(_is_asked(said.text, found[last - 1].end)),
        "time": float(bool(patterns.fullmatch(_time(said.language), said.text[run[0].start : run[-1].end].lower()))),
        "everyday before": beside.everyday(before, first - 1, around.structure) * (1 - to) * (1 - out) * (1 - near),
        "everyday after": beside.everyday(after, last, around.structure),
        "short": float(len(said.text[run[0].start : run[-1].end]) < 4),
        "long": min(3.0, len(found) / 10),
    }


def _relation(around: Around, first: int, last: int, city: City | None) -> tuple[float, float, float]:
    """Whether it is said to be where somebody goes to, is, or comes from: by what stands before, or by its ending."""
    found, language = around.found, around.said.language
    before = found[first - 1].lower if first and not found[first].gap else ""
    out = before in place_words.of("from_", language)
    to = before in place_words.of("to", language) and not out
    near = before in place_words.of("prepositions", language) and not (to or out)
    if near and not around.here and beside.within(around.stays, first - FAR, first - 1):
        to, near = True, False
    if city and not (to or near or out) and not gazetteer.is_same(found[last - 1].text, city.name.split()[-1]):
        ending = found[last - 1].lower.replace("ı", "i")
        near = ending.endswith(tuple(place_words.of("away_endings", language)))
        to = not near and ending.endswith(tuple(place_words.of("to_endings", language)))
    return float(to), float(near), float(out)


def _is_asked(text: str, end: int) -> bool:
    """Whether a question mark comes before the next full stop."""
    dot = text.find(".", end)
    return text.find("?", end, dot if dot >= 0 else len(text)) >= 0


def _beside(around: Around, at: int, there: bool) -> float:
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
        word
        if word.lower() in place_words.small("within")
        else "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    )


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
