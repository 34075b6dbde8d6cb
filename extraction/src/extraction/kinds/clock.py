"""A time of day: `time`."""

from collections.abc import Sequence
from dataclasses import replace

from extraction import asides, lexicon, patterns, reading, time, time_words
from extraction.kinds import Ask, Candidate
from extraction.utterance import Utterance

SURE, SAID_EARLY, IN_PASSING, REQUEST, DROPPED = 0.95, 0.9, 0.45, 0.8, 0.2
"""Confidence: asked for; unasked, in words that are a time by themselves, and in others; in a question; of something
else."""
PATCHED, UNSURE = 0.9, 0.6
DAY = 24 * 60


class Clock:
    """Times of day, as HH:MM."""

    name, order, dictated = "time", 3, False
    normal, apart, literal, strict = "HH:MM", "", False, True

    def find(self, said: Utterance, ask: Ask) -> Sequence[Candidate]:
        """The time that an utterance names; both of them where it may be one of two."""
        hit = self._search(said, ask)
        if hit is None:
            return []
        aside = self._aside(hit.span, said, ask)
        sure = SURE if hit.confidence >= reading.SURE else hit.confidence
        if not ask.asked:
            sure = min(sure, SAID_EARLY if hit.certain else IN_PASSING)
        if len(hit.values) > 1:  # to be asked, however it was said
            sure = time.ASKED
        evidence = {"said": sure}
        if asides.unsure(said, (hit.span,)):
            sure = evidence["unsure"] = min(sure, UNSURE)
        if aside:
            evidence[aside] = REQUEST if aside == "request" else DROPPED
            sure = min(sure, evidence[aside])
        return [Candidate(hit.values[0], sure, (hit.span,), hit.values[1:], evidence)]

    def _search(self, said: Utterance, ask: Ask) -> time.Hit | None:
        """The time that is said; behind a change of mind the last one, of the same half of the day."""
        open_ = ask.asked or ask.corrects
        whole = time.search(said.text, said.language, ask.hours, asked=open_)
        if whole is None or len(said.parts) == 1:
            return whole
        hit, at = None, 0
        for part in said.parts:
            start = said.text.find(part.text, at)
            at = start + len(part.text)
            alone = said.cut(((0, start), (at, len(said.text))))
            found = time.search(alone.text, said.language, ask.hours, asked=open_ or hit is not None)
            if found is None:
                continue
            if hit and len(hit.values) == 1 and (len(found.values) > 1 or found.confidence < reading.SURE):
                hour, minutes = int(found.values[0][:2]) % 12, found.values[0][2:]
                same = f"{hour + 12 * (int(hit.values[0][:2]) >= 12):02d}{minutes}"
                found = replace(found, values=(same,), confidence=hit.confidence)
            hit = found
        return hit

    def _aside(self, span: tuple[int, int], said: Utterance, ask: Ask) -> asides.Aside:
        aside = asides.of(said, (span,))
        if (aside == "calls" and asides.is_about_calls(ask.question, said.language)) or (
            aside in ("past", "every") and ask.asked
        ):
            return ""
        return "request" if aside == "question" and ask.asked else aside

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """The value in the other half of the day, or some hours or minutes later."""
        digits = time.digits(said.text, said.language)
        words, hour, minute = time_words.of(said.language), int(value[:2]), int(value[3:])
        for pattern, by in ((words.later, 1), (words.earlier, -1)):
            if match := patterns.search(pattern, digits.text):
                number = int(match["n"][:4]) if (match["n"] or "").isdigit() else 1
                moved = (60 * hour + minute + by * number * (60 if match["hours"] else 1)) % DAY
                return Candidate(
                    f"{moved // 60:02d}:{moved % 60:02d}",
                    PATCHED,
                    (digits.source(*match.span()),),
                    (),
                    {"patch": PATCHED},
                )
        if time.search(said.text, said.language, ask.hours, asked=True):
            return None
        other = time.half_of(digits.text, hour % 12 or 12, words)
        part = next((m for p in (words.night, words.pm, words.am) if (m := patterns.search(p, digits.text))), None)
        if other is None or part is None or other == hour:
            return None
        made = f"{other:02d}:{minute:02d}"
        return Candidate(made, PATCHED, (digits.source(*part.span()),), (), {"patch": PATCHED})

    def read(self, text: str, ask: Ask) -> reading.Reading:
        """A text that is nothing but a time."""
        return time.read(text, language=ask.languages[0] if ask.languages else "", hours=ask.hours)

    def check(self, value: str, ask: Ask) -> str:
        """A time that is wholly understood, as HH:MM."""
        found = self.read(value, ask)
        return "" if found.unread else found.value

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """As it is."""
        return value

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """Behind an "at" the hour comes; a time that can be only one is all."""
        text = said.text.lower().rstrip(" ,.…")
        at = "|".join(lexicon.of(said.language).times.at.split())
        if patterns.search(rf"(?<!\w)(?:{at})$", text):
            return True
        hit = time.search(said.text, said.language, ask.hours, asked=ask.asked)
        return False if hit and hit.certain and len(hit.values) == 1 else None


TIME = Clock()
