"""What happens to a turn while services are down, frozen or lying."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from gateway.config import Settings
from gateway.main import build
from simulator.processes import Mesh, eventually
from tests import audio_files

SLACK_S = 3.0  # what a noisy machine may add to a deadline


async def turn(http: httpx2.AsyncClient, mesh: Mesh, **body: Any) -> tuple[httpx2.Response, float]:
    started = time.monotonic()
    reply = await http.post(mesh.url("gateway") + "/process", json={"text": "My name is Anna", **body})
    return reply, time.monotonic() - started


@pytest.mark.parametrize(
    ("service", "deadline_s"), [("lang", 0.5), ("tts", 3.0), ("storage", 3.0), ("logger", 2.0), ("lead_sender", 2.0)]
)
@pytest.mark.parametrize("how", ["down", "frozen"])
async def test_a_turn_goes_on_without(
    mesh: Mesh, http: httpx2.AsyncClient, service: str, deadline_s: float, how: str
) -> None:
    if how == "down":
        mesh.kill(service)
    else:
        mesh.freeze(service)
    try:
        reply, took = await turn(http, mesh, session_id=uuid.uuid4().hex if service == "logger" else None)
        assert reply.status_code == 200, reply.text
        # logger is asked twice: for the session's past (1 attempt, 2 s) and to write.
        assert took < deadline_s + (2.0 if service == "logger" else 0) + SLACK_S
        body = reply.json()
        assert body["lead"]["fields"] == {"name": "Anna"}
        # Without storage speech is made again, so nothing of the turn is lost, and nothing skipped.
        assert list(body["skipped"]) == ([] if service == "storage" else [service])
        assert (body["audio_url"] is None) == (service == "tts")
        status = (await http.get(mesh.url("gateway") + "/status")).json()
        assert status["status"] == "degraded"
        assert status["services"][service]["state"] == "down"
    finally:
        if how == "down":
            mesh.start(service)
        else:
            mesh.thaw(service)
    again, _ = await turn(http, mesh)
    assert again.json()["skipped"] == {} or service in ("logger", "storage")


async def test_a_language_that_stt_does_not_know_is_refused_not_guessed(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    """The weak recogniser knows English: a Russian session's audio is no English."""
    session = uuid.uuid4().hex
    said, _ = await turn(http, mesh, session_id=session, text="Здравствуйте, меня зовут Анна")
    assert said.json()["language"] == "ru"
    file = {"file": ("a.wav", audio_files.make("wav"))}
    heard = await http.post(mesh.url("gateway") + "/process", files=file, data={"session_id": session})
    assert (heard.status_code, heard.json()["error"]["code"]) == (422, "language_not_supported")
    assert "./start_all.sh models" in heard.json()["error"]["message"]


async def test_status_has_versions(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    shown = (await http.get(mesh.url("gateway") + "/status")).json()
    assert shown["version"] == shown["services"]["gateway"]["version"] == "0.1.0"
    assert all(service["version"] for service in shown["services"].values())


@pytest.mark.parametrize("how", ["down", "frozen"])
async def test_a_lead_waits_until_lead_sender_is_back(mesh: Mesh, http: httpx2.AsyncClient, how: str) -> None:
    session = uuid.uuid4().hex
    mesh.kill("lead_sender") if how == "down" else mesh.freeze("lead_sender")
    for text in ("My name is Anna", "415 555 0123"):
        reply, _ = await turn(http, mesh, session_id=session, text=text)
        assert "lead_sender" in reply.json()["skipped"]
    health = (await http.get(mesh.url("gateway") + "/health")).json()
    assert health["checks"]["unwritten"]["ok"] is False
    mesh.start("lead_sender") if how == "down" else mesh.thaw("lead_sender")

    async def arrived() -> bool:
        found = await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})
        leads = found.json()["leads"]
        return len(leads) == 1 and leads[0]["fields"] == {"name": "Anna", "phone": "+14155550123"}

    await eventually(arrived)


