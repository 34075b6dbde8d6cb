"""What the words of a spoken e-mail address are, each by itself."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Place = Literal["", "begin", "end"]


class Part(IntEnum):
    """What a word is in an address. A JOIN says that words are one; an ASIDE adds nothing; OWN is whose it is."""

    AT, DOT, SIGN, JOIN, ASIDE, LETTER, NUMBER, OWN, WORD = range(9)


@dataclass(frozen=True, slots=True)
class Remark:
    """How a word is written: with a k, with two l's at the end, without an e; `instead` of another letter."""

    letters: str
    place: Place = ""
    without: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as the address has it, in small Latin letters without accents, "" for a name that we do not know;
    `said` as it was spoken.
    """

    part: Part
    text: str
    said: str
    start: int
    end: int
    gap: str
    """What parts it from the token before: "" nothing but space, "," a pause, "." the end of a sentence."""
    guessed: bool = False
    """Its letters are those of another alphabet, or of a name, which may be written in more than one way."""
    remark: Remark | None = None

    @property
    def is_piece(self) -> bool:
        """Whether it may be joined with what stands beside it without a remark."""
        return self.part in (Part.LETTER, Part.NUMBER, Part.OWN)

    @property
    def is_text(self) -> bool:
        return self.part >= Part.LETTER
