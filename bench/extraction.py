"""Time of the rules alone, without services: `./bench.sh extraction [bench/dialogues]`. What a turn's extraction
takes, over every line of the dialogues, milliseconds: of the process (what the rules cost, whoever else is at work on
the machine), and of the clock on the wall.
"""

import argparse
import gc
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
    gc.collect()
    gc.freeze()  # as every service does when it starts
    taken: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        for _, dialogue in dialogues(folder):
            session = Session("bench", scenarios[dialogue["scenario"]], dialogue["language"])
            session.asked = session.next_step()
            region = languages.get(session.language).region
            for line in dialogue["say"]:
                began = time.process_time(), time.perf_counter()
                context = fields.Context(session.language, region, date.today(), session.asked)  # noqa: DTZ011
                found = form.take(session, str(line), context)
                taken.append((time.process_time() - began[0], time.perf_counter() - began[1]))
                session.fields.update(found.fresh)
                session.confirmed, session.turns = found.confirmed, session.turns + 1
                session.asked = session.next_step()
    print(f"{len(taken)} turns")
    for clock, seconds in (("CPU", [one[0] for one in taken]), ("wall", [one[1] for one in taken])):
        p50, p95, most = (sorted(seconds)[int(share * (len(seconds) - 1))] * 1000 for share in (0.5, 0.95, 1))
        print(f"{clock}: p50 {p50:.2f} ms, p95 {p95:.2f} ms, largest {most:.2f} ms")


if __name__ == "__main__":
    main()
