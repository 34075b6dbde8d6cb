"""Days: `date`, one of them, and `date_range`, one or from one to another."""

from collections.abc import Sequence
from datetime import date, timedelta

from extraction import asides, dates, day_patch, heads, lexicon, ordinals, patterns, relative, relative_length
from extraction.date_marks import CLOSE, stay
from extraction.date_points import apart, points
from extraction.date_words import tokens
from extraction.dates import Hit
from extraction.kinds import Ask, Candidate
from extraction.reading import Reading
from extraction.utterance import Utterance

LONG = timedelta(60)
"""A stay that few mean: it is asked for again, or read back."""
DROPPED = 0.2
_SAID = {("month", True): 0.95, ("month", False): 0.92, ("relative", True): 0.92, ("relative", False): 0.65}
_BARE = {("bare", True): 0.85, ("bare", False): 0.45}
"""How sure days are by the way in which they were said, asked for and unasked."""
_DOUBTS = {"order known": 0.8, "order unknown": 0.5, "weekday": 0.5, "list": 0.5, "another day": 0.45}
_MORE_DOUBTS = {
    "long": 0.45,
    "over": 0.4,
    "one of two": 0.5,
    "of a noun": 0.5,
    "today in passing": 0.45,
    "in passing": 0.45,
    "request": 0.8,
    "vague": 0.45,
    "occasion": 0.6,
    "around an occasion": 0.55,
    "open": 0.4,
    "unsure": 0.6,
    "beside": 0.7,
    "unexplained": 0.8,
    "every": 0.45,
}
LASTS = 0.92
"""How sure a stay is whose first day was there already."""
SECOND = 2
MUCH = 3
"""Words from which a sentence is about something else than the day that is said in it."""
_ASIDE = {"only today": DROPPED, "question": DROPPED, "calls": DROPPED, "past": DROPPED}
"""At most so sure, for each reason to doubt."""


