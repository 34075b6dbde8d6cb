"""How a name is spoken in its sentence: of whom one asks, whom one calls to, of whom one speaks."""

from collections.abc import Iterator
from functools import cache, lru_cache

from extraction import frequency, kin, lexicon, patterns, people, table, words
from extraction.name_marks import Around
from extraction.tokens import Token
from extraction.utterance import Utterance

LEAST_STEM = 3
"""Letters of a name, or of a word, before the ending of a case."""


def evidence(
    said: Utterance, found: list[Token], around: Around, run: range, sentence: range, *, bare: float
) -> dict[str, float]:
    """What its sentence, and its form, tell of a run of words; `bare`: that nothing introduces it."""
    core = [token for token in found[run.start : run.stop] if not token.facts.is_small] or found[run.start : run.stop]
    unlisted = [token for token in core if not token.facts.is_named]
    one = float(len(core) == 1)
    akin = max((kin_of(token.lower, said.language) for token in unlisted), default=0.0)
    rare = sum(token.facts.common <= _RARE and not kin_of(token.lower, said.language) for token in unlisted)
    oblique = float(any(is_oblique(token.lower, said.language) for token in core) and not _declined(said, found, run))
    called = is_called(said.text, found, run, sentence, around.structure)
    small = sum(not token.capital for token in core) / len(core) * float(_is_written(said))
    return {
        "unlisted rare": rare / len(core),
        "kin": akin,
        "kin, one": akin * one,
        "verb": float(any(_is_verb(token, said.language) for token in unlisted)),
        "oblique": oblique,
        "oblique, told": oblique * (1 - bare),
        "called": bare * float(called),
        "called, cry": bare * one * float(not called and is_cried_at(said, found, run, sentence)),
        "calendar": one * float(is_calendar(core[0].lower, said.language)),
        "small": small,
        "small, told": small * (1 - bare),
        "relation before": bare * float(_is_relation(found, run.start, said.language)),
        "origin behind": (1 - bare) * float(_has_origin(found, run.stop, said.language)),
        "about behind": float(_is_explained(found, run.stop, said.language)),
        "said twice": float(len(core) > 1 and _is_said_before(found, run)),
    }


_RARE = 2.6


@lru_cache(maxsize=8_192)
def kin_of(word: str, language: str) -> float:
    """How usual a word is of which this one is another form."""
    usual = kin.usual(word, language)
    stem = table.folded(word)[:-1]
    if lexicon.of(language).places.declines and len(stem) == LEAST_STEM and not any(people.known(stem)):
        usual = max(usual, frequency.zipf(stem, language))  # a short one: "коту"
    return max(0.0, usual - 2.9)


@lru_cache(maxsize=8_192)
def is_oblique(said: str, language: str) -> bool:
    """Whether a given name stands in another case than the nominative: somebody is spoken of, or called to."""
    word = table.folded(said)
    known = people.known(word)
    if language in known.given:
        return False
    if lexicon.of(language).names.declines_after:
        nominative = people.nominative(word)
        if nominative and table.folded(nominative) != word:
            return True
    if known.given or language in known.surname:
        return False
    return any(language in people.known(one).given for one in _nominatives(word, language))


def _nominatives(word: str, language: str) -> Iterator[str]:
    """What a given name may be in the nominative."""
    for ending, others in lexicon.of(language).names.cases.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= LEAST_STEM:
            yield from (stem + other for other in others.split("|"))


def _declined(said: Utterance, found: list[Token], run: range) -> bool:
    """Whether what introduces a name puts it in another case: "на Анну"."""
    after = lexicon.of(said.language).names.declines_after
    return bool(after) and bool(
        patterns.search(rf"(?<!\w)(?:{after})\s+$", said.text[: found[run.start].start].lower())
    )


