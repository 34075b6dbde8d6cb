"""What strangers call audio: refused, within bounds, and the next caller is heard."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulator.clouds import SpeechServer
from simulator.processes import Mesh, eventually
from tests import audio_files, hostile_files

PEAK_MB = 200
"""A decoder has 31 MB of its own, 96 to work with, and its file."""


def family(pid: int) -> dict[int, int]:
    """A process and all below it: MB of memory each."""
    sizes: dict[int, int] = {}
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            sizes[one] = int(Path(f"/proc/{one}/statm").read_text().split()[1]) * 4096 >> 20
            for thread in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
    return sizes


def sockets(pid: int) -> int:
    """Internet sockets that a process and those below it have open."""
    inodes = {
        line.split()[9]
        for kind in ("tcp", "udp", "tcp6", "udp6")
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]
    }
    count = 0
    for one in family(pid):
        try:
            links = [str(name.readlink()) for name in Path(f"/proc/{one}/fd").iterdir()]
        except OSError:
            continue
        count += sum(link[8:-1] in inodes for link in links if link.startswith("socket:["))
    return count


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[dict[str, int]]:
    """The most that any process of a family has taken while this lasts."""
    worst = {"process_mb": 0, "sockets": 0}

    async def watch() -> None:
        while True:
            worst["process_mb"] = max(worst["process_mb"], *family(pid).values())
            worst["sockets"] = max(worst["sockets"], sockets(pid))
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        yield worst
    finally:
        watching.cancel()


@pytest.fixture
async def stt(tmp_path: Path, serve_app: Callable[..., Any]) -> AsyncIterator[Mesh]:
    """An stt of its own process, whose recogniser is a cloud: what is measured is the decoding."""
    mesh = Mesh(tmp_path, STT_BASE_URL=f"{await serve_app(SpeechServer().app)}/v1", STT_ENGINE="openai")
    try:
        await asyncio.to_thread(mesh.start, "stt")
        yield mesh
    finally:
        mesh.stop()


async def send(http: httpx2.AsyncClient, mesh: Mesh, data: bytes, name: str = "a") -> httpx2.Response:
    return await http.post(mesh.url("stt") + "/process", files={"file": (name, data)})


async def test_a_file_may_not_lead_elsewhere(stt: Mesh, http: httpx2.AsyncClient, tmp_path: Path) -> None:
    """Neither a recording on our disk is read nor a port opened, and none of it takes time."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(audio_files.make("wav"))
    pid = stt.running["stt"].pid
    await send(http, stt, audio_files.make("wav"))
    before = sockets(pid)
    async with watched(pid) as worst:
        for name, data in hostile_files.elsewhere(secret).items():
            reply = await send(http, stt, data, name)
            if name != "mov-alias":  # whose own samples are good, whatever it says of others'
                assert (reply.status_code, reply.json()["error"]["code"]) == (422, "not_audio"), name
    assert worst["sockets"] <= before + 1  # the request's own


async def test_a_file_may_not_take_more_than_a_recording_does(stt: Mesh, http: httpx2.AsyncClient) -> None:
    pid = stt.running["stt"].pid
    assert (await send(http, stt, audio_files.make("mp3"))).status_code == 200
    before = family(pid)[pid]
    async with watched(pid) as worst:
        for name, data in hostile_files.greedy().items():
            reply = await send(http, stt, data, name)
            assert reply.status_code in (200, 413, 422), (name, reply.text)
            if reply.status_code != 200:
                assert reply.json()["error"]["code"] in ("not_audio", "too_long"), name
    assert worst["process_mb"] < PEAK_MB
    assert family(pid)[pid] < before + 60
    assert (await send(http, stt, audio_files.make("mp3"))).status_code == 200


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("flac-1-hz", "not_audio"),
        ("flac-claims-days", "too_long"),
        ("wav-65535-channels", "not_audio"),
        ("wav-hours", "too_long"),
        ("flac-8-channels-for-ever", "too_long"),
    ],
)
async def test_rate_channels_and_length_are_judged(stt: Mesh, http: httpx2.AsyncClient, name: str, code: str) -> None:
    reply = await send(http, stt, hostile_files.greedy()[name])
    assert reply.json()["error"]["code"] == code
    assert code == "too_long" or "sample rate" in reply.text or "channels" in reply.text


async def test_a_gap_in_the_time_stamps_is_not_filled(stt: Mesh, http: httpx2.AsyncClient) -> None:
    data = audio_files.make("webm", seconds=2)
    cluster = data.index(b"\x1f\x43\xb6\x75", 400)
    late = data[:cluster] + data[cluster:].replace(b"\xe7\x81\x00", b"\xe7\x81\x7f", 1)
    reply = await send(http, stt, late)
    assert reply.json()["duration_s"] < 3


async def test_what_takes_too_long_is_killed_and_others_do_not_wait(
    tmp_path: Path, serve_app: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    cloud = f"{await serve_app(SpeechServer().app)}/v1"
    mesh = Mesh(tmp_path, STT_BASE_URL=cloud, STT_ENGINE="openai", STT_DECODE_DEADLINE_S="0.7")
    slow = hostile_files.flac(192_000, channels=8, frames=1_700, total=0)  # 65 kB, ten minutes, seconds of work
    try:
        await asyncio.to_thread(mesh.start, "stt")
        await send(http, mesh, audio_files.make("wav"))
        replies = await asyncio.gather(*(send(http, mesh, slow) for _ in range(3)), send(http, mesh, bytes(40)))
        assert {reply.json()["error"]["code"] for reply in replies[:3]} == {"decode_timeout"}
        assert {reply.status_code for reply in replies} == {422}
        assert (await send(http, mesh, hostile_files.wav())).status_code == 200

        async def gone() -> bool:
            return len(family(mesh.running["stt"].pid)) == 2

        await eventually(gone, 3)
    finally:
        mesh.stop()


async def test_a_decoder_that_was_killed_is_started_again(stt: Mesh, http: httpx2.AsyncClient) -> None:
    pid = stt.running["stt"].pid
    assert (await send(http, stt, audio_files.make("mp3"))).status_code == 200
    for one in family(pid).keys() - {pid}:
        os.kill(one, 9)
    assert (await send(http, stt, audio_files.make("mp3"))).status_code == 200


async def test_the_decoder_ends_with_its_service(stt: Mesh, http: httpx2.AsyncClient) -> None:
    pid = stt.running["stt"].pid
    await send(http, stt, audio_files.make("mp3"))
    children = family(pid).keys() - {pid}
    assert children
    stt.kill("stt")

    async def gone() -> bool:
        return not any(Path(f"/proc/{one}/statm").exists() for one in children)

    await eventually(gone)


@pytest.mark.slow
async def test_damaged_files_are_answered_within_bounds(stt: Mesh, http: httpx2.AsyncClient) -> None:
    pid = stt.running["stt"].pid
    assert (await send(http, stt, audio_files.make("mp3"))).status_code == 200
    before = family(pid)[pid]
    async with watched(pid) as worst:
        for name, data in hostile_files.mutations(50):
            reply = await send(http, stt, data, name)
            assert reply.status_code in (200, 413, 422), (name, reply.text)
    assert worst["process_mb"] < PEAK_MB
    assert family(pid)[pid] < before + 60
    assert (await send(http, stt, audio_files.make("mp3"))).status_code == 200
