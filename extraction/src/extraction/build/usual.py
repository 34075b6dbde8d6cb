"""How usual a name is as a word, with the accents and the capitals that it is written with: lists of wordfreq."""

from collections.abc import Iterable, Mapping
from importlib import import_module

from extraction import frequency, lexicon
from extraction.table import folded

ORDINARY, VERY_ORDINARY = 3.4, 4.6
"""Zipf from which on a word that is heard so is an ordinary one, and one that not even a region may be."""


class Usual:
    """Shares of words among all, by language; and what is heard in any of them, folded, on Zipf's scale."""

    def __init__(self, shares: Mapping[str, Mapping[str, float]], heard: Mapping[str, float]) -> None:
        self._shares, self._heard, self._most = shares, heard, dict[str, float]()
        for one in shares.values():
            self._most.update((word, share) for word, share in one.items() if share > self._most.get(word, 0.0))

    @classmethod
    def load(cls) -> "Usual":
        """Shares of wordfreq (3 MB a language), and the words.txt that were made of it."""
        wordfreq, heard = import_module("wordfreq"), dict[str, float]()
        for code in lexicon.codes():
            for line in (frequency.FOLDER / code / "words.txt").read_text(encoding="utf-8").splitlines():
                key, tenths = line.split("\t")
                heard[key] = max(heard.get(key, 0.0), int(tenths) / 10)
        return cls({code: wordfreq.get_frequency_dict(code, "best") for code in lexicon.codes()}, heard)

    def share(self, name: str, languages: Iterable[str] = ()) -> float:
        """In the language that uses it most, all of them where none is named; of several words as rare as they are
        together.
        """
        words = name.lower().replace("-", " ").split()
        if len(words) == 1 and not languages:
            return self._most.get(words[0], 0.0)
        lists = [self._shares[code] for code in languages or self._shares]
        return max((_together([one.get(word, 0.0) for word in words]) for one in lists), default=0.0)

    def is_ordinary(self, name: str, least: float = ORDINARY) -> bool:
        """Whether a name is an ordinary word somewhere, as it is heard: "Miré", and Spanish "mire"."""
        return self._heard.get(folded(name), 0.0) >= least


def _together(shares: list[float]) -> float:
    return 1 / sum(1 / one for one in shares) if shares and all(shares) else 0.0
