"""The shipped dialogues, by rules alone: messy speech in ten languages, and what must come of it."""

import subprocess
import sys
from pathlib import Path

from simulator.processes import Mesh


def test_every_field_is_found(mesh: Mesh) -> None:
    """The last batch has not been mended for: see bench/dialogues/blind/README.md."""
    command = [sys.executable, "-m", "bench.evals", "bench/dialogues", "--url", mesh.url("gateway"), "--least", "0.9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    for language in ("de", "en", "es", "fr", "it", "pl", "pt", "ru", "tr", "uk"):
        assert f"\n{language}: " in done.stdout


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
