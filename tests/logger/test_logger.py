import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from logger import store
from logger.config import Settings
from logger.erasure import Erasure
from logger.main import build
from logger.tables import events
from mesh.client import Client
from mesh.kept.db import Database
from mesh.kept.tombstones import Aged
from simulator.processes import eventually
from storage.config import Settings as StorageSettings
from storage.main import build as build_storage


@pytest.fixture
async def url(serve_app: Callable[..., Any], migrated: Callable[..., str], tmp_path: Path) -> Any:
    return await serve_app(build(Settings(database_url=migrated("logger", tmp_path / "l.db"))))


def event(session: str, **changes: Any) -> dict[str, Any]:
    base = {"id": uuid.uuid4().hex, "session_id": session, "type": "turn", "at": time.time(), "service": "test"}
    return {**base, "data": {"text": "Привет", "n": 1}, **changes}


async def test_events_come_back_in_order_and_once(url: str, http: httpx2.AsyncClient) -> None:
    events = [event("s-1", data={"n": i}) for i in range(20)]
    first = await http.post(f"{url}/events", json={"events": events[:15]})
    again = await http.post(f"{url}/events", json={"events": events[10:]})
    assert (first.json(), again.json()) == ({"appended": 15}, {"appended": 5})
    found = (await http.get(f"{url}/sessions/s-1/events")).json()["events"]
    assert found == events
    assert [e["data"]["n"] for e in (await http.get(f"{url}/sessions/s-1/events?limit=3")).json()["events"]] == [
        17,
        18,
        19,
    ]
    assert (await http.get(f"{url}/sessions/none/events")).json() == {"events": []}


async def test_sessions_latest_first(url: str, http: httpx2.AsyncClient) -> None:
    for i, name in enumerate(("a", "b", "c", "a")):
        await http.post(f"{url}/events", json={"events": [event(name, at=100.0 + i)]})
    found = (await http.get(f"{url}/sessions")).json()["sessions"]
    assert [(s["session_id"], s["events"]) for s in found] == [("a", 2), ("c", 1), ("b", 1)]
    older = (await http.get(f"{url}/sessions", params={"before": 103, "limit": 1})).json()["sessions"]
    assert [s["session_id"] for s in older] == ["c"]


async def test_many_writers(url: str, http: httpx2.AsyncClient) -> None:
    posts = [http.post(f"{url}/events", json={"events": [event("s", data={"n": i})]}) for i in range(100)]
    assert {reply.status_code for reply in await asyncio.gather(*posts)} == {201}
    assert len((await http.get(f"{url}/sessions/s/events")).json()["events"]) == 100


@pytest.mark.parametrize(
    "changes", [{"id": "x"}, {"type": "Not A Type"}, {"at": "soon"}, {"session_id": ""}, {"data": []}]
)
async def test_what_is_no_event(url: str, http: httpx2.AsyncClient, changes: dict[str, Any]) -> None:
    reply = await http.post(f"{url}/events", json={"events": [event("s", **changes)]})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_request")


