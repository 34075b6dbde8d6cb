"""Keys pressed on the telephone: they fill any field that is made of digits, and answer a question for confirmation."""

from collections.abc import Callable

from extraction import words
from gateway.realtime.talk import Talk
from gateway.turns.endpointing import is_complete
from mesh.wire.events import KeyPressed

PAUSE_S = 2.5
"""After the last key, what was keyed in is complete."""


class Keys:
    """One call's. `keyed` gets what was keyed in, as words: 1 is yes and 2 is no, a leading star is a plus."""

    def __init__(self, talk: Talk, keyed: Callable[[str], None]) -> None:
        self._talk, self._keyed = talk, keyed
        self._digits = ""
        self._at = 0.0

    def press(self, digit: str) -> None:
        """One more key; `#` ends the answer, and so does one after which no more can follow."""
        self._talk.speaker.cut("turn_detected")  # whoever presses keys has heard enough
        self._talk.supervisor.spoke()
        self._talk.journal.note(KeyPressed(digit=digit))
        self._at = self._talk.clock()
        if digit != "#":
            self._digits += digit
        question = self._talk.question()
        if digit == "#" or question.confirms or is_complete(self._digits, question):
            self._complete()

    def tick(self, now: float) -> None:
        """Notice that the caller has stopped keying in."""
        if self._digits and now - self._at >= PAUSE_S:
            self._complete()

    def _complete(self) -> None:
        digits, self._digits = self._digits, ""
        question = self._talk.question()
        if question.confirms and digits in ("1", "2"):
            digits = words.first(digits == "1", question.language)
        elif digits.startswith("*"):
            digits = "+" + digits[1:]
        if digits:
            self._keyed(digits)
