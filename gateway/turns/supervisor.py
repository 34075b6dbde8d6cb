"""Keeps a call from ever being silent: budgets for each leg of an answer, and for the caller's silence.

It is asked with the time of a clock (seconds) what has to be done now, and answers at most one thing at a time.
"""

from dataclasses import dataclass
from enum import Enum


class Act(Enum):
    """What has to be done now."""

    MASK = "mask"
    """Say a short phrase that is kept ready: the answer is late."""
    HEDGE = "hedge"
    """Ask the next engine too: the first token is late."""
    GIVE_UP = "give_up"
    """The answer does not come: apologise, and ask again."""
    PROMPT = "prompt"
    """The caller is silent: ask whether they are there, and what we asked."""
    LEAVE = "leave"
    """The caller was silent too often: say goodbye."""
    TIME_UP = "time_up"
    """The call is as long as one may be."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Seconds."""

    mask_s: float = 1.2
    """From the end of the turn to our first sound, and between two pieces of an answer that is being spoken, before
    something short is said.
    """
    hedge_s: float = 1.5
    """From gpt's request to its first token, before another engine is asked."""
    give_up_s: float = 9.0
    """From the end of the turn to the answer's first sound."""
    idle_s: float = 7.0
    """Silence of both sides, before the caller is asked whether they are there."""
    max_idle: int = 3
    """The silence after which we say goodbye."""
    max_call_s: float = 1_800.0


class Supervisor:
    """One call. Tell it what happens; ask `due` every 100 ms or so."""

    def __init__(self, budgets: Budgets, now: float) -> None:
        self.budgets = budgets
        self._began = now
        self._waiting: float | None = None
        self._gpt: float | None = None
        self._masked = self._hedged = self._gave_up = self._ended = False
        self._quiet: float | None = None
        self._idle = 0

    def waits(self, now: float) -> None:
        """The caller's turn is over: the answer is awaited."""
        self._waiting, self._quiet = now, None
        self._masked = self._gave_up = False

    def asked_gpt(self, now: float) -> None:
        """Gpt was asked."""
        self._gpt, self._hedged = now, False

    def answered_gpt(self) -> None:
        """Its first token came, or nobody waits for it any more."""
        self._gpt = None

    def sounds(self) -> None:
        """The answer is heard, or is not wanted any more: nothing is awaited."""
        self._waiting = None
        self._quiet = None

    def quiet(self, now: float) -> None:
        """Nobody speaks: we have said all."""
        if self._quiet is None and self._waiting is None:
            self._quiet = now

    def spoke(self) -> None:
        """The caller speaks."""
        self._quiet, self._idle = None, 0

    def stirs(self) -> None:
        """Something is heard that may be speech: the silence is over, though not counted as an answer."""
        self._quiet = None

    def due(self, now: float) -> Act | None:
        """What has to be done now; each thing is said once."""
        if now - self._began >= self.budgets.max_call_s and not self._ended:
            self._ended = True
            return Act.TIME_UP
        if self._waiting is not None:
            return self._late(now - self._waiting, now)
        if self._quiet is not None and now - self._quiet >= self.budgets.idle_s:
            self._quiet = None
            self._idle += 1
            return Act.LEAVE if self._idle >= self.budgets.max_idle else Act.PROMPT
        return None

    def _late(self, waited: float, now: float) -> Act | None:
        if waited >= self.budgets.give_up_s and not self._gave_up:
            self._gave_up = True
            return Act.GIVE_UP
        if self._gpt is not None and now - self._gpt >= self.budgets.hedge_s and not self._hedged:
            self._hedged = True
            return Act.HEDGE
        if waited >= self.budgets.mask_s and not self._masked:
            self._masked = True
            return Act.MASK
        return None
