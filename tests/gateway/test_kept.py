"""What gateway holds for others outlives gateway: kill -9, SIGTERM, a full disk."""

import asyncio
import signal
import sqlite3
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from gateway.config import Settings
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.main import build
from gateway.peers import connect
from gateway.scenario.files import Scenarios
from mesh.kept.spool import Spool
from mesh.wire.events import Tool, TurnTaken
from simulator.processes import Mesh, eventually

PEERS = ("stt", "lang", "gpt", "tts", "lead_sender", "logger", "storage", "call_handler", "admin_panel", "accounts")


async def say(http: httpx2.AsyncClient, mesh: Mesh, session: str, text: str) -> dict[str, Any]:
    reply = await http.post(mesh.url("gateway") + "/process", json={"session_id": session, "text": text})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def leads(http: httpx2.AsyncClient, mesh: Mesh, session: str) -> list[dict[str, Any]]:
    found = await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})
    return [lead["fields"] for lead in found.json()["leads"]]


async def events(http: httpx2.AsyncClient, mesh: Mesh, session: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
    return found


def end(mesh: Mesh, how: str) -> None:
    """Gateway's end."""
    if how == "kill":
        mesh.kill("gateway")
        return
    process = mesh.running.pop("gateway")
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("down", "how"), [("lead_sender", "kill"), ("logger", "term"), ("both", "kill"), ("both", "term")]
)
async def test_leads_and_events_outlive_gateway(mesh: Mesh, http: httpx2.AsyncClient, how: str, down: str) -> None:
    away = ["lead_sender", "logger"] if down == "both" else [down]
    sessions = [uuid.uuid4().hex for _ in range(5)]
    mesh.kill(*away)
    try:
        for number, session in enumerate(sessions):
            said = await say(http, mesh, session, "My name is Anna")
            assert set(away) <= set(said["skipped"])
            assert "disk" not in said["skipped"]
            await say(http, mesh, session, f"415 555 01{number:02}")
        end(mesh, how)
        mesh.start("gateway")
        health = (await http.get(mesh.url("gateway") + "/health")).json()
        assert not health["checks"]["unwritten"]["ok"]
    finally:
        mesh.start(*away, *({"gateway"} - mesh.running.keys()))

    async def arrived() -> bool:
        for number, session in enumerate(sessions):
            turns = [e["data"]["text"] for e in await events(http, mesh, session) if e["type"] == "turn"]
            if turns != ["My name is Anna", f"415 555 01{number:02}"]:
                return False
            wanted = {"name": "Anna", "phone": f"+141555501{number:02}"}
            if await leads(http, mesh, session) != [wanted]:
                return False
        return True

    await eventually(arrived, 20)
    await eventually(lambda: well(http, mesh.url("gateway")))


async def well(http: httpx2.AsyncClient, url: str) -> bool:
    return bool((await http.get(url + "/health")).json()["checks"]["unwritten"]["ok"])


