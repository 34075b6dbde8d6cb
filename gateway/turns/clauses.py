"""Cuts a reply into clauses while it is still being written, so that its beginning can be spoken already.

A cut never falls into a number (3.50, 1,000), an abbreviation (Dr. Smith), an address (a.b@c.de) or a time (10:30).
"""

import re

from gateway.turns import vocabulary

SENTENCE_CHARS, FIRST_CHARS = 4, 12
"""A sentence, or a first clause, that is shorter than this is spoken together with what follows."""
CLAUSE_CHARS = 24
"""A comma ends a later clause only after so many characters."""
LONGEST = 220
"""A clause without any mark is cut at a space after so many characters."""
_SENTENCE_END = re.compile(r"[.!?…]+[\"»”)]*(?=\s)|[。！？]|\n+")
_CLAUSE_END = re.compile(r"[,;:—](?=\s)|\s–(?=\s)")
_LAST_WORD = re.compile(r"([^\s\"«“(]+)$")


class Clauses:
    """One reply. `feed` gives the clauses that are complete, `end` the rest."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._text = ""
        self._first = True

    def feed(self, piece: str) -> list[str]:
        """More of the reply."""
        self._text += piece
        found = []
        while (cut := self._cut()) is not None:
            clause, self._text = self._text[:cut].strip(), self._text[cut:].lstrip()
            if clause:
                found.append(clause)
                self._first = False
        return found

    def end(self) -> list[str]:
        """The reply is complete."""
        rest, self._text = self._text.strip(), ""
        return [rest] if rest else []

    def _cut(self) -> int | None:
        least = FIRST_CHARS if self._first else CLAUSE_CHARS
        for match in _SENTENCE_END.finditer(self._text):
            if match.end() >= SENTENCE_CHARS and not self._abbreviated(match):
                return match.end()
        for match in _CLAUSE_END.finditer(self._text):
            if match.end() >= least:
                return match.end()
        if len(self._text) > LONGEST:
            space = self._text.rfind(" ", 0, LONGEST)
            return space if space > 0 else None
        return None

    def _abbreviated(self, match: re.Match[str]) -> bool:
        if not match[0].startswith(".") or match[0] != ".":
            return False
        before = _LAST_WORD.search(self._text[: match.start()])
        word = before[1] if before else ""
        # "1. Juli", "5. этаж": an ordinal; "1. First" an item of a list; "3.50" has no space and is no candidate.
        ordinal = vocabulary.of(self._language).ordinal_dot or not self._text[: match.start() - len(word)].strip()
        return (ordinal and word.isdigit() and len(word) <= 2) or vocabulary.is_abbreviation(word, self._language)
