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
from mesh.client import Client
from mesh.db import Database


@pytest.fixture
async def url(serve_app: Callable[..., Any], tmp_path: Path) -> Any:
    return await serve_app(build(Settings(database_url=f"sqlite:///{tmp_path}/l.db")))


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
    assert await store.Old(db, erasure).forget(3) == 2
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
    for wrong in ({"session_id": "a b"}, {"type": "Not A Type"}, {"data": "text"}, []):
        assert (await http.post(f"{url}/process", json=wrong)).status_code == 422
