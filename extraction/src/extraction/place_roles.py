"""Which of several places is the one that the caller goes to: an utterance without the places that are said of others.

What is denied, where the caller lives, and the region in which a place is are no rivals of it; and who ends with a
place in a sentence of its own has chosen.
"""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from extraction import frequency, gazetteer, kin, lexicon, tokens, words
from extraction.place_evidence import Run
from extraction.place_words import MOST, Known, located
from extraction.tokens import Token
from extraction.utterance import Utterance

NEAR = 2
"""Small words between "not" and the place that is not meant: "nicht in die"."""
ORDINARY, EVERYDAY, ARTICLE = 4.5, 5.0, 5.5


def readings(said: Utterance, languages: tuple[str, ...]) -> list[tuple[Utterance, bool]]:
    """The utterance with less in it, the best reading first, and whether it is one sentence that must be all place."""
    found = tokens.of(said.text, said.language)
    known = located(said)
    if not found or not (known or len(found) > 1):
        return []
    rest = _blank(said, [*_denied(said, found, known, languages), *_home(said, found, known, languages)])
    last = _last(rest)
    regions = _regions(rest)
    return [
        *([(_blank(last, _regions(last)), True)] if last is not None else []),
        *([(_blank(rest, regions), False)] if regions else []),
        *([(rest, False)] if rest is not said else []),
    ]


def answer(said: Utterance, found: list[Token], runs: list[Run]) -> Run | None:
    """The words that are all of an answer, everyday words apart, and no ordinary words themselves; or None."""
    told = {i for i, one in enumerate(found) if not one.facts.is_filler and one.facts.common < EVERYDAY}
    for run in sorted(runs, key=lambda one: one.first - one.last):
        against = any(run.evidence[name] for name in ("named", "denied", "from", "here", "time", "question", "name"))
        if against or told - set(range(run.first, run.last)) or said.asks:
            continue
        others = [one for i, one in enumerate(found) if not run.first <= i < run.last and not one.facts.is_filler]
        if _is_known(said, found, run) or (not others and _is_rare(found[run.first : run.last], said)):
            return run
    return None


def _is_rare(run: list[Token], said: Utterance) -> bool:
    """Whether its words are in no list, in no form, and with capitals where any has."""
    written = said.text.islower() or all(one.capital for one in run)
    rare = frequency.RARE
    return written and all(one.facts.common <= rare >= kin.usual(one.lower, said.language) for one in run)


def _is_known(said: Utterance, found: list[Token], run: Run) -> bool:
    """A place of several words is no chance; one word may be."""
    known = gazetteer.spoken(said.text[found[run.first].start : found[run.last - 1].end], said.language) is not None
    return known and (run.last - run.first > 1 or found[run.first].facts.common < EVERYDAY)


def _denied(said: Utterance, found: list[Token], known: Known, languages: tuple[str, ...]) -> Iterable[tuple[int, int]]:
    for start, end in tokens.spans(said.text, "answers", "denies", languages):
        at = _token(found, end)
        # A "no" with a comma behind it denies what stands before: "Bremen no, Lübeck".
        if at < len(found) and not found[at].gap and (reach := _place_at(found, known, at)):
            yield start, found[reach - 1].end
            yield from _before(found, known, reach)
    ends = {last: first for first, last in known}
    no = words.no(said.language)
    after = {start for start, _ in tokens.spans(said.text, "answers", "denies_after", languages)}
    for last, first in ends.items():
        if last >= len(found) or found[last].gap:
            continue
        behind = found[last]
        stops = last + 1 == len(found) or bool(found[last + 1].gap)
        if behind.start in after or (behind.lower in no and stops):
            yield found[first].start, behind.end
            yield from _before(found, known, last)


