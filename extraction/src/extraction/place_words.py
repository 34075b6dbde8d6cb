"""What the words of an utterance are to its places: those that the gazetteer has, and phrases such as "we live in"."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from extraction import gazetteer, lexicon, name_marks, tokens
from extraction.beside import Beside
from extraction.gazetteer import City
from extraction.tokens import Token
from extraction.utterance import Utterance

MOST, MOST_UNKNOWN = 4, 3
"""Words of a place that the gazetteer has, and of one that it has not."""
_FREQUENT, _UNKNOWN_FREQUENT, _ORDINARY = 5.7, 4.0, 5.0
Known = dict[tuple[int, int], City]


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the places of an utterance, worked out once for all of them."""

    said: Utterance
    found: list[Token]
    known: Known
    structure: frozenset[int]
    """Words of the phrases that were understood."""
    named: frozenset[int]
    """Words that follow "my name is", "my wife"."""
    denied: frozenset[int]
    going: list[int]
    here: list[int]
    """Where "I travel", and "we live", are said, in order."""
    stays: list[int]
    near: Beside
    big: tuple[int, int]
    """Where the first large place that nobody comes from ends, and where the last one starts."""
    starts: frozenset[int]
    ends: frozenset[int]
    """Where the known places start and end."""

    def is_within(self, first: int, last: int) -> bool:
        """Whether a run is part of a longer place that is known."""
        longer = ((a, b) for a in range(max(0, last - MOST), first + 1) for b in range(last, a + MOST + 1))
        return any(one in self.known for one in longer if one != (first, last))


@lru_cache(maxsize=64)
def around(said: Utterance, languages: tuple[str, ...]) -> Around:
    """What is around the places of an utterance; it is asked for more than once in a turn."""
    found, structure = tokens.of(said.text, said.language), set[int]()
    starts = [token.start for token in found]

    def ends(section: str, key: str, codes: tuple[str, ...] = languages) -> list[range]:
        return [tokens.covered(starts, *span) for span in tokens.spans(said.text, section, key, codes)]

    def marked(section: str, key: str) -> list[int]:
        phrases = ends(section, key)
        structure.update(at for phrase in phrases for at in phrase)
        return [phrase.stop for phrase in phrases]

    named = [*marked("names", "introductions"), *marked("names", "others")]
    denied = marked("answers", "denies")
    city_of = marked("places", "city_of")
    going = marked("places", "going")
    here = marked("places", "here")
    structure -= set(city_of)
    known = _without(located(said), structure | name_marks.numbers(said, found) | _fillers(found))
    big = [run for run, city in known.items() if city.is_big and not _is_word(said, found, *run)]
    big = [(a, b) for a, b in big if not (a and found[a - 1].lower in of("from_", said.language))]
    return Around(
        said,
        found,
        known,
        frozenset(structure),
        frozenset(named),
        frozenset(denied),
        sorted([*going, *city_of]),
        here,
        [phrase.stop for phrase in ends("places", "stays", languages[:1])],
        Beside(found, structure),
        (min((b for _, b in big), default=len(found) + 1), max((a for a, _ in big), default=-1)),
        frozenset(a for a, _ in known),
        frozenset(b for _, b in known),
    )


@lru_cache(maxsize=256)
def located(said: Utterance) -> Known:
    """The places that the gazetteer has, by their words. Nobody changes them."""
    found = tokens.of(said.text, said.language)
    return _without(dict(_known(said, found)), _fillers(found))


def _fillers(found: list[Token]) -> set[int]:
    return {at for at, token in enumerate(found) if token.facts.is_filler}


def _without(known: Known, nothing: set[int]) -> Known:
    """Those of which not all words are others than a place's."""
    return {run: city for run, city in known.items() if not nothing.issuperset(range(*run))}


def _known(said: Utterance, found: list[Token]) -> Iterator[tuple[tuple[int, int], City]]:
    melted = lexicon.of(said.language).places.melted
    for first, token in enumerate(found):
        article = melted.get(found[first - 1].lower, "") if first and not token.gap else ""
        for last in range(first + 1, min(len(found), first + MOST) + 1):
            if last - first > 1 and found[last - 1].gap:
                break
            alone = last - first == 1
            if alone and token.facts.common > _FREQUENT and not (said.is_cased and token.capital):
                continue
            if alone and len(token.text) < (2 if token.capital else 3):
                continue
            text = said.text[token.start : found[last - 1].end]
            city = (gazetteer.find(f"{article} {text}") if article else None) or gazetteer.spoken(text, said.language)
            if city:
                yield (first, last), city


def unknown(around: Around) -> Iterator[tuple[int, int]]:
    """The runs of unusual words that the gazetteer has not."""
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


def _unusual(token: Token, at: int, around: Around) -> bool:
    if token.facts.is_filler or at in around.structure or token.facts.is_title or len(token.text) < 3:
        return False
    if around.said.is_cased:
        return token.capital and token.facts.common < 5.0
    return token.facts.common < _UNKNOWN_FREQUENT


def _is_word(said: Utterance, found: list[Token], first: int, last: int) -> bool:
    """Whether what may be a place is rather an ordinary word: small letters, and no preposition."""
    one, before = found[first], found[first - 1].lower if first else ""
    if said.is_cased and last - first == 1:
        return not one.capital
    return (
        last - first == 1
        and one.facts.common >= _ORDINARY
        and before not in of("prepositions", said.language)
        and before not in of("to", said.language)
    )


@cache
def of(key: str, language: str) -> frozenset[str]:
    """Small words of a language before places, and endings of them."""
    return frozenset(getattr(lexicon.of(language).places, key).split())


@cache
def small(key: str) -> frozenset[str]:
    """Small words within names of places, which keep those of their own language."""
    return frozenset(word for code in lexicon.codes() for word in getattr(lexicon.of(code).places, key).split())
