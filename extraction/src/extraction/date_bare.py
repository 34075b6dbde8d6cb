"""Days whose month is not said: "the fifth", "from the 5th to the 9th", "Thursday the third"."""

import re
from datetime import date, timedelta

from extraction import lexicon, patterns, relative
from extraction.date_marks import CLOSE
from extraction.date_points import points
from extraction.date_words import Token, tokens
from extraction.relative_words import of

MOST_AHEAD = 45
"""Days until a day of the month that is said without its month."""


def find(row: list[Token], said: str, language: str, today: date, *, single: bool) -> relative.Days:
    """Days of a month that is not named: "the fifth" (`single`: it was an ordinal), "from 5 to 10"; the next ones."""
    bare = [point for point in points(row, "day first", today, language) if point.day and not point.month]
    if any(point.year for point in bare) or any(re.search(r"\d", token.text) for token in row if token.kind == "word"):
        return [], []
    pair = len(bare) == 2 and any(token.kind == "to" for token in row[bare[0].last + 1 : bare[1].first])
    if not pair and not (len(bare) == 1 and single):
        return [], []
    first = next((d for n in range(62) if (d := today + timedelta(n)).day == bare[0].day), None)
    last = next((d for n in range(62) if first and (d := first + timedelta(n)).day == bare[-1].day), None)
    if first is None or last is None:
        return [], []
    days = relative.lasting([first], said, language) if len(bare) == 1 else [first, last]
    return days, [(row[point.first].start, row[point.last].end) for point in bare]


def on_weekday(row: list[Token], said: str, today: date, language: str) -> relative.Days | None:
    """A day of the month with its day of the week, "Thursday the third": the next one that is both."""
    both = [point for point in points(row, "day first", today, language) if point.day and point.weekday is not None]
    if len(both) != 1 or both[0].year:
        return None
    for away in range(MOST_AHEAD):
        day = today + timedelta(away)
        if day.day == both[0].day and day.weekday() == both[0].weekday:
            span = (row[both[0].first].start, row[both[0].last].end)
            first = _near(row, said, span[0], today, language)
            return ([first[0], day], [first[1], span]) if first and first[0] < day else ([day], [span])
    return None


def _near(row: list[Token], said: str, before: int, today: date, language: str) -> tuple[date, relative.Span] | None:
    """Today or tomorrow as the first day of a stay whose last one stands behind it, at a place of the text: "we arrive
    tomorrow and leave on Sunday the 29th".
    """
    days, spans = relative.near(said[:before], language, today)
    if len(days) != 1:
        return None
    ahead = [token.text.lower() for token in row if token.end <= spans[0][0]][-CLOSE:]
    starts = any(patterns.fullmatch(lexicon.of(language).dates.start, word) for word in ahead)
    ends = any(token.kind in ("to", "back") for token in row if spans[0][1] <= token.start < before)
    return (days[0], spans[0]) if starts or ends else None


def beside_a_noun(said: str, language: str, spans: list[relative.Span], *, bare: bool, single: bool) -> bool:
    """Whether an ordinal stands right before a word that nothing is known of, or a weekend right behind one."""
    row = tokens(said, language)
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    if bare:
        following = next((token for token in row if token.start >= last), None)
        return single and following is not None and following.kind == "word"
    before = next((token for token in reversed(row) if token.end <= first), None)
    weekend = not single and patterns.search(of(language).weekend, said[first:last].lower()) is not None
    named = before is not None and (before.kind == "word" or patterns.fullmatch(of(language).day, before.text.lower()))
    return bool(weekend and named)
