"""Logs that rotate under their writers' hands, and `logs`, which reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import rotation
from launcher.log_reader import lines as logged
from launcher.log_reader import readable
from simulator.processes import ROOT

WRITER = """
import sys
for line in sys.stdin:
    sys.stderr.write(line)
    sys.stderr.flush()
    print("written", flush=True)
"""


def event(number: int, service: str = "lang", **more: object) -> str:
    return json.dumps(
        {"event": f"line {number}", "level": "info", "timestamp": f"2026-11-21T10:00:{number:02}.000000Z"}
        | {"service": service, **more}
    )


class Writer:
    """A process that writes to its log as a service does."""

    def __init__(self, log: Path) -> None:
        with rotation.open_log(log) as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True
            )

    def write(self, line: str) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "written\n"

    def end(self) -> None:
        self.process.communicate()


def test_a_log_rotates_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "lang.log"
    writer = Writer(log)
    for number in range(6):
        writer.write(event(number))
        rotation.rotate(log)
    writer.write(event(6))
    writer.end()
    assert log.read_text() == event(6) + "\n"
    assert [json.loads((tmp_path / f"lang.log.{n}").read_text())["event"] for n in (1, 2, 3)] == [
        "line 5",
        "line 4",
        "line 3",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lang.log", "lang.log.1", "lang.log.2", "lang.log.3"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_on_a_full_disk_the_old_lines_go_and_the_writer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "lang.log"
    writer = Writer(log)
    writer.write(event(1))
    rotation.rotate(log)
    writer.write(event(2))
    monkeypatch.setattr(rotation, "open_log", lambda _: Path("/dev/full").open("ab"))  # noqa: SIM115
    rotation.rotate(log)
    writer.write(event(3))
    writer.end()
    assert log.read_text() == event(3) + "\n"
    assert [path.name for path in tmp_path.iterdir()] == ["lang.log"], "they would fill what is left"
    assert "No space left on device" in capsys.readouterr().out


def test_logs_follows_several_services_through_a_rotation(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.log" for name in ("lang", "gpt")}
    files["lang"].write_text(event(1) + "\n" + event(3) + "\n")
    files["gpt"].write_text("Warning of gpt\n" + event(2, "gpt") + "\nTraceback of gpt\n")
    lines = logged(files, raw=True)
    first = [next(lines) for _ in range(5)]
    assert [json.loads(line)["event"] if line[0] == "{" else line for line in first] == [
        "Warning of gpt",
        "line 1",
        "line 2",
        "Traceback of gpt",
        "line 3",
    ]
    writer = Writer(files["lang"])
    writer.write(event(4))
    rotation.rotate(files["lang"])  # nobody has read line 4 yet
    writer.write(event(5))
    assert [json.loads(next(lines))["event"] for _ in range(2)] == ["line 4", "line 5"]
    writer.end()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (event(1, ms=3.5, path="/x"), "10:00:01.000  info     lang         line 1  ms=3.5  path=/x"),
        (event(1, error="two words"), '10:00:01.000  info     lang         line 1  error="two words"'),
        ("Segmentation fault", "                       lang         Segmentation fault"),
    ],
)
def test_a_line_for_people(line: str, shown: str) -> None:
    parsed = json.loads(line) if line[0] == "{" else {}
    assert readable("lang", line, parsed, colour=False) == shown


def test_a_service_whose_log_is_full_answers(tmp_path: Path) -> None:
    """The disk is full: lines are lost, requests are not."""
    code = (
        "import asyncio, httpx2, lang.main as m\n"
        "async def go():\n"
        "    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(m.app), base_url='http://127.0.0.1:8002') as c:\n"
        "        print((await c.post('/process', json={'text': 'Ja, bitte'})).status_code)\n"
        "        print((await c.get('/metrics')).text)\n"
        "asyncio.run(go())\n"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            env={**os.environ, "MESH_ENV_FILE": os.devnull},
        )
    assert done.stdout.startswith("200\n")
    assert "mesh_log_lines_lost_total 0.0" not in done.stdout
    assert "mesh_log_lines_lost_total" in done.stdout
