"""A service that a wrong setting keeps from starting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mesh.settings import ports


@pytest.mark.parametrize("service", ports())
def test_every_service_is_built_so(service: str) -> None:
    assert "\napp = built(build, Settings)\n" in Path(service, "main.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", ["lang", "admin_panel"])
def test_a_wrong_setting_is_one_line_and_a_status_of_its_own(service: str) -> None:
    env = {**os.environ, "MESH_ENV_FILE": os.devnull, "MAX_BODY_MB": "secret"}
    command = [sys.executable, "-m", "uvicorn", f"{service}.main:app", "--port", "0"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == os.EX_CONFIG
    assert done.stderr.splitlines() == [
        f"{service} cannot start: MAX_BODY_MB: Input should be a valid number, unable to parse string as a number"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"languages: [{code: en", ":1: expected ',' or '}', but got '<stream end>'"),
        (b"default: en\nlanguages: 5\n", ": languages: Input should be a valid list"),
        (b"languages: \xff\xfe\x00\n", ":1: not UTF-8"),
        (b"languages: " + b"[" * 20_000, ":1: more than 20000 values, or nested in more than 50 levels"),
        (b"#" * 300_000, ":1: larger than 200000 bytes"),
        (None, ": not a regular file"),
    ],
)
def test_a_file_that_lies_is_one_line_which_names_it(tmp_path: Path, content: bytes | None, told: str) -> None:
    (tmp_path / "config.yaml").write_bytes(Path("config/config.yaml").read_bytes())
    lies = tmp_path / "languages.yaml"
    if content is None:
        lies.symlink_to("/dev/zero")
    else:
        lies.write_bytes(content)
    env = {**os.environ, "MESH_ENV_FILE": os.devnull, "MESH_CONFIG_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "uvicorn", "lang.main:app", "--port", "0"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == os.EX_CONFIG
    assert done.stderr.splitlines() == [f"lang cannot start: {lies}{told}"]
