"""The shipped dialogues, by rules alone: messy speech in ten languages, and what must come of it."""

import subprocess
import sys
from pathlib import Path

from bench import rules
from simulator.processes import Mesh

LEAST, REPAIRED = 0.96, 0.93
"""F1 that every field has, and corrections that are repaired, as a share of all."""
SURE_AND_WRONG, STORED_A_NAME = 0.01, 0.02
"""Values that nobody would ask about again and that are wrong; first utterances without a name that stored one."""


def test_every_field_is_found(mesh: Mesh) -> None:
    """Every tenth dialogue through the whole mesh; the rules alone answer for all of them below."""
    command = [sys.executable, "-m", "bench.evals", "bench/dialogues", "--url", mesh.url("gateway")]
    done = subprocess.run([*command, "--every", "10", "--least", "0.9"], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    for language in ("de", "en", "es", "fr", "it", "pl", "pt", "ru", "tr", "uk"):
        assert f"\n{language}: " in done.stdout


def test_the_rules_keep_what_they_reached() -> None:
    """The bounds are a little below what the rules reach on all dialogues; who mends more raises them."""
    callers, folder = rules.Callers(), Path("bench/dialogues")
    table, counts = rules.held_wrong(callers, [folder])
    assert sum(table.by_language.values()) > 600
    low = {name: round(score.f1, 3) for name, score in table.by_field.items() if score.f1 < LEAST}
    assert not low, "\n".join(table.mistakes)
    assert counts["sure and wrong"] <= SURE_AND_WRONG * counts["values"]
    for found in sorted(folder.rglob("first.jsonl")):
        counts += rules.first_utterances(callers, found)
    for found in sorted(folder.rglob("corrections.jsonl")):
        counts += rules.corrections(callers, found)
    assert counts["stored a name"] <= STORED_A_NAME * counts["first utterances"]
    assert counts["repaired"] >= REPAIRED * counts["corrections"]


def test_a_wrong_expectation_is_told(mesh: Mesh, tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "one.yaml").write_text(
        "- {scenario: generic, language: en, say: [my name is Anna], expect: {name: Hannah}}\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "bench.evals", str(folder), "--url", mesh.url("gateway")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "! one 1 (en): name is 'Anna', not 'Hannah'" in done.stdout
    assert "below 0.95: name" in done.stderr