class Days:
    """One kind for each number of days."""

    dictated = False
    apart = ""
    literal = False
    strict = True

    def __init__(self, name: str, order: int, *, single: bool) -> None:
        self.name, self.order, self._single = name, order, single
        self.normal = "YYYY-MM-DD" if single else "YYYY-MM-DD/YYYY-MM-DD"

    def find(self, said: Utterance, ask: Ask) -> Sequence[Candidate]:
        """The days that an utterance speaks of."""
        open_ = ask.asked or ask.corrects
        said = heads.without(said)
        hit = dates.search(said.text, said.language, ask.today, ask.region, asked=open_)
        if hit is None:
            return self._completed(said, ask)
        if hit.how == "bare" and not ask.asked and len(hit.found.days) < 2:
            return []
        if hit.how == "bare" and ask.corrects and ask.known and self.patch(ask.known, said, ask):
            return []  # they are days of the month that is held
        days = hit.found.days
        spans = tuple(hit.found.spans)
        doubts = self._doubts(hit, said, ask)
        base = {**_SAID, **_BARE}[hit.how, ask.asked]
        most = {**_DOUBTS, **_MORE_DOUBTS, **_ASIDE}
        sure = min([base, *(most[doubt] for doubt in doubts)])
        evidence = {hit.how: base} | {doubt: most[doubt] for doubt in doubts}
        evidence |= {"mended": sure} if hit.found.mended else {}
        if self._single and len(days) > 1:
            values = [day.isoformat() for day in days]
        else:
            values = [dates.value_of(days), *([dates.value_of(list(hit.found.other))] if hit.found.other else [])]
        return [Candidate(values[0], sure, spans, tuple(values[1:]), evidence)]

    def _doubts(self, hit: Hit, said: Utterance, ask: Ask) -> list[str]:
        found, days, open_ = hit.found, hit.found.days, ask.asked or ask.corrects
        today = hit.how == "relative" and days == [ask.today] and not ask.asked
        told = {
            "order known": found.ambiguous and hit.decided,
            "order unknown": found.ambiguous and not hit.decided,
            "weekday": found.doubtful,
            "list": found.listed,
            "another day": found.left,
            "beside": found.beside,
            "unexplained": found.unexplained or _is_left(said, hit),
            "long": days[-1] - days[0] > LONG,
            "over": days[0] < ask.today,
            "one of two": self._single and len(days) > 1,
            "today in passing": today and self._single,
            "in passing": not open_ and _is_beside(said, hit) and not self._is_wanted(said, hit),
            "of a noun": hit.of_a_noun,
            "only today": today and not self._single,
            "vague": hit.vague,
            "occasion": hit.occasion and not self._single and len(days) == 1,
            "around an occasion": hit.occasion and not self._single and len(days) == 1 and ask.asked,
            "open": hit.open and not self._single,
            "unsure": asides.unsure(said, found.spans),
        }
        return [doubt for doubt, is_so in told.items() if is_so] + self._aside(hit, said, ask)

    def _is_wanted(self, said: Utterance, hit: Hit) -> bool:
        """Whether one day that is said beside much else is likely the caller's own: it is all that is looked for, or
        said to be the first one.
        """
        start = lexicon.of(said.language).dates.start
        before = said.text[: min(first for first, _ in hit.found.spans)].lower().split()[-CLOSE:]
        if hit.how != "month":
            return False
        return self._single or hit.occasion or any(patterns.fullmatch(start, word) for word in before)

    def _aside(self, hit: Hit, said: Utterance, ask: Ask) -> list[str]:
        """What the sentence is in which the days stand: a stay may well be asked for in a question."""
        aside = asides.of(said, tuple(hit.found.spans))
        if aside == "calls" and asides.is_about_calls(ask.question, said.language):
            return []
        if aside == "past" and (ask.asked or hit.found.years):
            return []
        if aside == "every" and ask.asked:
            return [] if len(hit.found.days) > 1 else ["every"]
        asked = ask.asked and hit.how != "relative"
        if aside == "question" and (asked or (len(hit.found.days) > 1 and not self._single)):
            return ["request"]
        return ["past" if aside == "every" else aside] if aside else []

    def _completed(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """The days from one that is there on, where it is said how many: "four nights"."""
        if self._single or not ask.known or "/" in ask.known or ask.corrects or said.asks:
            return []
        whole = dates.as_digits(said.text, said.language)
        text = relative_length.without_denied(whole.text, said.language)
        days = relative.lasting([date.fromisoformat(ask.known)], text, said.language)
        spans = tuple(whole.source(*span) for span in relative.durations(text, said.language))
        if len(days) < SECOND or days[-1] - days[0] > LONG or asides.of(said, spans):
            return []
        return [Candidate(dates.value_of(days), LASTS, spans, (), {"length": LASTS})]

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """The value with one end, its month, its year or its length replaced."""
        made = day_patch.patch(value, heads.without(said), ask.today, single=self._single)
        if made is None or (self._single and len(made.days) > 1):
            return None
        sure = made.sure if made.days[0] >= ask.today else min(made.sure, _MORE_DOUBTS["over"])
        sure = min(sure, _MORE_DOUBTS["long"]) if made.days[-1] - made.days[0] > LONG else sure
        return Candidate(dates.value_of(made.days), sure, tuple(made.spans), made.others, {"patch": sure})

    def read(self, text: str, ask: Ask) -> Reading:
        """A text that is nothing but days."""
        return dates.read(text, ask.today, language=ask.languages[0] if ask.languages else "", region=ask.region)

    def check(self, value: str, ask: Ask) -> str:
        """A day or a range that is wholly understood, in its normal form."""
        reading = self.read(value, ask)
        return "" if reading.unread or (self._single and "/" in reading.value) else reading.value

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """In words, with the year where it is not that of the next such day."""
        return dates.spoken(value, ask.languages[0], ask.today)

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """A "from" waits for its "to"; a day with its month is all, or both of them where it is a range."""
        language = said.language
        has = lexicon.of(language).dates
        row = apart(tokens(dates.as_digits(said.text, language).text, language), language)
        if not row:
            return None
        named = [
            point for point in points(row, "day first", ask.today, language) if point.day or point.weekday is not None
        ]
        trailing = row[-1].kind in ("to", "and") or row[-1].text.lower() in has.of.split()
        if trailing and (named or len(row) > 1):
            return True
        kinds = {token.kind for token in row}
        starts = any(patterns.fullmatch(has.start, token.text.lower()) for token in row)
        if not self._single and starts and len(named) <= 1 and not kinds & {"to", "back"}:
            return None if relative.durations(dates.as_digits(said.text, language).text, language) else True
        if named and (self._single or len(named) > 1) and any(point.month for point in named):
            return False
        return None


def _is_left(said: Utterance, hit: Hit) -> bool:
    """Whether a day is said, as an ordinal, that none of the days is; "first" and "second" may be of anything."""
    rest = "".join(" " if any(a <= at < b for a, b in hit.found.spans) else sign for at, sign in enumerate(said.text))
    known = {day.day for day in stay(hit.found.days)}
    return any(day > SECOND and day not in known for day in ordinals.days(rest, said.language))


DATE_RANGE, DATE = Days("date_range", 1, single=False), Days("date", 2, single=True)


def _is_beside(said: Utterance, hit: Hit) -> bool:
    """Whether one day is said in a sentence that tells much else: "I will be in the office on Monday"."""
    if len(hit.found.days) > 1:
        return False
    own = sum(len(said.text[start:end].split()) for start, end in hit.found.spans)
    return len(said.words) > (own + MUCH if hit.how == "month" else 2 * own + MUCH)
