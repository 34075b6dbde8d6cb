"""Dialogues of bench.evals as audio: spoken, heard by the ideal recogniser, understood."""

import subprocess
import sys
from pathlib import Path

from simulator.models import Backends
from simulator.processes import Mesh

DIALOGUE = """
- scenario: generic
  language: en
  say: ["hello, my name is Catherine Miller", "my number is four one five five five five zero one two three",
        "I want to go to Yalta", "from July first to July tenth", "yes, that is all right"]
  expect: {name: Catherine Miller, phone: "+14155550123", city: Yalta, dates: 07-01/07-10}
"""


def test_a_dialogue_is_played_as_audio(line: Mesh, backends: tuple[Backends, str], tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(DIALOGUE, encoding="utf-8")
    command = [sys.executable, "-m", "bench.evals", str(tmp_path), "--url", line.url("gateway"), "--audio"]
    command += ["--tts", line.url("tts"), "--learn", backends[1].removesuffix("/v1")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "en: 1 of 1 dialogues without a mistake" in done.stdout
    assert len(backends[0].asked) >= 5
