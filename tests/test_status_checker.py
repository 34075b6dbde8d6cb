import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from mesh.settings import ports
from simulator.processes import BASE, Mesh


def checker(mesh: Mesh, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "healthcheck.status_checker", *arguments]
    return subprocess.run(command, env={**os.environ, **mesh.env, **env}, capture_output=True, text=True, timeout=60)


def test_all_is_well(mesh: Mesh) -> None:
    done = checker(mesh, "--wait", "10")
    assert done.returncode == 2, done.stdout
    assert done.stdout.count(" ok ") == len(ports()) - 1
    stt = next(line for line in done.stdout.splitlines() if line.startswith("stt "))
    assert re.search(
        r"degraded .* pocketsphinx .*weak: English only, about half the words; \./start_all\.sh models", stt
    )


@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13", "python3"])
def test_a_bare_interpreter_runs_it(mesh: Mesh, python: str) -> None:
    """Neither site-packages nor the folder that it is started from are at hand."""
    found = shutil.which(python, path=os.defpath)
    if found is None:
        pytest.skip(f"no {python} here")
    command = [found, "-I", "-S", "healthcheck/status_checker.py", "--json"]
    done = subprocess.run(command, env=mesh.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    states = {service["name"]: service["state"] for service in json.loads(done.stdout)["services"]}
    assert states == {name: "degraded" if name == "stt" else "ok" for name in BASE}


def test_one_down_is_shown_and_the_exit_code_says_so(mesh: Mesh, tmp_path: Path) -> None:
    mesh.kill("tts")
    try:
        done = checker(mesh, "--json", "--log", str(tmp_path / "log"))
        states = {service["name"]: service["state"] for service in json.loads(done.stdout)["services"]}
        assert (done.returncode, states["tts"], states["stt"]) == (1, "down", "degraded")
        assert "tts down nothing listens there" in (tmp_path / "log").read_text()
        started = time.monotonic()
        assert checker(mesh, "--wait", "1", "--only", "tts").returncode == 1
        assert time.monotonic() - started < 10
    finally:
        mesh.start("tts")
    assert checker(mesh, "--only", "tts").returncode == 0


def test_watch_logs_what_changes(mesh: Mesh) -> None:
    command = [sys.executable, "-m", "healthcheck.status_checker", "--watch", "0.2", "--only", "lang"]
    process = subprocess.Popen(command, env={**os.environ, **mesh.env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr
    assert process.stdout
    try:
        while b"lang" not in process.stdout.readline():
            pass
        mesh.kill("lang")
        line = process.stderr.readline().decode()
    finally:
        process.terminate()
        process.communicate()
        mesh.start("lang")
    assert "lang: ok -> down" in line


async def test_something_else_at_the_address(mesh: Mesh, serve_app: Callable[..., Any]) -> None:
    import asyncio

    other = await serve_app(FastAPI())
    done = await asyncio.to_thread(checker, mesh, "--only", "lang,gpt", LANG_URL=other, GPT_URL=mesh.url("tts"))
    assert done.returncode == 1
    assert "HTTP 404" in done.stdout
    assert "tts answers at this address" in done.stdout


def test_an_unknown_service(mesh: Mesh) -> None:
    done = checker(mesh, "--only", "nope")
    assert done.returncode == 2
    assert "no such service: nope" in done.stderr


@pytest.mark.parametrize("service", ["stt", "gateway"])
def test_a_frozen_service_is_down(mesh: Mesh, service: str) -> None:
    mesh.freeze(service)
    try:
        done = checker(mesh, "--only", service)
    finally:
        mesh.thaw(service)
    assert (done.returncode, "no answer within 2 s" in done.stdout) == (1, True)
