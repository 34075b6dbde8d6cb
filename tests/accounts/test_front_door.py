"""The mesh with a JWT_SECRET, as processes: who is served where, what is whose, and what outlives a kill."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from mesh.auth.tokens import Tokens
from simulator.processes import Mesh, eventually

SECRET = "front door " * 4
SERVICES = ("logger", "storage", "lead_sender", "accounts", "lang", "tts", "gpt", "gateway", "call_handler")
PASSWORD = "correct horse battery"
OWN = "0123456789abcdef-of-the-house"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    running = Mesh(tmp_path_factory.mktemp("door"), JWT_SECRET=SECRET, API_KEYS=f"house:{OWN}")
    try:
        running.start(*SERVICES)
        yield running
    finally:
        running.stop()


@pytest.fixture
async def api(door: Mesh) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=door.url("gateway"), timeout=30, trust_env=False) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def service(name: str = "test") -> dict[str, str]:
    return bearer(Tokens(SECRET).make("mesh", f"service:{name}", "service", 600))


async def user(api: httpx2.AsyncClient, name: str) -> dict[str, str]:
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    made = await api.post("/auth/register", json=body)
    assert made.status_code in (201, 409), made.text
    reply = await api.post("/auth/token", data={"username": name, "password": PASSWORD})
    assert reply.status_code == 200, reply.text
    return bearer(reply.json()["access_token"])


async def key(api: httpx2.AsyncClient, who: dict[str, str], **body: Any) -> tuple[str, dict[str, str]]:
    made = (await api.post("/keys", json={"name": "k", **body}, headers=who)).json()
    return made["id"], bearer(made["key"])


async def test_who_shows_nothing_is_served_nothing(door: Mesh, api: httpx2.AsyncClient) -> None:
    for path in ("/", "/health", "/metrics", "/docs", "/openapi.json"):
        assert (await api.get(path)).status_code == 200, path
    for method, path in (
        ("POST", "/process"),
        ("POST", "/v1/process"),
        ("POST", "/v1/sessions"),
        ("POST", "/v1/sessions/s-1/close"),
        ("GET", "/status"),
        ("GET", "/v1/audio/" + "0" * 64),
        ("DELETE", "/people/+14155550123"),
        ("DELETE", "/v1/owners/user:x"),
        ("GET", "/users"),
        ("GET", "/keys"),
        ("GET", "/nothing/there"),
    ):
        reply = await api.request(method, path)
        assert reply.status_code == 401, (path, reply.text)
        assert reply.headers["www-authenticate"].startswith("Bearer")
    for name, path in (("logger", "/sessions"), ("lead_sender", "/leads"), ("storage", "/"), ("gpt", "/process")):
        assert (await api.post(door.url(name) + path)).status_code in (401, 405), name
    with pytest.raises(InvalidStatus) as refused:
        async with connect(door.url("gateway").replace("http", "ws") + "/v1/realtime"):
            pass
    assert refused.value.response.status_code == 401


async def test_users_tokens_and_keys_do_not_open_the_services_inside(door: Mesh, api: httpx2.AsyncClient) -> None:
    anna = await user(api, "anna")
    _, with_key = await key(api, anna)
    for name, path in (
        ("logger", "/sessions"),
        ("lead_sender", "/leads"),
        ("lead_sender", "/deliveries"),
        ("storage", "/objects/recordings/" + "0" * 64),
        ("accounts", "/keys/changes"),
    ):
        for headers in (anna, with_key, bearer(OWN)):
            assert (await api.get(door.url(name) + path, headers=headers)).status_code in (401, 403), name
        assert (await api.get(door.url(name) + path, headers=service())).status_code in (200, 404), name


async def test_a_session_is_whose_it_was_begun_by(door: Mesh, api: httpx2.AsyncClient) -> None:
    anna, berta = await user(api, "anna"), await user(api, "berta")
    _, her_key = await key(api, anna)
    reply = await api.post("/process", json={"text": "Hello, my name is Anna Petrova"}, headers=anna)
    assert reply.status_code == 200, reply.text
    session = reply.json()["session_id"]
    again = {"text": "My number is 415 555 0123", "session_id": session}
    assert (await api.post("/v1/process", json=again, headers=her_key)).status_code == 200  # her key is hers
    for headers in (berta, bearer(OWN)):
        for path, body in (
            ("/process", again),
            ("/v1/process", {"silence": True, "session_id": session}),
            ("/v1/sessions", {"session_id": session}),
            (f"/v1/sessions/{session}/close", {}),
            ("/v1/sessions/nobody-began-it/close", {}),
        ):
            refused = await api.post(path, json=body, headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found"), (path, refused.text)
        machine = {"answered_by": "machine_end_beep"}
        assert (await api.post(f"/v1/sessions/{session}/machine", json=machine, headers=headers)).status_code == 403
    url = door.url("gateway").replace("http", "ws") + f"/v1/realtime?session_id={session}"
    async with connect(url, additional_headers=berta) as socket:
        assert json.loads(await socket.recv())["error"]["code"] == "not_found"
    offered = ["realtime", "openai-insecure-api-key." + her_key["authorization"].removeprefix("Bearer ")]
    async with connect(url, subprotocols=offered) as socket:  # type: ignore[arg-type]
        assert json.loads(await socket.recv())["type"] == "session.created"
    events = (await api.get(door.url("logger") + f"/sessions/{session}/events", headers=service())).json()["events"]
    owners = {one["data"].get("owner") for one in events if one["type"] in ("opened", "turn", "silence")}
    me = (await api.get("/users/me", headers=anna)).json()["id"]
    assert owners == {f"user:{me}"}

    async def her_leads() -> bool:
        page = await api.get(door.url("lead_sender") + f"/leads?session_id={session}", headers=service())
        return [lead["owner"] for lead in page.json()["leads"]] == [f"user:{me}"]

    await eventually(her_leads)
    door.kill("gateway")  # another process knows whose it is, from the session's events
    door.start("gateway")
    assert (await api.post("/process", json=again, headers=berta)).status_code == 404
    assert (await api.post("/process", json=again, headers=anna)).status_code == 200
    assert (await api.post("/process", json=again, headers=service("call_handler"))).status_code == 200
    door.kill("gateway", "logger")  # where nobody can say whose it is nobody has it
    door.start("gateway")
    assert (await api.post("/process", json=again, headers=berta)).status_code in (404, 503)
    assert (await api.post("/process", json=again, headers=anna)).status_code in (200, 503)  # as what waits here tells
    unknown = again | {"session_id": "whose-is-it"}
    assert (await api.post("/process", json=unknown, headers=berta)).status_code == 503
    door.start("logger")


async def test_a_key_has_its_scopes_and_ends_within_a_second(door: Mesh, api: httpx2.AsyncClient) -> None:
    anna = await user(api, "anna")
    made, with_key = await key(api, anna, scopes=["audio"])
    assert (await api.post("/process", json={"text": "hi"}, headers=with_key)).status_code == 403
    assert (await api.get("/v1/audio/" + "0" * 64, headers=with_key)).status_code in (404, 410)
    assert (await api.get("/status", headers=with_key)).status_code == 403
    await api.delete(f"/keys/{made}", headers=anna)
    await ends(api, with_key)
    _, short = await key(api, anna, scopes=["audio"], expires_at=time.time() + 1.0)
    assert (await api.get("/v1/audio/" + "0" * 64, headers=short)).status_code in (404, 410)
    await ends(api, short, 2.0)


async def ends(api: httpx2.AsyncClient, headers: dict[str, str], seconds: float = 1.0) -> None:
    async with asyncio.timeout(seconds):
        while (await api.get("/v1/audio/" + "0" * 64, headers=headers)).status_code != 401:
            await asyncio.sleep(0.02)


async def test_accounts_down_stops_nobody_who_is_known(door: Mesh, api: httpx2.AsyncClient) -> None:
    anna = await user(api, "anna")
    _, with_key = await key(api, anna)
    there = "/v1/audio/" + "0" * 64
    assert (await api.get(there, headers=with_key)).status_code in (404, 410)
    door.kill("accounts")
    try:
        assert (await api.get(there, headers=with_key)).status_code in (404, 410)
        assert (await api.get(there, headers=anna)).status_code in (404, 410)
        assert (await api.get(there, headers=bearer(OWN))).status_code in (404, 410)
        unknown = await api.get(there, headers=bearer("vb_aaaaaaaa_" + "x" * 43))
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (503, "accounts_unavailable")
        reply = await api.post("/auth/token", data={"username": "anna", "password": PASSWORD})
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "accounts_unavailable")
    finally:
        door.start("accounts")


async def test_a_key_of_the_environment_manages_no_accounts(api: httpx2.AsyncClient) -> None:
    for method, path, body in (("GET", "/users/me", None), ("GET", "/keys", None), ("POST", "/keys", {"name": "k"})):
        reply = await api.request(method, path, json=body, headers=bearer(OWN))
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "log_in_wanted")


async def test_an_admin_and_the_house_erase_people_and_read_the_status(api: httpx2.AsyncClient) -> None:
    anna = await user(api, "anna")
    for headers in (anna, bearer(OWN)):
        assert (await api.delete("/v1/people/+14155550123", headers=headers)).status_code == 403
        assert (await api.delete("/v1/owners/user:x", headers=headers)).status_code == 403
    assert (await api.get("/status", headers=service("admin_panel"))).status_code == 200


async def test_a_deleted_account_leaves_nothing_though_all_are_killed_meanwhile(
    door: Mesh, api: httpx2.AsyncClient
) -> None:
    clara = await user(api, "clara")
    me = (await api.get("/users/me", headers=clara)).json()["id"]
    sessions = []
    for line in ("Hello, my name is Clara Oswald", "I am Clara, from Glasgow"):
        reply = await api.post("/process", json={"text": line}, headers=clara)
        sessions.append(reply.json()["session_id"])
    inside = {name: door.url(name) for name in ("logger", "lead_sender")}

    async def left() -> list[str]:
        found: list[str] = []
        for session in sessions:
            told = await api.get(inside["logger"] + f"/sessions/{session}/events", headers=service())
            found += [event["type"] for event in told.json()["events"]]
            page = await api.get(inside["lead_sender"] + f"/leads?session_id={session}", headers=service())
            found += [lead["id"] for lead in page.json()["leads"]]
        return found

    assert await left()
    door.freeze("lead_sender")
    deleting = asyncio.create_task(api.delete("/users/me", headers=clara))
    await asyncio.sleep(1.0)  # it is in the middle: lead_sender does not answer
    door.kill("accounts", "gateway")
    await asyncio.gather(deleting, return_exceptions=True)
    door.thaw("lead_sender")
    door.start("accounts", "gateway")

    async def nothing() -> bool:
        return not await left()

    await eventually(nothing, seconds=40)
    late = {
        "id": "late-event-1",
        "session_id": "a-late-session",
        "type": "opened",
        "at": time.time(),
        "service": "gateway",
    }
    late["data"] = {"scenario": "generic", "owner": f"user:{me}"}  # type: ignore[assignment]
    taken = await api.post(inside["logger"] + "/events", json={"events": [late]}, headers=service())
    assert taken.json() == {"appended": 0}
    lead = {"name": "Clara", "phone": "+14155550155", "partial": True, "owned_by": f"user:{me}"}
    assert (await api.post(inside["lead_sender"] + "/process", json=lead, headers=service())).status_code == 410
    assert (await api.post("/auth/token", data={"username": "clara", "password": PASSWORD})).status_code == 401
