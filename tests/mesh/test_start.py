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
