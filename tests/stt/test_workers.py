"""Work for people who have gone is not begun, nor any more of it when the service is told to stop."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from mesh.errors import Busy
from stt.config import Settings
from stt.engines import Job, Transcript
from stt.engines.pocketsphinx import PocketSphinx
from stt.main import build
from stt.workers import Workers
from tests import audio_files

SLOW = """
import sys, uvicorn
from stt.config import Settings
from stt.engines import Job, Transcript
from stt.engines.pocketsphinx import PocketSphinx
from stt.main import build

def transcribe(self, audio, job):
    print("began", flush=True)
    sys.stdin.readline()
    return Transcript("done", "en")

PocketSphinx._transcribe = transcribe
uvicorn.run(build(Settings(stt_workers=1, stt_engine="pocketsphinx")), port=int(sys.argv[1]))
"""


async def post(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    return await http.post(f"{url}/process", files={"file": ("a.wav", audio_files.make("wav"))}, timeout=30)


async def until_taken(http: httpx2.AsyncClient, url: str, count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(httpx2.ConnectError):
                health = (await http.get(f"{url}/health")).json()
                if health["checks"]["workers"]["detail"] == f"{count} taken":
                    return
            await asyncio.sleep(0.02)


async def test_workers_are_bounded() -> None:
    workers, gate = Workers(1, 1), threading.Event()
    first = asyncio.create_task(workers.run(gate.wait))
    second = asyncio.create_task(workers.run(lambda: 2))
    await asyncio.sleep(0)
    with pytest.raises(Busy) as busy:
        await workers.run(lambda: 3)
    assert busy.value.headers == {"Retry-After": "1"}
    gate.set()
    assert (await first, await second, workers.taken) == (True, 2, 0)


async def test_work_that_has_begun_keeps_its_place_when_nobody_waits() -> None:
    workers, begun, gate = Workers(1, 1), threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return gate.wait()

    first = asyncio.create_task(workers.run(work))
    await asyncio.to_thread(begun.wait)
    first.cancel()
    await asyncio.wait([first])
    assert workers.taken == 1
    second = asyncio.create_task(workers.run(lambda: 2))
    gate.set()
    assert await second == 2


async def test_who_leaves_is_not_worked_for(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), []

    def transcribe(_: PocketSphinx, audio: Any, job: Job) -> Transcript:
        begun.append(audio)
        gate.wait(30)
        return Transcript("done", "en")

    monkeypatch.setattr(PocketSphinx, "_transcribe", transcribe)
    url = await serve_app(build(Settings(stt_workers=1, stt_engine="pocketsphinx")))
    try:
        stays = asyncio.create_task(post(http, url))
        await until_taken(http, url, 1)
        leaves = asyncio.create_task(post(http, url))
        await until_taken(http, url, 2)
        leaves.cancel()
        await until_taken(http, url, 1)
    finally:
        gate.set()
    assert (await stays).json()["text"] == "done"
    assert (await post(http, url)).json()["text"] == "done"
    assert len(begun) == 2


@pytest.fixture
async def slow() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SLOW, str(port), stdin=pipe, stdout=pipe, env=os.environ | {"LOG_LEVEL": "ERROR"}
    )
    yield process, f"http://127.0.0.1:{port}"
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_told_to_stop_it_begins_nothing_more(
    slow: tuple[asyncio.subprocess.Process, str], http: httpx2.AsyncClient
) -> None:
    process, url = slow
    assert process.stdin
    await until_taken(http, url, 0)
    begun = asyncio.create_task(post(http, url))
    await until_taken(http, url, 1)
    waits = asyncio.create_task(post(http, url))
    await until_taken(http, url, 2)
    process.send_signal(signal.SIGTERM)
    dropped = await waits
    assert (dropped.status_code, dropped.json()["error"]["code"]) == (503, "busy")
    assert not begun.done()
    process.stdin.write(b"\n")
    assert (await begun).json()["text"] == "done"
    output, _ = await process.communicate()
    assert output.count(b"began") == 1
