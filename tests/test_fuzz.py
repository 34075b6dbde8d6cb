"""Schemathesis against every service's own OpenAPI: whatever is sent, nothing answers 5xx."""

import subprocess
import sys
from pathlib import Path

import pytest

from mesh.settings import ports
from simulator.processes import Mesh

EXAMPLES = "25"


@pytest.mark.parametrize("service", list(ports()))
def test_fuzz(mesh: Mesh, service: str) -> None:
    schema = mesh.url(service) + "/openapi.json"
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", schema, "--checks", "not_a_server_error"]
    done = subprocess.run(
        [*command, "--max-examples", EXAMPLES, "--request-timeout", "20", "--generation-database", "none"],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-3000:]
