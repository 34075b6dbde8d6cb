"""A text that was rewritten (numbers as digits, holidays as dates), and where each of its signs came from."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from extraction import patterns


@dataclass(frozen=True, slots=True)
class Mapped:
    """`text` and, for each of its characters, from where to where in the original text it came."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> "Mapped":
        """A text as it is."""
        return cls(text, tuple((at, at + 1) for at in range(len(text))))

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that a part of `text` was made of."""
        if end == start + 1 and end <= len(self.spans):
            return self.spans[start]
        parts = self.spans[start:end]
        if not parts:
            at = self.spans[start][0] if start < len(self.spans) else (self.spans[-1][1] if self.spans else 0)
            return at, at
        return min(first for first, _ in parts), max(last for _, last in parts)

    def through(self, later: "Mapped") -> "Mapped":
        """A rewriting of `text` by somebody else, with the places of the original."""
        if later.text == self.text:
            return self
        return Mapped(later.text, tuple(self.source(start, end) for start, end in later.spans))

    def sub(self, pattern: str, by: str | Callable[[re.Match[str]], str], flags: int = 0) -> "Mapped":
        """Every match replaced; what is put in stands for all of the match."""
        if not patterns.search(pattern, self.text, flags):
            return self
        made, spans, at = "", [], 0
        for match in patterns.finditer(pattern, self.text, flags):
            first, last = match.span()
            new = by(match) if callable(by) else match.expand(by)
            made += self.text[at:first] + new
            spans += [*self.spans[at:first], *[self.source(first, last)] * len(new)]
            at = last
        return Mapped(made + self.text[at:], (*spans, *self.spans[at:]))
