"""Which file a setting comes from, and where everybody looks for a port."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mesh import addresses
from simulator.processes import ROOT

SHOW = (
    "import json, sys; from mesh.settings import peer_url, ports; from stt.config import Settings; s = Settings();"
    "json.dump([s.stt_workers, s.stt_queue, s.stt_model, s.log_level, ports()['stt'], peer_url('stt'), peer_url('lang')],"
    " sys.stdout)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").symlink_to(ROOT / "config")
    (tmp_path / "stt").mkdir()
    return tmp_path


def run(folder: Path, *command: str, **more: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MESH_")}
    env = {**kept, "PYTHONPATH": str(ROOT), **more}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True)
    return done.stdout or done.stderr


def test_a_services_own_file_wins_over_the_roots_and_the_environment_over_both(folder: Path) -> None:
    (folder / ".env").write_text("STT_WORKERS=2\nSTT_QUEUE=2\nSTT_MODEL=two\nLANG_URL=http://10.0.0.5:8002\nPORT=1\n")
    (folder / "stt" / ".env").write_text("STT_WORKERS=3\nSTT_QUEUE=3\nPORT=9001 # moved\nLOG_LEVEL='WARNING'\n")
    shown = json.loads(run(folder, "-c", SHOW, STT_WORKERS="4"))
    assert shown == [4, 3, "two", "WARNING", 9001, "http://127.0.0.1:9001", "http://10.0.0.5:8002"]
    moved = json.loads(run(folder, "-c", SHOW, MESH_PORT_OFFSET="100"))
    assert moved[4:6] == [9101, "http://127.0.0.1:9101"]
    checker = run(folder, str(ROOT / "healthcheck" / "status_checker.py"), "--json", "--only", "stt,lang")
    assert [service["url"] for service in json.loads(checker)["services"]] == [
        "http://127.0.0.1:9001",
        "http://10.0.0.5:8002",
    ]
    command = "from launcher.processes import command; print(' '.join(command('stt')))"
    assert "--port 9001 " in run(folder, "-c", command)


def test_a_port_that_is_none_is_a_clear_line(folder: Path) -> None:
    (folder / "stt" / ".env").write_text("PORT=eighty\n")
    assert "PORT=eighty in stt/.env is not a port" in run(folder, "-c", SHOW)


def test_the_ports_are_those_of_the_yaml_file(tmp_path: Path) -> None:
    known = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["services"]
    assert {name: port - addresses.port_offset() for name, port in addresses.ports().items()} == known
    odd = "a: 1\nservices:\n  # the first\n  one: 1\n\n# and\n  two_b:  22   # here\nstt:\n  max: 5\n"
    (tmp_path / "config.yaml").write_text(odd)
    assert addresses._configured(tmp_path) == yaml.safe_load(odd)["services"]
