"""Endpointing: how long a silence must last before the caller's turn is over, by what they have said so far.

A silence alone says little: 0.3 s after "yes" is the end, 1.2 s within a dictated phone number is not. So the wait
follows from the transcript of the turn so far and from the field that was asked for, whose kind knows whether such a
value is complete.
"""

from dataclasses import dataclass, replace
from datetime import date

from extraction import patterns
from extraction.kinds import Ask, Kind
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance
from gateway.turns import vocabulary

QUICK_MS = 200
"""After a complete answer to what was asked."""
ENDED_MS = 250
"""After a sentence that may answer what was asked."""
PLAIN_MS = 290
"""After a sentence."""
OPEN_MS = 420
"""After words that neither end nor break off."""
LONG_MS = 1_100
"""After words that show that more comes."""
DICTATION_MS = 1_500
"""Within a number or an address that is being dictated."""
UNHEARD_MS = 800
"""When the transcript is not there yet."""

_SPELLED = r"(?:^|[\s,-])[^\W\d_](?:[\s,.-]+[^\W\d_])+[\s.,]*$"
_NOTHING = Ask(("en",), "US", date(2027, 1, 1))


@dataclass(frozen=True, slots=True)
class Question:
    """What our last words asked for: a field, whether what we have is right, or nothing."""

    name: str = ""
    """The field's name, or `confirm`."""
    kind: Kind | None = None
    """The field's."""
    confirms: bool = False
    """Yes or no is the answer."""
    language: str = "en"
    ask: Ask = _NOTHING
    """What the answer is read for."""

    @property
    def dictated(self) -> bool:
        """Whether the answer comes in groups with pauses between them."""
        return self.kind is not None and self.kind.dictated


def unheard_ms(question: Question) -> int:
    """The wait while nobody knows yet what was said."""
    return DICTATION_MS if question.dictated else UNHEARD_MS


def patience_ms(text: str, question: Question) -> int:
    """The wait after `text`, the whole of the turn so far ("" when no words were recognised)."""
    if not text.strip():
        return OPEN_MS
    said = Utterance(text, question.language)
    more = _goes_on(said, question)
    if more:
        return _dictation(said, question)
    if more is False and question.dictated:
        return QUICK_MS
    if vocabulary.trails_off(text, question.language) or patterns.search(_SPELLED, text):
        return LONG_MS
    if question.confirms and said.answer:
        return QUICK_MS
    if question.kind is None or more is None:
        others = (kind for kind in KINDS.values() if kind.dictated and kind is not question.kind)
        ask = replace(question.ask, asked=False)
        if not _is_answer(said, question) and any(kind.goes_on(said, ask, "") for kind in others):
            return DICTATION_MS
    return ENDED_MS if more is False else _sentence(text, question)


def is_whole(text: str, question: Question) -> bool:
    """Whether `text` may well be all that the caller says, even before they have paused."""
    return bool(text.strip()) and patience_ms(text, question) <= PLAIN_MS


def is_complete(text: str, question: Question) -> bool:
    """Whether nothing can follow what has been dictated."""
    return question.dictated and _goes_on(Utterance(text, question.language), question) is False


def _goes_on(said: Utterance, question: Question) -> bool | None:
    return question.kind.goes_on(said, question.ask, question.ask.before) if question.kind else None


def _is_answer(said: Utterance, question: Question) -> bool:
    return question.kind is not None and bool(question.kind.find(said, question.ask))


def _dictation(said: Utterance, question: Question) -> int:
    """The wait for more of a value: shorter where what is there may be all of it."""
    return DICTATION_MS if question.dictated and not _is_answer(said, question) else LONG_MS


def _sentence(text: str, question: Question) -> int:
    ended = text.rstrip().endswith((".", "!", "?", "。"))
    if question.name:  # a short answer to a question is an answer
        return ENDED_MS if ended else PLAIN_MS
    return PLAIN_MS if ended else OPEN_MS