def _before(found: list[Token], known: Known, end: int) -> Iterable[tuple[int, int]]:
    """Where a place that is denied was said before: "to Bremen, but my husband says not to Bremen"."""
    denied = next((city.name for (_, last), city in known.items() if last == end), "")
    for (first, last), city in known.items():
        if last < end and city.name == denied:
            yield found[first].start, found[last - 1].end


def _place_at(found: list[Token], known: Known, at: int) -> int:
    """The end of the place that begins at a word, or behind small words there; 0 where none does."""
    for first in range(at, min(at + NEAR + 1, len(found))):
        if first > at and found[first].gap:
            return 0
        reach = max((last for begin, last in known if begin == first), default=0)
        if reach:
            return reach
        if found[first].facts.common < ARTICLE:
            return first + 1 if found[first].capital else 0
    return 0


def is_denial(said: Utterance, languages: tuple[str, ...]) -> bool:
    """Whether all places in it are said not to be."""
    found, known = tokens.of(said.text, said.language), located(said)
    return bool(known) and not located(_blank(said, _denied(said, found, known, languages)))


def _home(said: Utterance, found: list[Token], known: Known, languages: tuple[str, ...]) -> Iterable[tuple[int, int]]:
    said_of = [(span, 0) for span in tokens.spans(said.text, "places", "here", languages)]
    if known:  # of two Frankfurts the one in Brandenburg
        first_end = min(found[last - 1].end for _, last in known)
        said_of += [(span, first_end) for span in tokens.spans(said.text, "places", "which", languages[:1])]
    for (start, end), since in said_of:
        at = _token(found, end)
        if start >= since and at < len(found) and not found[at].gap and (reach := _place_at(found, known, at)):
            yield start, found[reach - 1].end
    ends = _away(said.language)
    for first, last in known:
        if ends and last < len(found) and found[last - 1].lower.replace("ı", "i").endswith(ends):
            yield found[first].start, found[last - 1].end


@cache
def _away(language: str) -> tuple[str, ...]:
    return tuple(lexicon.of(language).places.away_endings.split())


def _last(said: Utterance) -> Utterance | None:
    """The last sentence of several that holds a place and little else."""
    found = tokens.of(said.text, said.language)
    begins = [*(at for at, token in enumerate(found) if token.gap == "."), len(found)]
    for first, end in reversed(list(pairwise(begins))):
        if end - first <= MOST + NEAR and first > 0:
            start, stop = found[first].start, found[end - 1].end
            one = _blank(said, [(0, start), (stop, len(said.text))])
            known = located(one)
            if any(not city.is_region for city in known.values()):
                return one
    return None


def _regions(said: Utterance) -> list[tuple[int, int]]:
    """Regions and countries, where a place is said beside them."""
    found = tokens.of(said.text, said.language)
    known = located(said)
    regions = [run for run, city in known.items() if city.is_region and not _within(run, known)]
    others = any(
        not city.is_region and (city.is_big or min(t.facts.common for t in found[a:b]) < ORDINARY)
        for (a, b), city in known.items()
        if not any(_overlap((a, b), run) for run in regions)
    )
    unknown = any(
        t.capital and t.facts.common < ORDINARY and not t.facts.is_filler and not any(a <= i < b for a, b in regions)
        for i, t in enumerate(found)
        if i and said.is_cased
    )
    return [(found[a].start, found[b - 1].end) for a, b in regions] if others or unknown else []


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _within(run: tuple[int, int], known: Known) -> bool:
    return any(other != run and other[0] <= run[0] and run[1] <= other[1] for other in known)


def _token(found: list[Token], at: int) -> int:
    return next((place for place, token in enumerate(found) if token.start >= at), len(found))


def _blank(said: Utterance, spans: Iterable[tuple[int, int]]) -> Utterance:
    """Without parts of it: a full stop and blanks keep the places of the rest."""
    text = said.text
    for start, end in spans:
        if end > start:
            text = text[:start] + "." + " " * (end - start - 1) + text[end:]
    return said if text == said.text else Utterance(text, said.language)
