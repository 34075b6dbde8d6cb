"""How often names and places are right that the rules hold with some confidence: `./bench.sh calibration [FOLDER...]`.

Over the lines of bench/dialogues and of FOLDERs, each as it is written and as a weak recogniser writes it (no capitals,
no punctuation), and over sentences of bench/sayings; only lines that bench.fit held out count, but for `--all`. A line
that names nobody and from which a value is taken counts as wrong.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bench import fit
from bench.sayings import Said
from extraction import table
from extraction.kinds import Ask
from extraction.kinds.registry import KINDS
from extraction.utterance import Utterance

BUCKETS = (0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
HELD = 0.5
"""Confidence from which a value counts as found."""
TODAY = date(2026, 11, 21)


def found(one: Said) -> tuple[str, float]:
    """The likeliest value in a line, and its confidence."""
    ask = Ask((one.language,), "", TODAY, asked=one.asked, elsewhere="" if one.asked else "phone")
    candidates = KINDS[one.kind].find(Utterance(one.text, one.language), ask)
    return (candidates[0].value, candidates[0].confidence) if candidates else ("", 0.0)


def table_of(lines: Iterable[Said]) -> list[str]:
    """Rows: a bucket, values in it, and how many were right."""
    counts: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    held = false = missed = 0
    for one in lines:
        value, sure = found(one)
        right = bool(one.value) and table.folded(value) == table.folded(one.value)
        if sure >= BUCKETS[0]:
            bucket = counts[max(least for least in BUCKETS if sure >= least)]
            bucket[0] += 1
            bucket[1] += right
        held += right and sure >= HELD
        false += not one.value and sure >= HELD
        missed += bool(one.value) and not (right and sure >= HELD)
    rows = ["  confidence  values  right"]
    for least, (count, good) in sorted(counts.items()):
        rows.append(f"  {least:>6.2f}+    {count:>6}  {100 * good / count:5.1f}%")
    rows.append(f"  found {held}, missed {missed}, taken from lines that have none {false}")
    return rows


def main() -> None:
    """Print a table for each kind."""
    parser = argparse.ArgumentParser(prog="./bench.sh calibration", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true", help="lines on which the weights were fitted too")
    options = parser.parse_args()
    for kind in ("name", "city"):
        lines = list(dict.fromkeys(fit.lines(kind, options.folders)))
        lines = [one for one in lines if options.all or fit.is_held_out(one)]
        made = {"made", "words"}
        for title, part in (
            ("lines of dialogues", [one for one in lines if one.source not in made]),
            ("made sentences", [one for one in lines if one.source in made]),
        ):
            print(f"{kind}: {len(part)} {title}")
            print("\n".join(table_of(part)))


if __name__ == "__main__":
    main()
