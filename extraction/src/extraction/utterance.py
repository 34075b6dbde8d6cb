"""What a caller said, parsed once: its words, the readings of its numbers, yes or no, and changes of mind.

An utterance is handed to every kind of field; none of them parses the text again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from extraction import changes, numerals, words
from extraction.mapped import Mapped

_CLAUSES = re.compile(r"(?:[,;:!?…]|(?<!\d)\.)+(?=\s|$)")
_SENTENCES = re.compile(r"(?:[;!?…]|(?<!\d)\.)+(?=\s|$)")  # "the 17." goes on


@dataclass(frozen=True)
class Utterance:
    """`text` is as it was said; `language` that in which it is read, one that has a lexicon."""

    text: str
    language: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words in small letters, with their apostrophes and hyphens."""
        return tuple(word.lower().replace("’", "'") for word in words.split(self.text))

    @cached_property
    def is_cased(self) -> bool:
        """Whether capitals tell anything: it has one that does not begin it."""
        return any(sign.isupper() for sign in self.text.strip()[1:]) and not self.text.isupper()

    @cached_property
    def asks(self) -> bool:
        """Whether it is, or ends with, a question."""
        return self.text.rstrip(' "»”').endswith("?")

    @cached_property
    def answer(self) -> str:
        """`yes`, `no`, or "" for neither."""
        return words.means(self.text, self.language)

    @cached_property
    def excepts(self) -> bool:
        """Whether it goes on, behind a yes, with what is not right after all: "all fine, only it's three of us"."""
        return self.answer == "yes" and not self.asks and changes.excepts(self.text, self.language)

    @cached_property
    def readings(self) -> Sequence[Mapped]:
        """The text with its numbers as digits, in every way that it can be read, the most natural one first.

        They are worked out as they are asked for: most kinds need the first one alone.
        """
        return numerals.read(self.text, self.language)

    @cached_property
    def parts(self) -> tuple["Utterance", ...]:
        """What was said before and after each change of mind ("no wait", "I mean"); itself alone when there is none."""
        made = changes.parts(self.text, self.language)
        return tuple(replace(self, text=part) for part in made) if len(made) > 1 else (self,)

    @cached_property
    def clauses(self) -> tuple[tuple[int, "Utterance"], ...]:
        """What signs part, each with where it begins; nothing when there is only one."""
        return self._apart(_CLAUSES)

    @cached_property
    def sentences(self) -> tuple[tuple[int, "Utterance"], ...]:
        """The same by sentences."""
        return self._apart(_SENTENCES)

    def _apart(self, signs: re.Pattern[str]) -> tuple[tuple[int, "Utterance"], ...]:
        ends = [match.span() for match in signs.finditer(self.text)]
        starts = [0, *(end for _, end in ends)]
        limits = [*(start for start, _ in ends), len(self.text)]
        made = tuple(
            (first, replace(self, text=self.text[first:last]))
            for first, last in zip(starts, limits, strict=True)
            if self.text[first:last].strip()
        )
        return made if len(made) > 1 else ()

    @cached_property
    def refuses(self) -> bool:
        """Whether it clearly refuses an answer: "I'd rather not say"."""
        return words.refuses(self.text, self.language)

    def names(self, nouns: tuple[str, ...]) -> bool:
        """Whether one of its words begins as these do, behind an article that is written with it too: "l'adresse"."""
        return any(part.startswith(nouns) for word in self.words for part in (word, *word.split("'")[1:]) if part)

    def cut(self, spans: tuple[tuple[int, int], ...]) -> "Utterance":
        """The utterance without parts of it; blanks keep the places of the rest."""
        text = self.text
        for start, end in spans:
            text = text[:start] + " " * (end - start) + text[end:]
        return replace(self, text=text)
