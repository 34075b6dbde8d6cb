"""Time of the rules alone, without services: `./bench.sh extraction [bench/dialogues]`. What a turn's extraction
takes, over every line of the dialogues, milliseconds.
"""

import argparse
import time
from datetime import date
from pathlib import Path

from bench.evals import dialogues
from gateway.conversation import fields, form
from gateway.conversation.session import Session
from gateway.scenario.files import load
from mesh.settings import load_config
from mesh.wire.lang import Languages

ROUNDS = 3


def main() -> None:
    """Print p50, p95 and the largest."""
    parser = argparse.ArgumentParser(prog="./bench.sh extraction", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("bench/dialogues"))
    folder = parser.parse_args().folder
    scenarios = {path.stem: load(path) for path in Path("config/scenarios").glob("*.yaml")}
    languages = load_config("languages.yaml", Languages)
    for language in languages.languages:
        fields.warm(language.code)
    taken: list[float] = []
    for _ in range(ROUNDS):
        for _, dialogue in dialogues(folder):
            session = Session("bench", scenarios[dialogue["scenario"]], dialogue["language"])
            session.asked = session.next_step()
            region = languages.get(session.language).region
            for line in dialogue["say"]:
                began = time.perf_counter()
                context = fields.Context(session.language, region, date.today(), session.asked)  # noqa: DTZ011
                found = form.take(session, str(line), context)
                taken.append((time.perf_counter() - began) * 1000)
                session.fields.update(found.fresh)
                session.confirmed, session.turns = found.confirmed, session.turns + 1
                session.asked = session.next_step()
    taken.sort()
    p50, p95 = (taken[int(share * (len(taken) - 1))] for share in (0.5, 0.95))
    print(f"{len(taken)} turns: p50 {p50:.2f} ms, p95 {p95:.2f} ms, largest {taken[-1]:.2f} ms")


if __name__ == "__main__":
    main()
