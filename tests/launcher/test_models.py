"""`models` against a hub of ours."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from tests.processes import ROOT

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
    import asyncio

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