async def test_events_wait_in_order_until_logger_is_back(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    await turn(http, mesh, session_id=session, text="hello")
    mesh.kill("logger")
    for i in range(4):
        reply, _ = await turn(http, mesh, session_id=session, text=f"turn {i}")
        assert "logger" in reply.json()["skipped"]
    mesh.start("logger")

    async def arrived() -> bool:
        found = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
        return [e["data"]["text"] for e in found if e["type"] == "turn"] == ["hello", *(f"turn {i}" for i in range(4))]

    await eventually(arrived)


@pytest.mark.parametrize("how", ["down", "frozen"])
async def test_gpt_lost_is_named_and_what_was_heard_is_kept(mesh: Mesh, http: httpx2.AsyncClient, how: str) -> None:
    session = uuid.uuid4().hex
    mesh.kill("gpt") if how == "down" else mesh.freeze("gpt")
    try:
        reply, took = await turn(http, mesh, session_id=session)
        error = reply.json()["error"]
        assert (reply.status_code, error["code"]) == (
            (503, "gpt_unavailable") if how == "down" else (504, "gpt_timeout")
        )
        assert "gpt" in error["message"]
        assert took < 9.5 + SLACK_S
        leads = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()["leads"]
        assert leads[0]["fields"] == {"name": "Anna"}
        events = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
        assert events[0]["data"]["failed"] == error["code"]
    finally:
        mesh.start("gpt") if how == "down" else mesh.thaw("gpt")
    reply, _ = await turn(http, mesh, session_id=session, text="415 555 0123")
    assert reply.json()["lead"]["fields"] == {"name": "Anna", "phone": "+14155550123"}


async def test_stt_lost_is_named(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    mesh.kill("stt")
    try:
        reply = await http.post(mesh.url("gateway") + "/process", files={"file": ("a.wav", audio_files.make("wav"))})
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "stt_unavailable")
        text, _ = await turn(http, mesh)
        assert text.status_code == 200
    finally:
        mesh.start("stt")


async def test_what_stt_finds_wrong_is_told(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    reply = await http.post(mesh.url("gateway") + "/process", files={"file": ("a.wav", b"no audio at all")})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "not_audio")
    russian = await http.post(
        mesh.url("gateway") + "/process", files={"file": ("a.wav", audio_files.make("wav"))}, data={"language": "ru"}
    )
    assert (russian.status_code, russian.json()["error"]["code"]) == (422, "language_not_supported")
    private, _ = await turn(http, mesh, text=None, audio_url="http://127.0.0.1:8005/leads")
    assert (private.status_code, private.json()["error"]["code"]) == (422, "forbidden_url")


async def test_the_trace_is_one_over_all_hops(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    trace = uuid.uuid4().hex
    headers = {"traceparent": f"00-{trace}-{'c' * 16}-01", "x-request-id": f"r-{trace[:8]}"}
    await http.post(mesh.url("gateway") + "/process", json={"text": "My name is Anna"}, headers=headers)

    async def logged() -> bool:
        return all(
            f'"trace_id":"{trace}"' in mesh.log(name)
            for name in ("gateway", "lang", "gpt", "tts", "lead_sender", "logger")
        )

    await eventually(logged)
    for name in ("lang", "gpt", "tts"):
        assert f'"request_id":"r-{trace[:8]}"' in mesh.log(name)


@pytest.mark.parametrize("service", ["lang", "tts", "lead_sender", "logger", "gpt", "stt"])
async def test_a_service_that_lies(
    mesh: Mesh, http: httpx2.AsyncClient, serve_app: Callable[..., Any], service: str
) -> None:
    """200 with something else in it is no answer: the step is skipped, or the turn fails naming the service."""
    liar = FastAPI()
    liar.add_api_route("/{path:path}", lambda: {"status": "fine, thanks"}, methods=["GET", "POST"])
    peers = {
        f"{name}_url": mesh.url(name) for name in ("stt", "lang", "gpt", "tts", "lead_sender", "logger", "storage")
    }
    settings = Settings(**{**peers, f"{service}_url": await serve_app(liar)})
    url = await serve_app(build(settings)) + "/process"
    if service == "stt":
        reply = await http.post(url, files={"file": ("a.wav", audio_files.make("wav"))})
    else:
        reply = await http.post(url, json={"text": "My name is Anna"})
    if service in ("gpt", "stt"):
        assert (reply.status_code, reply.json()["error"]["code"]) == (502, f"{service}_bad_reply")
    else:
        assert reply.status_code == 200
        assert "makes no sense" in reply.json()["skipped"][service]
        assert reply.json()["lead"]["fields"] == {"name": "Anna"}
