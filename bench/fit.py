"""Fits the weights of evidence for names and places (extraction/weights.json): `./bench.sh fit [FOLDER...]`.

Logistic regression with ridge, by Newton's method: each run of words that may be the value is one example, right where
it is the value as the clerk wrote it. Every fifth line is held out; bench.calibration shows how often what is held
with which confidence is right. FOLDERs hold more dialogues beside bench/dialogues.
"""

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

import numpy as np

from bench import sayings
from bench.sayings import Said
from extraction import evidence, name_evidence, place_evidence, table
from extraction.kinds import Ask
from extraction.utterance import Utterance

RIDGE = 0.3
TURNS = 25
MADE, FIRST, WORDS = 1_500, 300, 300


def lines(kind: str, folders: Iterable[Path]) -> list[Said]:
    """Everything that is said, held-out lines too."""
    written = chain.from_iterable(sayings.of_dialogues(folder, kind) for folder in (sayings.DIALOGUES, *folders))
    none = chain.from_iterable(sayings.of_first(folder, kind) for folder in (sayings.DIALOGUES, *folders))
    return list(sayings.both_ways(written)) * 3 + list(
        sayings.both_ways(
            chain(none, sayings.made(kind, MADE), sayings.first(kind, FIRST), sayings.words_alone(kind, WORDS))
        )
    )


def is_held_out(one: Said) -> bool:
    """Every fifth line, in both its writings."""
    return sum(map(ord, sayings.plain(one.text))) % 5 == 0


def examples(kind: str, said: Iterable[Said]) -> list[tuple[dict[str, float], bool]]:
    """The evidence of every run, and whether it is the value."""
    find = name_evidence.runs if kind == "name" else place_evidence.runs
    found = []
    for one in said:
        ask = Ask((one.language,), "", date(2026, 11, 21), asked=one.asked, elsewhere="" if one.asked else "phone")
        words, runs = find(Utterance(one.text, one.language), ask)
        right = table.folded(one.value)
        for run in runs:
            text = one.text[words[run.first].start : words[run.last - 1].end]
            value = table.folded(getattr(run, "value", "") or text)
            # of "first name Ann, surname Lee" each is right: name_parts puts them together
            part = bool(run.evidence.get("part of name")) and set(value.split()) < set(right.split())
            found.append((dict(run.evidence), bool(right) and (value == right or part)))
    return found


def fitted(found: list[tuple[dict[str, float], bool]]) -> dict[str, float]:
    """The weights; "" is the constant."""
    names = ["", *sorted({name for evidence_of, _ in found for name in evidence_of})]
    x = np.array([[1.0, *(one.get(name, 0.0) for name in names[1:])] for one, _ in found])
    y = np.array([float(right) for _, right in found])
    weights = np.zeros(len(names))
    ridge = np.eye(len(names)) * RIDGE
    ridge[0, 0] = 0.0
    for _ in range(TURNS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (y - p) - ridge @ weights)
        weights += step
        if float(np.abs(step).max()) < 1e-6:
            break
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def main() -> None:
    """Fit both kinds, and write the file."""
    parser = argparse.ArgumentParser(prog="./bench.sh fit", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="more dialogues, beside bench/dialogues")
    folders = parser.parse_args().folders
    weights = {}
    for kind in ("name", "city"):
        said = [one for one in lines(kind, folders) if not is_held_out(one)]
        found = examples(kind, said)
        weights[kind] = fitted(found)
        print(f"{kind}: {len(said)} lines, {len(found)} runs, {sum(right for _, right in found)} right")
    written = {
        "fitted": datetime.now(UTC).date().isoformat(),
        "of": f"{', '.join(['bench/dialogues', *map(str, folders)])}, and bench/sayings, by bench.fit",
        "weights": weights,
    }
    evidence.FILE.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