def _is_verb(token: Token, language: str) -> bool:
    """Whether a word of no list ends as verbs do."""
    endings = lexicon.of(language).names.verb_endings
    return bool(endings) and bool(patterns.search(rf"\w\w(?:{endings})$", token.lower))


def _is_written(said: Utterance) -> bool:
    """Whether it is written as a sentence is, in which what is small is nobody's name."""
    text = said.text.strip(' "«»„“”¿¡-–—')
    return text[:1].isupper() and text[-1:] in ".!?…" and not said.is_cased


def _is_relation(found: list[Token], start: int, language: str) -> bool:
    """Whether whose mother, friend or the like somebody is stands right before a name."""
    kin_ = rf"(?:{lexicon.of(language).counting.kin})$"
    at = start - 1
    while at >= 0 and not found[at + 1].gap and (found[at].facts.is_small or found[at].facts.is_title):
        at -= 1
    return at >= 0 and not found[at + 1].gap and bool(patterns.compiled(kin_).match(found[at].lower))


def _is_explained(found: list[Token], stop: int, language: str) -> bool:
    """Whether how it is written is said right behind a name: "Kay, with a K"."""
    about = lexicon.of(language).names.about.split()
    return stop < len(found) and found[stop].gap != "." and found[stop].lower in about


def _has_origin(found: list[Token], stop: int, language: str) -> bool:
    """Whether where somebody calls from is said right behind a name: "this is Mark from Acme"."""
    if stop + 1 >= len(found) or found[stop].gap or found[stop].facts.is_small:
        return False  # "de Souza" is part of the name
    return found[stop].lower in lexicon.of(language).places.from_.split()


def _is_said_before(found: list[Token], run: range) -> bool:
    """Whether a part of a name stands right before the whole of it: "Bond, James Bond"."""
    own = {found[run.start].lower, found[run.stop - 1].lower}
    return run.start > 0 and bool(found[run.start].gap) and found[run.start - 1].lower in own


@cache
def is_calendar(word: str, language: str) -> bool:
    """Whether a word is a month or a day of the week."""
    dates = lexicon.of(language).dates
    forms = "|".join((*dates.month_forms, *dates.weekday_forms))
    return bool(patterns.compiled(rf"(?:{forms})\Z").match(word))


def is_called(text: str, found: list[Token], run: range, sentence: range, structure: frozenset[int]) -> bool:
    """Whether somebody in the room is called to: a name parted by a comma from the rest of an exclamation
    ("Rex, sit!", "Shut the door, Tom!").
    """
    beside = _beside(text, found, run, sentence)
    return any(at not in structure and not found[at].facts.is_filler for at in beside)


def is_cried_at(said: Utterance, found: list[Token], run: range, sentence: range) -> bool:
    """Whether behind a name that begins an exclamation there is nothing but cries, and no greeting: "Rex, ugh!"."""
    names = lexicon.of(said.language).names
    cries = set(names.interjections.split()) - set(names.openers.split())
    cries -= words.yes(said.language) | words.no(said.language)
    beside = _beside(said.text, found, run, sentence)
    return run.start == sentence.start and bool(beside) and all(found[at].lower in cries for at in beside)


def _beside(text: str, found: list[Token], run: range, sentence: range) -> tuple[int, ...]:
    """The words beside a run that commas part from the rest of an exclamation; none where it is none."""
    before, after = range(sentence.start, run.start), range(run.stop, sentence.stop)
    parted = (not before or "," in found[run.start].gap) and (not after or "," in found[run.stop].gap)
    return (*before, *after) if parted and _ends(text, found, sentence.stop).startswith("!") else ()


def asks(text: str, found: list[Token], stop: int) -> bool:
    """Whether a sentence is a question, `stop` being the word behind it."""
    return "?" in _ends(text, found, stop)


def _ends(text: str, found: list[Token], stop: int) -> str:
    """What ends a sentence, `stop` being the word behind it."""
    return text[found[stop - 1].end : found[stop].start if stop < len(found) else len(text)].strip()
