"""Words of which another form is frequent: a form that is in no list is a word of the language all the same."""

from functools import lru_cache

from extraction import frequency, people, table

STEM, ENDING = 4, 3
"""Letters of a stem at least, and of what may follow it."""
REST, BEFORE = 6, 6
"""Letters of the end of a compound at least, and of what may stand before it."""


@lru_cache(maxsize=8_192)
def usual(word: str, language: str) -> float:
    """How frequent the most frequent form of the same word is (frequency.zipf); RARE where none is in the list."""
    key = table.folded(word)
    found = _form(key, language)
    if found > frequency.RARE:
        return found
    # "Zwischenmiete", "турагентство": the end of a compound, or a verb without its prefix
    ends = (key[at:] for at in range(2, min(BEFORE, len(key) - REST) + 1))
    return max((_form(end, language, ending=2) for end in ends), default=frequency.RARE)


def _form(key: str, language: str, ending: int = ENDING) -> float:
    """Of the words that share the longest stem, names left out."""
    file = frequency.FOLDER / language / "words.txt"
    if not file.is_file():
        return frequency.RARE
    for cut in range(min(ending, len(key) - STEM) + 1):
        stem = key[: len(key) - cut]
        if len(stem) < 0.7 * len(key):
            break
        same = [
            int(values[0]) / 10
            for other, values in table.beginning(file, stem)
            if len(other) <= len(stem) + ENDING and not any(people.known(other))
        ]
        if same:
            return max(same)
    return frequency.RARE
