"""`models` against a hub of ours."""

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from simulator.processes import ROOT

CONTENT = bytes(range(256)) * 40


@pytest.fixture
async def hub(serve_app: Callable[..., Any]) -> Any:
    app = FastAPI()
    app.state.ranges, app.state.missing = [], set()

    @app.get("/{owner}/{repo}/resolve/main/{path:path}")
    async def file(path: str, request: Request) -> Response:
        if path in app.state.missing:
            return Response(status_code=404)
        span = request.headers.get("range")
        app.state.ranges.append((path, span, request.headers.get("authorization")))
        if span:
            start = int(span.removeprefix("bytes=").rstrip("-"))
            return Response(CONTENT[start:], 206)
        return Response(CONTENT)

    app.state.url = await serve_app(app)
    return app.state


async def fetch(folder: Path, hub: Any, *names: str) -> "subprocess.CompletedProcess[str]":
    env = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "PYTHONPATH": str(ROOT),
        "MESH_CONFIG_DIR": str(ROOT / "config"),
        "HUGGING_FACE_HUB_TOKEN": "hf_x",
    }
    command = [sys.executable, "-m", "launcher", "models", *names]
    return await asyncio.to_thread(subprocess.run, command, cwd=folder, env=env, capture_output=True, text=True)


async def test_the_recommended_models_are_fetched_once_with_a_bar(hub: Any, tmp_path: Path) -> None:
    done = await fetch(tmp_path, hub)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100%" in done.stderr
    assert (tmp_path / "models/whisper/base/model.bin").read_bytes() == CONTENT
    assert (tmp_path / "models/piper/ru_RU-irina-medium.onnx").exists()
    assert all(token == "Bearer hf_x" for _, _, token in hub.ranges)
    count = len(hub.ranges)
    again = await fetch(tmp_path, hub)
    assert "there already" in again.stdout
    assert len(hub.ranges) == count


async def test_what_broke_off_goes_on_where_it_was(hub: Any, tmp_path: Path) -> None:
    part = tmp_path / "models/whisper/base/model.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:1000])
    assert (await fetch(tmp_path, hub, "whisper-base")).returncode == 0
    assert ("model.bin", "bytes=1000-", "Bearer hf_x") in hub.ranges
    assert (part.parent / "model.bin").read_bytes() == CONTENT
    assert not part.exists()


async def test_clear_lines(hub: Any, tmp_path: Path) -> None:
    listed = await fetch(tmp_path, hub, "list")
    assert "whisper-base" in listed.stdout
    unknown = await fetch(tmp_path, hub, "gpt-9")
    assert (unknown.returncode, "No such model: gpt-9" in unknown.stdout) == (1, True)
    hub.missing.add("model.bin")
    gone = await fetch(tmp_path, hub, "whisper-base")
    assert (gone.returncode, "HTTP 404" in gone.stdout) == (1, True)
    hub.url = "http://127.0.0.1:9"
    dead = await fetch(tmp_path, hub, "whisper-base")
    assert "cannot be reached" in dead.stdout
    assert "Traceback" not in dead.stderr


def offered(folder: Path, hub_url: str, typed: bytes, **more: str) -> str:
    """What a first start says at a terminal where `typed` is typed."""
    ours, theirs = pty.openpty()
    env = {
        **os.environ,
        "HF_ENDPOINT": hub_url,
        "PYTHONPATH": str(ROOT),
        "MESH_CONFIG_DIR": str(ROOT / "config"),
        "MESH_ENV_FILE": ".env",
        **more,
    }
    code = (
        "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "from launcher import first_start; first_start.make_private(); first_start.offer_model(); print('ended')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed)
    said = b""
    while b"ended" not in said:
        said += os.read(ours, 4096)
    process.wait()
    os.close(ours)
    return said.decode()


async def test_a_first_start_offers_whisper_once_at_a_terminal(hub: Any, tmp_path: Path) -> None:
    said = await asyncio.to_thread(offered, tmp_path, hub.url, b"\n")
    assert "Fetch Whisper base now" in said
    assert "Later: ./start_all.sh models" in said
    assert "Fetch Whisper" not in await asyncio.to_thread(offered, tmp_path, hub.url, b"")
    assert not hub.ranges, "nothing is fetched that nobody asked for"
    (tmp_path / "run" / "whisper-offered").unlink()
    assert "Fetch" not in await asyncio.to_thread(offered, tmp_path, hub.url, b"", OPENAI_API_KEY="sk-x")
    assert "Done." in await asyncio.to_thread(offered, tmp_path, hub.url, b"y\n")
    assert (tmp_path / "models/whisper/base/model.bin").read_bytes() == CONTENT
    (tmp_path / "run" / "whisper-offered").unlink()
    assert "Fetch" not in await asyncio.to_thread(offered, tmp_path, hub.url, b""), "it is there"


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    code = "from launcher import first_start; first_start.make_private(); first_start.offer_model()"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MESH_CONFIG_DIR": str(ROOT / "config"), "MESH_ENV_FILE": ".env"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, input="y\n", capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert not (tmp_path / "models").exists()
