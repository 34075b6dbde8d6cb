"""A service by itself, as its README says: a venv, plain pip, uvicorn --reload."""

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from mesh.settings import load_yaml
from simulator.processes import ROOT, free_offset

SERVICES = load_yaml("config.yaml")["services"]


def lines(service: str) -> list[str]:
    section = (ROOT / service / "README.md").read_text().split("## By itself", 1)[1]
    return re.findall(r"```bash\n(.*?)```", section, re.DOTALL)[0].strip().splitlines()


@pytest.mark.parametrize("service", SERVICES)
def test_every_readme_says_how(service: str) -> None:
    made, installed, started = lines(service)
    assert made == f"python3 -m venv {service}/.venv"
    assert installed == f"{service}/.venv/bin/pip install -r {service}/requirements.txt -c constraints.txt"
    assert started == f"{service}/.venv/bin/uvicorn {service}.main:app --reload --port {SERVICES[service]}"


@pytest.mark.slow
def test_pip_and_uvicorn_are_enough(tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "lang", "mesh", "config", "constraints.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    made, installed, started = lines("lang")
    for line in (made.replace("python3", sys.executable), installed):
        done = subprocess.run(line.split(), cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    port = SERVICES["lang"] + free_offset()
    command = started.replace(str(SERVICES["lang"]), str(port)).split()
    log = (tmp_path / "log").open("wb")
    with log, subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True) as running:
        try:
            deadline = time.monotonic() + 60
            while True:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                try:
                    health = httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()
                except httpx2.HTTPError:
                    time.sleep(0.1)
                else:
                    break
        finally:
            running.terminate()
    assert (health["service"], health["status"]) == ("lang", "ok")
