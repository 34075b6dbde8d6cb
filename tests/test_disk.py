"""What is on disk: its owner's alone, and nothing that is acknowledged is missing when the disk is full."""

import asyncio
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulator.processes import Mesh, eventually
from tests.realtime.test_lines import Asterisk

pytestmark = pytest.mark.slow
DESK = {
    "name": "desk",
    "default_language": "en",
    "languages": {"en": {"greeting": "Help desk.", "prompt": "Help.", "done": "Thank you."}},
    "recording": {"consent": {"en": "This call is recorded."}},
}
SERVICES = ("logger", "storage", "lead_sender", "lang", "tts", "gpt", "stt", "gateway", "call_handler")


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Mesh]:
    """A mesh that records its calls."""
    scenarios = tmp_path / "scenarios"
    shutil.copytree("config/scenarios", scenarios)
    (scenarios / "desk.yaml").write_text(json.dumps(DESK))
    running = Mesh(tmp_path, SCENARIOS_DIR=str(scenarios), DISK_MIN_MB="0")
    try:
        yield running
    finally:
        running.stop()


async def dial(mesh: Mesh, http: httpx2.AsyncClient) -> tuple[str, Asterisk]:
    form = {"caller": "+14155550123", "scenario": "desk"}
    key = (await http.post(mesh.url("call_handler") + "/audiosocket/calls", data=form)).raise_for_status().text
    call = await Asterisk.dial(mesh, key)
    await call.heard(0)
    return key, call


async def recorded(mesh: Mesh, http: httpx2.AsyncClient, key: str) -> dict[str, Any]:
    """The recording of a call that is over."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        events = (await http.get(mesh.url("logger") + f"/sessions/{key}/events")).json()["events"]
        found[:] = [event["data"] for event in events if event["type"] == "recording"]
        return bool(found)

    await eventually(there, 20)
    return found[0]


async def test_data_is_its_owners_alone(recording: Mesh, http: httpx2.AsyncClient) -> None:
    mesh, before = recording, os.umask(0o022)
    try:
        loose = mesh.folder / "objects" / "speech" / "aa" / ("aa" * 32) / "audio_mpeg"
        loose.parent.mkdir(parents=True)
        loose.write_bytes(b"of an earlier version")
        (mesh.folder / "recordings").mkdir()
        (mesh.folder / "lead_sender.db").touch()
        mesh.start(*SERVICES)
    finally:
        os.umask(before)
    key, call = await dial(mesh, http)
    await http.post(mesh.url("gateway") + "/process", json={"text": "my name is Anna", "session_id": "chat"})
    spooled = list((mesh.folder / "recordings").glob("*.part"))
    seen = {path: path.stat().st_mode & 0o777 for path in spooled}
    await call.hang_up()
    await recorded(mesh, http, key)
    for path in mesh.folder.rglob("*"):
        top = path.relative_to(mesh.folder).parts[0]
        if top not in ("scenarios", "models") and path.suffix != ".log":
            seen[path] = path.stat().st_mode & 0o777
    names = {path.name for path in seen}
    assert {"audio_wav", "audio_mpeg", "logger.db", "logger.db-wal", "lead_sender.db-shm"} <= names
    assert {oct(mode) for mode in seen.values()} == {"0o600", "0o700"}
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in seen.items() if path.exists())


@pytest.fixture
def small(recording: Mesh) -> Iterator[Path]:
    """A disk of 12 MiB, on which the mesh keeps everything."""
    disk = recording.folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield disk
    finally:
        recording.stop()
        subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> Path:
    """Not a byte is free any more."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


async def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(
    recording: Mesh, small: Path, http: httpx2.AsyncClient
) -> None:
    mesh = recording
    mesh.env |= {"STORAGE_DIR": str(small / "objects"), "RECORDINGS_DIR": str(small / "recordings")}
    for name in ("logger", "lead_sender"):
        mesh.start(name, DATABASE_URL=f"sqlite:///{small}/{name}.db")
    mesh.start(*(name for name in SERVICES if name not in ("logger", "lead_sender")))
    key, call = await dial(mesh, http)
    acknowledged: dict[str, list[str]] = {"lead_sender": [], "logger": [], "storage": []}

    async def write(service: str) -> httpx2.Response:
        name = uuid.uuid4().hex
        if service == "lead_sender":
            body = {"phone": "+14155550123", "name": name, "notes": "n" * 2_000}
            reply = await http.post(mesh.url(service) + "/process", json=body)
        elif service == "logger":
            event = {
                "id": name,
                "session_id": "s",
                "type": "turn",
                "at": 1e9,
                "service": "t",
                "data": {"t": "x" * 9_000},
            }
            reply = await http.post(mesh.url(service) + "/events", json={"events": [event]})
        else:
            path = f"/objects/recordings/{name}{name}"
            reply = await http.put(mesh.url(service) + path, content=os.urandom(20_000))
        if reply.is_success:
            acknowledged[service].append(name)
        return reply

    async def health(service: str) -> tuple[str, str]:
        found = (await http.get(mesh.url(service) + "/health")).json()
        return found["status"], found["checks"]["disk"]["detail"]

    for service in acknowledged:
        assert (await write(service)).is_success
        assert (await health(service))[0] == "ok"
    filler = fill(small)
    for service in acknowledged:
        replies = [await write(service) for _ in range(5)]
        assert (replies[-1].status_code, replies[-1].json()["error"]["code"]) == (507, "disk_full")
        status, detail = await health(service)
        assert status == "degraded"
        assert "make room" in detail

    async def call_handler_says_so() -> bool:
        status, detail = await health("call_handler")
        return status == "degraded" and "make room" in detail

    await eventually(call_handler_says_so)
    full_for_s = 3.0
    await asyncio.sleep(full_for_s)  # sound of this time must not be missing from the recording
    filler.unlink()
    for service in acknowledged:
        assert (await write(service)).is_success
        assert (await health(service))[0] == "ok"
    await call.hang_up()
    assert (await recorded(mesh, http, key))["seconds"] > full_for_s + 0.5
    leads = (await http.get(mesh.url("lead_sender") + "/leads?limit=1000")).json()["leads"]
    assert set(acknowledged["lead_sender"]) <= {lead["fields"].get("name") for lead in leads}
    events = (await http.get(mesh.url("logger") + "/sessions/s/events")).json()["events"]
    assert [event["id"] for event in events] == acknowledged["logger"]
    for name in acknowledged["storage"]:
        found = await http.get(mesh.url("storage") + f"/objects/recordings/{name}{name}")
        assert (found.status_code, len(found.content)) == (200, 20_000)


async def test_a_disk_that_fills_is_said_before_it_is_full(recording: Mesh, http: httpx2.AsyncClient) -> None:
    for name in ("logger", "lead_sender", "storage", "call_handler"):
        recording.start(name, DISK_MIN_MB="1e9")
        found = (await http.get(recording.url(name) + "/health")).json()
        assert found["status"] == "degraded"
        assert "DISK_MIN_MB" in found["checks"]["disk"]["detail"]
