"""What the rules make of callers, without services: `./bench.sh rules [bench/dialogues ...]`, some seconds.

In every folder that is given: dialogues (`*.yaml`, see bench.evals), `first.jsonl` (first utterances in which the
caller gives no name: none may be stored) and `corrections.jsonl` (what is said to the summary, and the lead after it).
Prints every mistake and the figures: F1 by field; values held at 0.9 and more that are wrong, as a share of all values;
first utterances that stored a name; corrections repaired by their first line, and by all of their lines.

The session's language is given, and no model is asked: `./bench.sh evals` measures the same dialogues through a mesh.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.evals import Table, dialogues, resolved, same
from gateway.conversation import fields, form
from gateway.conversation.session import Session
from gateway.scenario.files import load
from gateway.scenario.models import Scenario
from mesh.settings import load_config
from mesh.wire.lang import Languages

HELD = 0.9
"""Confidence from which nobody asks again."""


class Callers:
    """Plays what callers say against the rules."""

    def __init__(self) -> None:
        self._languages = load_config("languages.yaml", Languages)
        self._scenarios: dict[str, Scenario] = {
            path.stem: load(path) for path in Path("config/scenarios").glob("*.yaml")
        }

    def session(self, scenario: str, language: str) -> Session:
        """A new one whose first question was asked."""
        session = Session("bench", self._scenarios[scenario], language)
        session.asked = session.next_step()
        return session

    def hear(self, session: Session, text: str) -> None:
        """One turn."""
        today = datetime.now(UTC).date()
        region = self._languages.get(session.language).region
        form.read(session, text, fields.Context(session.language, region, today, session.asked))
        session.turns += 1
        session.asked = session.next_step()


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines; none where there is no file."""
    if path.exists():
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def held_wrong(callers: Callers, folders: list[Path]) -> tuple[Table, Counter[str]]:
    """The dialogues' scores, and how many values were held surely, and wrongly so."""
    table, counts = Table(), Counter[str]()
    today = datetime.now(UTC).date()
    for folder in folders:
        for name, dialogue in dialogues(folder):
            session = callers.session(dialogue["scenario"], dialogue["language"])
            sure: dict[str, float] = {}
            for line in dialogue["say"]:
                before = dict(session.fields)
                callers.hear(session, str(line))
                changed = {field for field, value in session.fields.items() if before.get(field) != value}
                sure |= {field: session.form.heard[field]["confidence"] for field in changed}
            table.add(name, dialogue, session.fields)
            for field, value in session.fields.items():
                wanted = resolved(str(dialogue["expect"].get(field, "")), today)
                counts["values"] += 1
                counts["sure"] += sure[field] >= HELD
                counts["sure and wrong"] += sure[field] >= HELD and not same(wanted, value)
    return table, counts


def first_utterances(callers: Callers, path: Path) -> Counter[str]:
    """How many there are, and how many stored a name."""
    counts = Counter[str]()
    for one in lines(path):
        session = callers.session(one["scenario"], one["language"])
        callers.hear(session, one["text"])
        counts["first utterances"] += 1
        if name := session.fields.get("name"):
            counts["stored a name"] += 1
            print(f"! {path.parent.name} first ({one['language']}): {name!r} of {one['text']!r}")
    return counts


def corrections(callers: Callers, path: Path) -> Counter[str]:
    """How many there are, and how many are repaired by the first line, and by all of them."""
    counts, today = Counter[str](), datetime.now(UTC).date()
    for one in lines(path):
        session = callers.session(one["scenario"], one["language"])
        session.fields = {name: str(value) for name, value in one["held"].items()}
        session.form.heard = {name: {"confidence": 0.95, "turn": 1} for name in session.fields}
        session.turns = len(session.fields)
        session.asked = fields.CONFIRM
        wanted = {name: resolved(str(value), today) for name, value in one["expect"].items()}
        at_once = False
        for place, line in enumerate(one["say"]):
            callers.hear(session, str(line))
            right = all(same(wanted.get(name, ""), session.fields.get(name, "")) for name in wanted | session.fields)
            at_once = at_once or (place == 0 and right)
        counts["corrections"] += 1
        counts["repaired at once"] += at_once
        counts["repaired"] += right
        if not right:
            wrong = {n: session.fields.get(n) for n in wanted if not same(wanted[n], session.fields.get(n, ""))}
            print(f"! {path.parent.name} correction ({one['language']}): {wrong} after {one['say']}")
    return counts


def main() -> None:
    """Print mistakes and figures."""
    parser = argparse.ArgumentParser(prog="./bench.sh rules", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("bench/dialogues")])
    parser.add_argument("--quiet", action="store_true", help="figures alone")
    options = parser.parse_args()
    callers = Callers()
    table, counts = held_wrong(callers, options.folders)
    for folder in options.folders:
        for found in sorted(folder.rglob("first.jsonl")):
            counts += first_utterances(callers, found)
        for found in sorted(folder.rglob("corrections.jsonl")):
            counts += corrections(callers, found)
    table.show()
    for name, count in counts.items():
        print(f"{name}: {count}")


if __name__ == "__main__":
    main()