async def test_old_events_are_forgotten(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/l.db", "logger")
    await db.migrate(Path("logger/migrations"))
    from mesh.wire.logger import Event

    erasure = Erasure(db, Client("storage", "http://127.0.0.1:9", caller="logger"))
    await erasure.tombstones.open()
    await store.append(db, erasure, [Event.model_validate(event("s", at=float(i))) for i in (1, 2, 3)])
    assert await Aged(db, events.c.at, erasure.tombstones, store.delete).forget(3) == 2
    assert [e.at for e in await store.of_session(db, "s", limit=10)] == [3.0]
    await db.close()


async def test_process_appends_one_event(url: str, http: httpx2.AsyncClient) -> None:
    said = await http.post(f"{url}/process", json={"text": "A table by the window", "table": 4})
    assert said.status_code == 201
    body = said.json()
    assert (body["status"], body["new"], body["event"]["type"]) == ("event logged", True, "note")
    assert body["event"]["data"] == {"text": "A table by the window", "table": 4}
    assert (await http.get(f"{url}/sessions/notes/events")).json()["events"] == [body["event"]]
    full = {"session_id": "s-9", "type": "complaint", "data": {"about": "noise"}, "id": "complaint-1"}
    assert [(await http.post(f"{url}/process", json=full)).json()["new"] for _ in range(2)] == [True, False]
    kept = (await http.get(f"{url}/sessions/s-9/events")).json()["events"]
    assert [(event["type"], event["data"]) for event in kept] == [("complaint", {"about": "noise"})]
    assert (await http.post(f"{url}/process", json={})).json()["event"]["data"] == {}
    deep: Any = 1
    for _ in range(60):
        deep = [deep]
    for wrong in ({"session_id": "a b"}, {"type": "Not A Type"}, {"data": "text"}, [], {"data": deep}, {"own": deep}):
        assert (await http.post(f"{url}/process", json=wrong)).status_code == 422


@pytest.fixture
async def store_of_objects(serve_app: Callable[..., Any], tmp_path: Path) -> str:
    return str(await serve_app(build_storage(StorageSettings(storage_dir=tmp_path / "objects"))))


@pytest.fixture
async def with_storage(
    serve_app: Callable[..., Any], migrated: Callable[..., str], tmp_path: Path, store_of_objects: str
) -> str:
    settings = Settings(database_url=migrated("logger", tmp_path / "o.db"), storage_url=store_of_objects)
    return str(await serve_app(build(settings)))


async def test_late_events_of_an_erased_person_are_dropped(
    with_storage: str, store_of_objects: str, http: httpx2.AsyncClient
) -> None:
    """In flight while the person is erased: of a session that was known, and of one of which nothing was known."""
    url, now = with_storage, time.time()

    async def post(*events: dict[str, Any]) -> int:
        return int((await http.post(f"{url}/events", json={"events": events})).raise_for_status().json()["appended"])

    async def stored(session: str) -> int:
        return len((await http.get(f"{url}/sessions/{session}/events")).json()["events"])

    async def speech() -> dict[str, str]:
        key = uuid.uuid4().hex * 2
        (await http.put(f"{store_of_objects}/objects/speech/{key}", content=b"sound")).raise_for_status()
        return {"bucket": "speech", "key": key}

    first, late, theirs = await speech(), await speech(), {"caller": "(415) 555-0123"}
    await post(event("known", data={**theirs, **first}), event("begun", data={"text": "I am Anna"}, at=now - 5))
    await post(event("other", data={"caller": "+14155550199", "called": "+14155550123"}))
    gone = (await http.post(f"{url}/erase", json={"phone": "+14155550123"})).json()
    assert (gone["sessions"], gone["objects"], gone["waiting"]) == (["known"], [first], 0)
    assert await post(event("known", data={"text": "and my name is Anna", **late})) == 0
    assert await post(event("unknown", data=theirs, at=now - 1), event("unknown", data={"text": "Anna"})) == 0
    assert await post(event("begun", data={"fields": {"phone": "+1 415 555 0123"}})) == 0
    assert [await stored(one) for one in ("known", "unknown", "begun", "other")] == [0, 0, 0, 1]
    for one in (first, late):

        async def missing(one: dict[str, str] = one) -> bool:
            path = f"/objects/{one['bucket']}/{one['key']}"
            return (await http.get(store_of_objects + path)).status_code == 404

        await eventually(missing, 20)
    assert await post(event("new", data=theirs)) == 1, "a new call of theirs is served as any other"
    assert (await http.post(f"{url}/erase", json={"phone": "+14155550123"})).json()["sessions"] == ["new"]


async def test_an_erasure_by_a_clock_that_was_ahead_keeps_nobody_out(url: str, http: httpx2.AsyncClient) -> None:
    now = time.time()
    erased = {"phone": "+14155550123", "at": now + 400 * 86_400}
    (await http.post(f"{url}/erase", json=erased)).raise_for_status()
    theirs = {"caller": "+14155550123"}
    late = [event("late", data=theirs, at=now - 5), event("late", data={"text": "Anna"})]
    assert (await http.post(f"{url}/events", json={"events": late})).json() == {"appended": 0}
    called = event("new", data=theirs, at=time.time())
    assert (await http.post(f"{url}/events", json={"events": [called]})).json() == {"appended": 1}


async def test_who_called_without_a_number_is_erased_by_what_there_was(url: str, http: httpx2.AsyncClient) -> None:
    called = [event("a", data={"caller": "Anonymous"}), event("b", data={"text": "I stay anonymous"})]
    await http.post(f"{url}/events", json={"events": called})
    gone = (await http.post(f"{url}/erase", json={"phone": "anonymous"})).json()
    assert gone["sessions"] == ["a"]


async def test_nothing_of_what_was_erased_stays_in_the_files(
    url: str, http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    for i in range(200):
        one = event(f"s-{i}", data={"text": f"Zebulon {i} " * 30, "caller": f"+1415555{1000 + i // 2}"})
        await http.post(f"{url}/events", json={"events": [one]})
    await http.post(f"{url}/erase", json={"phone": "+14155551000"})
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("l.db*"))
    assert b"Zebulon 2 " in kept
    assert not [name for name in (b"Zebulon 0 ", b"Zebulon 1 ", b"+14155551000") if name in kept]
