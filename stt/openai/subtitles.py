"""Segments as SubRip and WebVTT, in cues that can be read.

A cue is at most two lines of 42 characters, and 7 s (BBC and Netflix agree); a longer segment is parted between two
words, where their times are known. WebVTT: https://www.w3.org/TR/webvtt1/
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from mesh.wire.stt import Segment, Word

LINE, LINES, LONGEST_S = 42, 2, 7.0
SHORTEST_S = 0.001
"""A cue that ends where it begins is none."""
SENTENCE_ENDS, CLAUSE_ENDS = tuple(".!?…。！？؟"), tuple(",;:—–،、")
AROUND = "\"'»”’)]}"


class Cue(NamedTuple):
    """Lines, and when they are shown; seconds."""

    start_s: float
    end_s: float
    text: str


def srt(segments: Iterable[Segment]) -> str:
    """SubRip."""
    return "".join(
        f"{number}\n{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}\n{cue.text.replace('-->', '→')}\n\n"
        for number, cue in enumerate(cues(segments), 1)
    )


def vtt(segments: Iterable[Segment]) -> str:
    """WebVTT; what would be markup is escaped."""
    shown = (
        f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}\n{_escaped(cue.text)}\n\n" for cue in cues(segments)
    )
    return "WEBVTT\n\n" + "".join(shown)


def cues(segments: Iterable[Segment]) -> list[Cue]:
    """One after the other: each begins after the one before it and ends before the next does."""
    found: list[Cue] = []
    for cue in _cues(segments):
        start = max(cue.start_s, 0.0, found[-1].start_s + SHORTEST_S if found else 0.0)
        found.append(Cue(start, max(cue.end_s, start + SHORTEST_S), cue.text))
    ends = [min(cue.end_s, after.start_s) for cue, after in pairwise(found)]
    return [cue._replace(end_s=end) for cue, end in zip(found, [*ends, *(c.end_s for c in found[-1:])], strict=True)]


def _cues(segments: Iterable[Segment]) -> Iterator[Cue]:
    for segment in segments:
        if segment.words:
            for words in _parted(segment.words):
                yield Cue(words[0].start_s, words[-1].end_s, _lines(" ".join(word.text for word in words)))
        elif text := " ".join(segment.text.split()):
            yield Cue(segment.start_s, segment.end_s, _lines(text))


def _parted(words: Sequence[Word]) -> list[Sequence[Word]]:
    """Words in groups that fit into a cue: parted at the best place near the middle, again and again."""
    length = sum(len(word.text) + 1 for word in words) - 1
    if len(words) == 1 or (length <= LINE * LINES and words[-1].end_s - words[0].start_s <= LONGEST_S):
        return [words]
    best, best_worth, said = len(words) // 2, -1.0, 0
    for index, (word, after) in enumerate(pairwise(words), 1):
        said += len(word.text) + 1
        off = abs(said / (length + 1) - 0.5)
        worth = _end(word.text) + min(1.0, max(0.0, after.start_s - word.end_s)) - 2 * off
        if off <= 0.25 and worth > best_worth:
            best, best_worth = index, worth
    return [*_parted(words[:best]), *_parted(words[best:])]


def _end(text: str) -> float:
    """What ends with a word: a sentence, a clause, nothing."""
    bare = text.rstrip(AROUND)
    return 1.0 if bare.endswith(SENTENCE_ENDS) else 0.5 if bare.endswith(CLAUSE_ENDS) else 0.0


def _lines(text: str) -> str:
    """Two lines of like length where one is too long; more where there is more (of words without times)."""
    if len(text) <= LINE:
        return text
    half = len(text) // 2
    for width in range(max(half, len(max(text.split(), key=len))), LINE + 1):
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        if len(lines) <= LINES:
            return "\n".join(lines)
    return "\n".join(textwrap.wrap(text, LINE, break_long_words=False, break_on_hyphens=False))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float, point: str) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{ms:03}"
