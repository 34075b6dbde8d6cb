"""./bench.sh: one command for every bench, none of which touches the user's data."""

import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

from bench.__main__ import BENCHES, RUNNING
from bench.environment import ON_WHAT_RUNS
from tests.sink import sink

DIALOGUE = """
- scenario: generic
  language: en
  say: [my name is Anna, "415 555 0123"]
  expect: {name: Anna, phone: "+14155550123"}
"""


def bench(*arguments: str, shell: str = "bash", **env: str) -> "subprocess.CompletedProcess[str]":
    command = [shell, "./bench.sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=400, env={**os.environ, **env}, check=False)


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_without_a_name_it_lists_all(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    listed = bench(shell=shell)
    assert listed.returncode == 0
    for name, about in BENCHES.items():
        assert name in listed.stdout
        assert about.measures in listed.stdout
    unknown = bench("nothing-of-the-kind", shell=shell)
    assert (unknown.returncode, "There is no bench" in unknown.stderr) == (2, True)


def test_every_bench_is_in_the_list() -> None:
    runnable = {path.stem for path in Path("bench").glob("*.py") if 'if __name__ == "__main__"' in path.read_text()}
    runnable |= {path.parent.name for path in Path("bench").glob("*/__main__.py")}
    assert runnable - {"__main__", "pipecat_bot"} == set(BENCHES)


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_each_explains_itself(name: str) -> None:
    told = bench(name, "--help")
    assert told.returncode == 0, told.stderr
    assert "usage:" in told.stdout


def test_a_wrong_interpreter_is_told_the_right_one(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    for arguments in (("bench.realtime", "1"), ("bench", "realtime", "1")):
        command = [str(tmp_path / "bare" / "bin" / "python"), "-m", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert "run ./bench.sh realtime" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "offset", "told"),
    [
        (("caller", "--say", "hi"), "40000", "No mesh answers here (All connection attempts failed): ./start_all.sh"),
        (("replay", "CA1"), "40000", "No mesh answers here (logger is unavailable: no connection): ./start_all.sh"),
        (("replay", "CA1"), "abc", "MESH_PORT_OFFSET=abc is not a number"),
    ],
)
def test_what_is_missing_is_told_in_a_sentence(arguments: tuple[str, ...], offset: str, told: str) -> None:
    command = [sys.executable, "-m", "bench", *arguments]
    env = {**os.environ, "MESH_PORT_OFFSET": offset}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(told)
    assert "Traceback" not in done.stderr


def test_the_benches_of_the_mesh_that_runs_are_those_of_the_list() -> None:
    assert {name for name, bench in BENCHES.items() if bench.on == RUNNING} == set(ON_WHAT_RUNS)


@pytest.mark.slow
def test_evals_leave_the_users_data_as_it_is_and_deliver_nothing(tmp_path: Path) -> None:
    """Neither this checkout's data nor what the user's own settings name is written to, and no lead is sent."""
    users, dialogues = tmp_path / "users", tmp_path / "dialogues"
    users.mkdir()
    dialogues.mkdir()
    (dialogues / "one.yaml").write_text(DIALOGUE, encoding="utf-8")
    (users / "leads.db").write_bytes(b"not even a database")
    settings = {
        "DATABASE_URL": f"sqlite:///{users}/leads.db",
        "STORAGE_DIR": str(users / "objects"),
        "RECORDINGS_DIR": str(users / "recordings"),
        "LEAD_SETTLE_S": "0.1",
        "LEAD_SENDER_URL": "http://127.0.0.1:9",
        "LANG_URL": "http://127.0.0.1:9",
        "LEAD_END_S": "0.1",
    }
    before = content(Path("data")), content(users)
    with sink() as (address, delivered):
        done = bench("evals", str(dialogues), LEAD_WEBHOOK_URL=f"{address}/leads", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "en: 1 of 1 dialogues without a mistake" in done.stdout
    assert (content(Path("data")), content(users)) == before
    assert delivered == []


def children(pid: int) -> set[int]:
    """Of a process, and theirs."""
    try:
        found = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except FileNotFoundError:
        return set()
    return found | {grandchild for child in found for grandchild in children(child)}


@pytest.mark.slow
def test_a_bench_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    """Its services end with it, and their data is gone."""
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(["bash", "./bench.sh", "mesh", "1000000"], env=env, stdout=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 200
        while len(services := children(running.pid)) < 10 or not list(tmp_path.glob("*/logger.db*")):
            assert time.monotonic() < deadline, "it does not start"
            time.sleep(0.1)
        running.terminate()
        assert running.wait(60) == 128 + signal.SIGTERM
    assert [pid for pid in services if Path(f"/proc/{pid}").exists()] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_figure_that_is_taken_again_replaces_its_own_section_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Old\n\n## mesh\n\nas it was\n\n## lang\n\nto be replaced\n", encoding="utf-8")
    done = bench("figures", "lang", "--into", str(page))
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "## mesh\n\nas it was\n\n## lang\n" in text
    assert "to be replaced" not in text
    assert "| taken | commit | machine | load before | exit status |" in text
    assert "`./bench.sh lang`" in text
    assert "utterances right" in text
    head = subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=True)
    assert head.stdout.strip() in text
    dirty = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    changed = [line for line in dirty.splitlines() if line[3:] != "docs/benchmarks.md"]
    assert ("with changes that are not committed" in text) == bool(changed)
