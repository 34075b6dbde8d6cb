"""The order in which services end, with processes that stand in for them."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from call_handler.config import Settings
from launcher import processes, supervisor

STAND_IN = """
import signal, sys, time
name, busy_s, log = sys.argv[1].split(".")[0], float(sys.argv[-2]), sys.argv[-1]
def note(what):
    with open(log, "a") as file:
        file.write(f"{name} {what}\\n")
def end(*_):
    note("asked")
    time.sleep(busy_s)
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
time.sleep(100)
"""


def start(service: str, busy_s: float, log: Path) -> "subprocess.Popen[str]":
    where = [f"{service}.main:app", "--app-dir", str(Path.cwd()), "--host", str(busy_s), str(log)]
    process = subprocess.Popen([sys.executable, "-c", STAND_IN, *where], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


async def reap(children: "list[subprocess.Popen[str]]") -> None:
    for child in children:
        await asyncio.to_thread(child.wait)
        assert child.stdout
        child.stdout.close()


async def test_each_stage_ends_before_the_next_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "ports", lambda: dict.fromkeys(names, 1))
    names = ["storage", "logger", "lead_sender", "tts", "stt", "gateway", "call_handler"]
    log = tmp_path / "log"
    children = [start(name, 0.2, log) for name in names]
    running = processes.running()
    assert running == {name: child.pid for name, child in zip(names, children, strict=True)}
    reaping = asyncio.create_task(reap(children))
    await supervisor.stop_in_order(running, asyncio.Event())
    await reaping
    lines = log.read_text().splitlines()
    in_turn = [lines[0:2], lines[2:4], sorted(lines[4:8]), lines[8:10], lines[10:12], lines[12:14]]
    assert in_turn == [
        ["call_handler asked", "call_handler ended"],
        ["gateway asked", "gateway ended"],
        ["stt asked", "stt ended", "tts asked", "tts ended"],
        ["lead_sender asked", "lead_sender ended"],
        ["logger asked", "logger ended"],
        ["storage asked", "storage ended"],
    ]
    assert processes.running() == {}


async def test_a_second_interrupt_hurries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "ports", lambda: {"call_handler": 1, "logger": 1})
    monkeypatch.setattr(supervisor, "HURRY_S", 0.1)
    log = tmp_path / "log"
    children = [start("call_handler", 60, log), start("logger", 0, log)]
    reaping = asyncio.create_task(reap(children))
    hurry = asyncio.Event()
    stopping = asyncio.create_task(supervisor.stop_in_order(processes.running(), hurry))
    while not log.exists():
        await asyncio.sleep(0.01)
    hurry.set()
    began = time.monotonic()
    await stopping
    await reaping
    assert time.monotonic() - began < 30, "the call's minute is not waited for"
    assert log.read_text().splitlines() == ["call_handler asked", "logger asked", "logger ended"]


def test_what_is_waited_for_is_said_with_the_time_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_ENV_FILE", os.devnull)
    assert Settings().drain_s == processes.DRAIN_S
    assert processes.waited_for("call_handler") == "calls in progress, 15 s at most"
    assert processes.waited_for("stt") == "requests in progress, 10 s at most"
    monkeypatch.setenv("DRAIN_S", "2.5")
    assert processes.waited_for("gateway") == "calls in progress, 2.5 s at most"


def test_a_call_has_its_time() -> None:
    options = {name: processes.command(name) for name in ("call_handler", "gateway", "lang")}
    grace = {name: int(line[line.index("--timeout-graceful-shutdown") + 1]) for name, line in options.items()}
    assert grace["call_handler"] >= 20
    assert grace["gateway"] >= 15


@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps on this machine")
def test_without_proc_as_on_macos_ps_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "ports", lambda: {"lang": 1, "gpt": 1})
    monkeypatch.setattr(processes, "PROC", tmp_path / "no-proc")
    child = start("lang", 0, tmp_path / "log")
    assert processes.running() == {"lang": child.pid}
    assert processes.alive("lang", child.pid)
    assert not processes.alive("gpt", child.pid), "another service is not it"
    child.kill()
    child.communicate()
    assert processes.running() == {}
    assert not processes.alive("lang", child.pid)
