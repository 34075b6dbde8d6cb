"""Kinds of fields: what each finds in an utterance, how it is checked, patched, spoken and waited for. One registry.

Nobody outside compares the names of kinds: what differs between them is asked of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Protocol, runtime_checkable

from extraction.reading import Reading
from extraction.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Ask:
    """What an utterance is read for: one field of a form, in its circumstances."""

    languages: tuple[str, ...]
    """Those of the scenario, the session's first."""
    region: str
    today: date
    asked: bool = False
    """This field is what our last words asked for."""
    corrects: bool = False
    """A value of it is there, and the caller says something else instead."""
    elsewhere: str = ""
    """The kind of the field that was asked for, when it is another one."""
    hours: Sequence[str] = ()
    """Opening hours, as 09:00-18:00."""
    low: float | None = None
    high: float | None = None
    question: str = ""
    """The words in which the field is asked for."""
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The words of each choice, in the utterance's language."""
    known: str = ""
    """The value that the field has already."""
    before: str = ""
    """What of a dictated value came in earlier turns."""
    speaker: str = ""
    """The caller's name, where it is known: an address may be made of it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may have been said."""

    value: str
    """In its normal form; never empty."""
    confidence: float
    """How often values with such evidence are right, 0 to 1: calibrated (bench.calibration), not a feeling."""
    spans: tuple[tuple[int, int], ...] = ()
    """The parts of the utterance's text that it was made of: no other field is filled from them."""
    others: tuple[str, ...] = ()
    """Other values that the same words may mean ("at three": 15:00, or 03:00): the caller is asked which."""
    evidence: Mapping[str, float] = field(default_factory=dict)
    """What spoke for it and against it, by name."""

    def moved(self, by: int) -> "Candidate":
        """The same, found in a part of the utterance that begins so many signs on."""
        return replace(self, spans=tuple((start + by, end + by) for start, end in self.spans)) if by else self


@dataclass(frozen=True, slots=True)
class Part:
    """What part a kind's values play in a form, however they are said."""

    takes: frozenset[str] = frozenset()
    """Settings of a scenario's field that are for it."""
    open: Literal["", "day", "time"] = ""
    """What of business hours limits it."""
    reaches: Literal["", "phone", "mail"] = ""
    """How somebody is reached by it."""
    names_speaker: bool = False
    """It is who speaks: its words are of no language."""


class Kind(Protocol):
    """One kind of field. `name` is its type in a scenario."""

    name: str
    order: int
    """Those that are surest of their words come first."""
    dictated: bool
    """The answer comes in groups with pauses between them."""
    normal: str
    """Its normal form, as somebody is told it who is to write one."""
    apart: str
    """How it is asked for when it was not understood: by `digits`, by `letters`; "" for as ever."""
    literal: bool
    """Its value is what was said: a value that was not said is none."""
    strict: bool
    """What `check` does not take is no value of it; else anything that is written may be one, as a name may."""

    def find(self, said: Utterance, ask: Ask) -> Sequence[Candidate]:
        """The values that the utterance may give, the likeliest first; none where it gives none."""
        ...

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """The value with a part of it replaced ("ends in two four", "no, in June"); None where nothing says so."""
        ...

    def check(self, value: str, ask: Ask) -> str:
        """A value that somebody else proposes, in its normal form; "" where it is none."""
        ...

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """The value as it is read back, a letter or digit at a time when it was not understood."""
        ...

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """Whether the speaker is in the middle of it (True), has said all of it (False), or neither is known (None).

        `before` is what of it came in earlier turns.
        """
        ...


@runtime_checkable
class Written(Kind, Protocol):
    """A kind that people write in many ways."""

    def read(self, text: str, ask: Ask) -> Reading:
        """What a whole text says, how sure it is, and what of it was not understood."""
        ...


@runtime_checkable
class Dictated(Kind, Protocol):
    """A kind whose values come in pieces, over several turns."""

    def piece(self, said: Utterance, ask: Ask) -> Candidate | None:
        """The value so far, `ask.before` and what this utterance adds to it; None when it adds nothing.

        Its spans are where in this utterance the piece stands. It comes back as `ask.before` of the next turn.
        """
        ...
