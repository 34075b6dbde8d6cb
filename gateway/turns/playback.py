"""What we have said, and how much of it was heard. Times are milliseconds of our own audio."""

from dataclasses import dataclass


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
