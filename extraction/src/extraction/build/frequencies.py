"""Makes languages/<code>/words.txt for every language that has a folder: `key<TAB>tenths of Zipf`.

Source: wordfreq (https://github.com/rspeer/wordfreq, its lists CC BY-SA 4.0), the most frequent words of a language.
"""

from importlib import import_module

from extraction.frequency import FOLDER
from extraction.table import folded, write

MOST = 25_000


def main() -> None:
    """Write the files anew."""
    wordfreq = import_module("wordfreq")
    for folder in sorted(FOLDER.iterdir()):
        found: dict[str, int] = {}
        for word in wordfreq.top_n_list(folder.name, MOST):
            key = folded(word)
            if key and not any(sign.isdigit() for sign in key):
                found[key] = max(found.get(key, 0), round(10 * wordfreq.zipf_frequency(word, folder.name)))
        write(folder / "words.txt", [f"{key}\t{value}" for key, value in found.items()])