@pytest.mark.slow
async def test_a_session_goes_on_after_a_kill_with_logger_away(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    """What was said before logger went is known again when it is back, not only what waited here."""
    session = uuid.uuid4().hex
    await say(http, mesh, session, "My name is Anna")
    mesh.kill("logger")
    await say(http, mesh, session, "to Yalta")
    mesh.kill("gateway")
    mesh.start("gateway")
    said = await say(http, mesh, session, "415 555 0123")
    assert said["lead"]["fields"] == {"city": "Yalta", "phone": "+14155550123"}
    mesh.start("logger")
    await eventually(lambda: well(http, mesh.url("gateway")))
    said = await say(http, mesh, session, "How much does it cost?")
    assert said["lead"]["fields"] == {"name": "Anna", "city": "Yalta", "phone": "+14155550123"}
    told = [e["data"]["text"] for e in await events(http, mesh, session) if e["type"] == "turn"]
    assert told == ["My name is Anna", "to Yalta", "415 555 0123", "How much does it cost?"]
    assert await leads(http, mesh, session) == [{"name": "Anna", "city": "Yalta", "phone": "+14155550123"}]


@pytest.mark.slow
async def test_a_call_whose_summary_was_being_made_is_summed_up_by_the_next(
    mesh: Mesh, http: httpx2.AsyncClient
) -> None:
    session = uuid.uuid4().hex
    await say(http, mesh, session, "My name is Anna, 415 555 0123")
    mesh.freeze("lead_sender")
    try:
        closed = await http.post(mesh.url("gateway") + f"/v1/sessions/{session}/close", json={"reason": "completed"})
        assert closed.json() == {"closed": True}

        async def on_disk() -> bool:
            with sqlite3.connect(mesh.folder / "spool/gateway.db") as db:
                return bool(db.execute("SELECT 1 FROM rows WHERE kind = 'close'").fetchone())

        await eventually(on_disk)
        mesh.kill("gateway")
    finally:
        mesh.thaw("lead_sender")
    mesh.start("gateway")

    async def summed_up() -> bool:
        return [e["type"] for e in await events(http, mesh, session)].count("summary") == 1

    await eventually(summed_up, 20)
    found = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()["leads"]
    assert found[0]["call"]["outcome"] == "partial"


class Peer:
    """logger and lead_sender: takes all, or what it is told."""

    def __init__(self) -> None:
        self.status, self.poison = 201, "\0"
        self.events: list[dict[str, Any]] = []
        self.leads: list[dict[str, Any]] = []
        self.app = FastAPI()
        self.app.post("/events")(self.append)
        self.app.post("/process")(self.save)
        self.app.get("/sessions/{session_id}/events")(self.told)

    async def append(self, request: Request) -> Response:
        body = await request.body()
        if self.status >= 400 or self.poison.encode() in body:
            status = self.status if self.status >= 400 else 422
            return JSONResponse({"error": {"code": "no", "message": "no", "request_id": "r"}}, status)
        self.events += (await request.json())["events"]
        return JSONResponse({"appended": 1}, 201)

    async def save(self, request: Request) -> Response:
        if self.status >= 400:
            return JSONResponse({"error": {"code": "no", "message": "no", "request_id": "r"}}, self.status)
        self.leads.append(await request.json())
        return JSONResponse({"status": "lead saved", "lead": {}, "id": "1"})

    async def told(self, session_id: str) -> dict[str, Any]:
        return {"events": [event for event in self.events if event["session_id"] == session_id]}


@pytest.fixture
def gateway_over(mesh: Mesh, serve_app: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """A gateway over one peer of our own, and the mesh for the rest."""

    async def start(peer: Peer, **settings: Any) -> str:
        at = str(await serve_app(peer.app))
        urls = {f"{name}_url": mesh.url(name) for name in PEERS} | {"logger_url": at, "lead_sender_url": at}
        return str(await serve_app(build(Settings(**{"spool_dir": tmp_path / "spool", **urls, **settings}))))

    return start


async def turn(http: httpx2.AsyncClient, url: str, session: str, text: str) -> dict[str, Any]:
    reply = await http.post(url + "/process", json={"session_id": session, "text": text})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_what_is_refused_is_kept_apart_and_said(
    http: httpx2.AsyncClient, gateway_over: Callable[..., Any], tmp_path: Path
) -> None:
    peer = Peer()
    peer.status = 422
    url = await gateway_over(peer)
    await turn(http, url, "s1", "My name is Anna")

    async def said() -> bool:
        detail = (await http.get(url + "/health")).json()["checks"]["unwritten"]["detail"]
        return "0 events and leads wait; 3 were refused" in detail  # the turn, its lead and its timings

    await eventually(said)
    peer.status = 201
    await turn(http, url, "s2", "My name is Bob")
    await eventually(lambda: _has(peer.events, "s2", 2))
    assert not [event for event in peer.events if event["session_id"] == "s1"]
    assert operator(tmp_path, "list").count("no: no") == 3
    assert "My name is Anna" in operator(tmp_path, "list")
    operator(tmp_path, "retry")
    await eventually(lambda: _has(peer.events, "s1", 2), 20)
    await eventually(lambda: well(http, url), 20)
    assert [lead["name"] for lead in peer.leads] == ["Bob", "Anna"]
    assert operator(tmp_path, "list") == ""


def operator(folder: Path, command: str) -> str:
    """What an operator sees of what was refused."""
    tool = [sys.executable, "-m", "mesh.kept.journal", str(folder / "spool/gateway.db"), command]
    return subprocess.run(tool, capture_output=True, text=True, check=True, timeout=30).stdout


async def _has(found: list[dict[str, Any]], session: str, count: int) -> bool:
    return len([one for one in found if one["session_id"] == session]) == count


async def test_a_refused_event_takes_none_of_its_batch_with_it(
    http: httpx2.AsyncClient, gateway_over: Callable[..., Any]
) -> None:
    peer = Peer()
    peer.status = 503
    url = await gateway_over(peer)
    for session in ("s1", "s2", "s3"):
        await turn(http, url, session, "My name is Poison" if session == "s2" else "My name is Anna")
    peer.poison, peer.status = "Poison", 201
    for session, count in (("s1", 2), ("s2", 1), ("s3", 2)):
        await eventually(lambda s=session, c=count: _has(peer.events, s, c))  # type: ignore[misc]


@pytest.mark.parametrize("status", [401, 404, 429])
async def test_a_peer_that_is_set_up_wrongly_loses_nothing(
    http: httpx2.AsyncClient, gateway_over: Callable[..., Any], status: int
) -> None:
    peer = Peer()
    peer.status = status
    url = await gateway_over(peer)
    await turn(http, url, "s1", "My name is Anna")
    peer.status = 201
    await eventually(lambda: _has(peer.events, "s1", 2))
    await eventually(lambda: well(http, url))
    assert peer.leads[-1]["name"] == "Anna"


async def test_a_disk_that_takes_nothing_is_said_and_memory_holds(
    http: httpx2.AsyncClient, gateway_over: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    peer = Peer()
    url = await gateway_over(peer, spool_dir=tmp_path / "file" / "spool")
    assert (await turn(http, url, "s1", "hello"))["skipped"] == {}
    peer.status = 503
    said = await turn(http, url, "s1", "My name is Anna")
    assert {"disk", "logger", "lead_sender"} <= set(said["skipped"])
    assert "memory" in said["skipped"]["disk"]
    assert "in memory only" in (await http.get(url + "/health")).json()["checks"]["unwritten"]["detail"]
    (tmp_path / "file").unlink()
    await eventually(lambda: _is_file(tmp_path / "file/spool/gateway.db"))
    peer.status = 201
    await eventually(lambda: _has(peer.events, "s1", 4))
    await eventually(lambda: well(http, url))


async def _is_file(path: Path) -> bool:
    return path.is_file()


async def test_what_waits_is_readable_by_its_owner_only(
    http: httpx2.AsyncClient, gateway_over: Callable[..., Any], tmp_path: Path
) -> None:
    peer = Peer()
    peer.status = 503
    await turn(http, await gateway_over(peer), "s1", "My name is Anna")
    spool = tmp_path / "spool"
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in spool.iterdir()} == {0o600}
    assert {path.name for path in spool.iterdir()} >= {"gateway.db", "gateway.db-wal"}


async def test_a_file_that_is_no_database_is_put_aside(
    http: httpx2.AsyncClient, gateway_over: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool/gateway.db").write_bytes(b"torn" * 1000)
    peer = Peer()
    peer.status = 503
    url = await gateway_over(peer)
    assert "disk" not in (await turn(http, url, "s1", "My name is Anna"))["skipped"]
    (aside,) = (tmp_path / "spool").glob("*.broken")
    assert aside.read_bytes() == b"torn" * 1000


async def test_a_file_that_is_damaged_in_its_middle_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    first, second = (Spool(path, max_bytes=10**7, expendable=("a",)) for _ in range(2))
    await first.open()
    for number in range(200):
        first.put("a", f"{number}", "t", "x" * 500)
    await first.aclose()
    damaged = bytearray(path.read_bytes())
    damaged[8_192:40_000] = b"\xff" * (40_000 - 8_192)
    path.write_bytes(damaged)
    await second.open()
    second.put("a", "new", "t", "y")
    assert await second.kept()
    assert not second.trouble
    assert [aside.read_bytes() for aside in tmp_path.glob("*.broken")] == [bytes(damaged)]
    await second.aclose()


async def test_another_replica_writes_what_a_dead_one_has_left_but_nothing_of_a_living_one(tmp_path: Path) -> None:
    path = tmp_path / "spool/gateway.db"
    dead, living, heir = (Spool(path, max_bytes=10**6, expendable=("a",)) for _ in range(3))
    await dead.open()
    await living.open()
    for number in range(3):
        dead.put("a", f"d{number}", "d", str(number))
    living.put("a", "l", "l", "mine")
    assert await dead.kept()
    assert await living.kept()
    await dead.aclose()
    await heir.open()
    assert [row.body for row in heir.rows("a")] == ["0", "1", "2"]
    assert [row.body for row in await heir.about("l")] == ["mine"]  # its story goes on here
    await living.aclose()
    await heir.aclose()


async def test_a_row_that_was_done_or_replaced_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "spool/gateway.db"
    spool = Spool(path, max_bytes=10**6, expendable=("a",))
    await spool.open()
    rows = [spool.put("a", str(number), "t", "old") for number in range(3)]
    assert await spool.kept()
    spool.done(rows[0])
    newer = spool.put("a", "1", "t", "new")
    spool.done(rows[1])  # it was replaced meanwhile: the newer one waits still
    assert spool.has(newer)
    await spool.aclose()
    after = Spool(path, max_bytes=10**6, expendable=("a",))
    await after.open()
    assert [(row.key, row.body) for row in after.rows("a")] == [("1", "new"), ("2", "old")]
    await after.aclose()


async def test_a_full_spool_drops_the_oldest_of_the_most_expendable_and_counts_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool/gateway.db", max_bytes=1_000, expendable=("note", "lead"))
    await spool.open()
    spool.put("lead", "l", "l", "x" * 400)
    for number in range(10):
        spool.put("note", str(number), "n", "x" * 100)
    assert len(spool.rows("lead")) == 1
    assert [row.key for row in spool.rows("note")][-1] == "9"
    assert spool.dropped == 10 - len(spool.rows("note")) > 0
    await spool.aclose()


async def test_a_person_is_erased_from_what_waits(tmp_path: Path) -> None:
    settings = Settings(
        spool_dir=tmp_path / "spool", lead_sender_url="http://127.0.0.1:9", logger_url="http://127.0.0.1:9"
    )
    peers = connect(settings)
    recorder = Recorder(settings, peers)
    await recorder.open()
    scenario = Scenarios(settings.scenarios_dir, "generic").choose(None)
    for name, phone in (("theirs", "+14155550123"), ("other", "+14155550199")):
        session = Session(name, scenario, "en", caller=phone)
        recorder.later(session, Tool(name="text", arguments={"to": phone}))
        recorder.hold(session, TurnTaken(text="hello"))
    assert await recorder.erase("+14155550123", []) == {"theirs"}
    assert recorder.unwritten() == {"other"}
    await recorder.aclose()
    data = b"".join(path.read_bytes() for path in (tmp_path / "spool").iterdir())
    assert b"+14155550123" not in data
    assert b"+14155550199" in data
    for client in peers.all():
        await client.aclose()


async def test_keeping_waits_for_what_was_put_before_only(tmp_path: Path) -> None:
    """Under load something new comes all the time: that is no slow disk."""
    spool = Spool(tmp_path / "spool/gateway.db", max_bytes=10**8, expendable=("a",))
    await spool.open()
    adding = True

    async def add() -> None:
        number = 0
        while adding:
            number += 1
            spool.put("a", f"more-{number}", "t", "x")
            await asyncio.sleep(0)

    busy = asyncio.create_task(add())
    spool.put("a", "mine", "t", "x")
    assert await spool.kept()
    assert not spool.trouble
    adding = False
    await busy
    await spool.aclose()
