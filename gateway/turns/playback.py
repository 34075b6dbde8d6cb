"""What we have said, and how much of it was heard. Times are milliseconds of our own audio."""

from dataclasses import dataclass

PER_MS = 8
"""Bytes of mu-law at 8 kHz."""
FRAME = 256
"""Bytes of a frame of the caller's audio."""
SILENCE = b"\xff"
FOLLOW_FRAMES = 6
"""A telephone says at once that it has begun to play, and only later what it has played: so long its word counts."""
APART_MS = 400
"""A telephone that is so far from where it should be has waited for us, or has been elsewhere."""


@dataclass(slots=True)
class Clause:
    """A clause of the reply and where its audio lies in it; `length_ms` grows while it is synthesised."""

    text: str
    start_ms: float
    length_ms: float = 0.0
    whole: bool = False
    """All of its audio is there."""


class Playback:
    """One reply."""

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self.heard_ms = 0.0
        """As far as the other side has told us."""

    @property
    def length_ms(self) -> float:
        """All of the audio so far."""
        return self.clauses[-1].start_ms + self.clauses[-1].length_ms if self.clauses else 0.0

    @property
    def text(self) -> str:
        """All of the text so far."""
        return " ".join(clause.text for clause in self.clauses)

    def begin(self, text: str) -> None:
        """A clause begins."""
        if self.clauses:
            self.clauses[-1].whole = True
        self.clauses.append(Clause(text, self.length_ms))

    def add(self, audio_ms: float) -> None:
        """More audio of the clause."""
        self.clauses[-1].length_ms += audio_ms

    def heard(self, until_ms: float) -> None:
        """The other side has played this much."""
        self.heard_ms = max(self.heard_ms, min(until_ms, self.length_ms))

    def text_heard(self, until_ms: float | None = None) -> str:
        """The text of what was played: whole clauses, and of the one that was cut off the words that fit."""
        until = self.heard_ms if until_ms is None else until_ms
        said: list[str] = []
        for clause in self.clauses:
            if until >= clause.start_ms + clause.length_ms and clause.length_ms:
                said.append(clause.text)
                continue
            share = (until - clause.start_ms) / clause.length_ms if clause.length_ms else 0.0
            if share > 0:
                spoken = clause.text.split()
                said.append(" ".join(spoken[: int(share * len(spoken))]))
            break
        return " ".join(part for part in said if part)

    def in_last_clause(self) -> bool:
        """Whether the last clause, the one that holds the question, is being played."""
        return bool(self.clauses) and self.clauses[-1].whole and self.heard_ms >= self.clauses[-1].start_ms


@dataclass(frozen=True, slots=True)
class Sounding:
    """An item that is being played, its audio as far as there is any, and how far into it the other side is."""

    item_id: str
    audio: bytes | bytearray
    position_ms: float


class Timeline:
    """Our audio beside the caller's: what was being played in each of their frames, without a break within an item."""

    def __init__(self) -> None:
        self._item_id, self._frames, self._at = "", 0, 0

    def frame(self, sounding: Sounding | None) -> bytes:
        """Our side of the caller's next frame; `sounding` is of its end."""
        if sounding is None:
            self._frames = 0
            return SILENCE * FRAME
        if sounding.item_id != self._item_id:
            self._item_id, self._frames = sounding.item_id, 0
        told = round(sounding.position_ms * PER_MS)
        self._frames += 1
        self._at = min(self._at + FRAME, len(sounding.audio))
        if self._frames <= FOLLOW_FRAMES or abs(self._at - told) > APART_MS * PER_MS:
            self._at = told
        piece = bytes(sounding.audio[max(0, self._at - FRAME) : max(0, self._at)])
        return piece.ljust(FRAME, SILENCE) if self._at >= FRAME else piece.rjust(FRAME, SILENCE)
