"""Which of the values that are there an utterance calls wrong: "not Dallas", "Anna no", "May is wrong"."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

from extraction import changes, dates, frequency, lexicon, patterns, words
from extraction.mapped import Mapped
from extraction.utterance import Utterance

LIKE = 0.6
"""Likeness from which what is denied is a value as it was heard."""
EXACT = 0.89
"""And from which it is that value: in another case, or to the letter."""
BEFORE = 3
"""Words before "is wrong" among which the value is."""
SMALL = 3
"""Letters of a word that may stand between a no and the value: "not in the ..."."""
FEW = 4
"""Words of a value any of which tells it; of a longer one "the" tells nothing."""
USUAL = 6.0
"""Frequency from which a word is one of any sentence."""
MOST_DENIED = 6
"""Words among which it is."""
_NO_MONTH = re.compile(r"(?<=\d{4})-\d\d-")
"""The number of a month in a date as it is written, which nobody says."""
Spans = tuple[tuple[int, int], ...]
Surest = Callable[[Sequence[str], int], str]


@dataclass(frozen=True, slots=True)
class _Denial:
    like: float
    name: str
    start: int
    end: int
    mark: int
    """Where what denies it ends."""


def of(said: Utterance, held: Callable[[], Mapping[str, str]], surest: Surest) -> dict[str, Spans]:
    """The values that are denied, and where. `held` tells each by its field, as it is written and as it is said; it is
    asked for where anything is denied at all. `surest` tells which of several fields is meant by what begins at a
    place.

    Where one is denied to the letter, another no of the same field opens what takes its place: "no, not Valencia, no:
    Palencia".
    """
    before, behind = _marks(said)
    if not before and not behind:
        return {}
    known = {name: tokens_of(value) for name, value in held().items()}
    found = [*_before(said, before, known, surest), *_behind(said, behind, known)]
    exact = {one.name for one in found if one.like >= EXACT}
    spans: dict[str, Spans] = {}
    for one in found:
        doubtful = one.name in exact and one.like < EXACT
        spans[one.name] = (*spans.get(one.name, ()), (one.start, one.mark if doubtful else one.end))
    return spans


Mark = tuple[int, int, float]
"""Where what denies begins and ends, and the likeness from which it denies a value."""


def _marks(said: Utterance) -> tuple[list[Mark], list[Mark]]:
    """What denies what stands behind it, or says that it is to be changed; and what denies what stands before it."""
    answers = lexicon.of(said.language).answers

    def spans(phrases: Sequence[str], least: float) -> list[Mark]:
        found = patterns.finditer(words.any_of(phrases), said.text, re.IGNORECASE)
        return [(*mark.span(), least) for mark in found]

    before = [*spans(answers.denies, LIKE), *spans(answers.changes, EXACT)]
    return sorted(before, key=lambda one: one[0]), spans((*answers.denies_after, *answers.wrong), LIKE)


def _before(said: Utterance, marks: list[Mark], known: Mapping[str, frozenset[str]], surest: Surest) -> list[_Denial]:
    """What stands behind a "not", or behind what says that it is to be changed."""
    answers = lexicon.of(said.language).answers
    found: list[_Denial] = []
    reached = 0
    for start, stop, least in marks:
        if start < reached or not known:
            continue
        weighed = {name: _likeness(said, stop, tokens) for name, tokens in known.items()}
        like, end = max(weighed.values())
        if like >= least:
            rivals = [name for name, one in weighed.items() if one == (like, end)]
            name = surest(rivals, stop) if len(rivals) > 1 else rivals[0]
            but = patterns.compiled(rf"[\s,;]*{words.any_of(answers.but)}", re.IGNORECASE).match(said.text, end)
            reached = but.end() if but else end
            found.append(_Denial(like, name, start, reached, stop))
    return found


def _behind(said: Utterance, marks: list[Mark], known: Mapping[str, frozenset[str]]) -> list[_Denial]:
    """What stands before an "is wrong"."""
    found = []
    starts = [match.start() for match in re.finditer(r"\S+", said.text)]
    for start, stop, least in marks:
        behind = bisect_left(starts, start)
        before = starts[max(0, behind - BEFORE) : behind]
        likes = ((*_likeness(said, at, tokens, start), at, name) for name, tokens in known.items() for at in before)
        like, _, at, name = max(likes, default=(0.0, 0, 0, ""))
        if like >= least:
            found.append(_Denial(like, name, at, stop, stop))
    return found


def _likeness(said: Utterance, start: int, known: frozenset[str], limit: int | None = None) -> tuple[float, int]:
    """How like a value the words from `start` on are, and where they end; no word of it is said twice in it."""
    clause = _CLAUSE.match(said.text, start, len(said.text) if limit is None else limit)
    end = clause.end() if clause else start
    best, reach, tells = 0.0, start, len(known) <= FEW
    left = set(known)
    read = _read(said.text[start:end], said.language)
    for match in islice(_WORD.finditer(read.text), MOST_DENIED):
        first, last = read.source(*match.span())
        word = said.text[start + first : start + last]
        tokens = tokens_of(word) | tokens_of(match[0])
        like, other = max(((_like(word, other), other) for word in tokens for other in left), default=(0.0, ""))
        number = any(token.isdigit() for token in tokens)
        small = changes.is_everyday(word, said.language) or (len(word) <= SMALL and not number)
        if like >= LIKE:
            tells = tells or number or best > 0 or frequency.zipf(word.lower(), said.language) < USUAL
            best, reach = max(best, like), start + last
            left.discard(other)
        elif best or not small:
            break
    return (best, reach) if tells else (0.0, start)


_CLAUSE, _WORD = re.compile(r"[^,.;:!?…–]*"), re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@lru_cache(maxsize=256)
def _read(clause: str, language: str) -> Mapped:
    """A clause with its numbers and days as digits."""
    return dates.as_digits(clause, language)


def tokens_of(text: str) -> frozenset[str]:
    """The words of a text in small letters, and its numbers without noughts before them; not the number of a month."""
    found = re.findall(r"\d+|[^\W\d_]+", _NO_MONTH.sub(" ", text).lower())
    return frozenset(token.lstrip("0") or "0" for token in found)


@lru_cache(maxsize=8_192)
def _like(word: str, other: str) -> float:
    """Likeness of two words, 0 to 1; numbers are the same or not."""
    if word == other:
        return 1.0
    if word.isdigit() or other.isdigit() or min(len(word), len(other)) < 3:
        return 0.0
    stem = min(len(word), len(other)) - 1
    if stem >= 3 and word[:stem] == other[:stem]:
        return 0.9
    return 0.88 * SequenceMatcher(None, word, other).ratio()
