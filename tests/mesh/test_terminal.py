"""What a service's log looks like to the person at its terminal."""

import os
import pty
import subprocess
import sys

import pytest

from simulator.processes import ROOT

CODE = "import lang.main; from mesh import logs; logs.get('x').info('hello', caller='Anna')"


@pytest.mark.parametrize(
    ("more", "shown"), [({}, b"\x1b[1mhello"), ({"LOG_JSON": "true"}, b'"event":"hello"')], ids=["default", "asked for"]
)
def test_a_terminal_gets_text_unless_json_is_asked_for(more: dict[str, str], shown: bytes) -> None:
    ours, theirs = pty.openpty()
    env = {**os.environ, "MESH_ENV_FILE": os.devnull, **more}
    subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, env=env, stderr=theirs, check=True)
    os.close(theirs)
    said = os.read(ours, 65536)
    os.close(ours)
    assert shown in said


def test_a_file_gets_json() -> None:
    env = {**os.environ, "MESH_ENV_FILE": os.devnull}
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, env=env, capture_output=True, check=True)
    assert b'"event":"hello"' in done.stderr
