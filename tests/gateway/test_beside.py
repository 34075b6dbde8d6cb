"""A text turn whose values a model looks for beside the answer. The same for calls: realtime/test_legs.py."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from gpt.config import Settings as GptSettings
from gpt.main import build as build_gpt
from simulator.clouds import LlmServer
from simulator.processes import Mesh, eventually
from tests.gateway.conftest import field, scenario

FORM = scenario(field("name", "name"), field("phone", "phone"), field("city", "city"))
ODD = "Zebulon is what everybody has always said to me"
Begin = Callable[..., Any]


@pytest.fixture
async def model(serve_app: Callable[..., Any]) -> tuple[LlmServer, str]:
    """A model's server that finds a name, and a gpt that uses it."""
    server = LlmServer()
    server.structured["name"] = json.dumps({"name": "Zebulon", "phone": None, "city": None})
    base = f"{await serve_app(server.app)}/v1"
    return server, str(await serve_app(build_gpt(GptSettings(llm_base_url=base))))


async def test_both_are_asked_at_the_same_time(gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str]) -> None:
    """Neither is answered before both have been asked: one after the other they would wait for ever."""
    server, gpt_url = model
    both = asyncio.Barrier(2)

    async def gate(_: bool) -> None:
        await both.wait()

    server.gate, server.reply = gate, "Pleased to meet you."
    turn = await talker(await gateway_at(FORM, gpt_url=gpt_url, values_deadline_s=9), uuid.uuid4().hex)(ODD)
    assert (turn["skipped"], turn["lead"]["fields"], turn["asked"]) == ({}, {"name": "Zebulon"}, "phone")
    assert turn["reply"] == "Pleased to meet you. Your phone?"


@pytest.mark.parametrize(
    ("written", "reply"),
    [
        ("It is fifty euros. And may I ask who is calling?", "It is fifty euros. Your phone?"),
        ("It is fifty euros.\nWould you like it? It has a view.", "It is fifty euros.\nIt has a view. Your phone?"),
    ],
)
async def test_a_model_that_asks_though_it_was_told_not_to(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str], written: str, reply: str
) -> None:
    server, gpt_url = model
    server.reply = written
    turn = await talker(await gateway_at(FORM, gpt_url=gpt_url, values_deadline_s=9), uuid.uuid4().hex)(ODD)
    assert turn["reply"] == reply
    prompt = next(body["messages"][0]["content"] for body in server.bodies if "response_format" not in body)
    assert "Ask nothing" in prompt
    assert "Your name?" not in prompt


async def test_a_question_back_is_not_followed_by_another(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str]
) -> None:
    server, gpt_url = model
    server.structured["name"], server.reply = "{}", "Could you say that once more?"
    turn = await talker(await gateway_at(FORM, gpt_url=gpt_url, values_deadline_s=9), uuid.uuid4().hex)(ODD)
    assert turn["reply"] == "Could you say that once more?"


@pytest.mark.parametrize("closed", [True, False])
async def test_what_comes_late_is_saved(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str], mesh: Mesh, http: httpx2.AsyncClient, closed: bool
) -> None:
    """The answer does not wait for it; the session's end does."""
    server, gpt_url = model
    found, session = asyncio.Event(), uuid.uuid4().hex

    async def gate(structured: bool) -> None:
        if structured:
            await found.wait()

    server.gate, server.reply = gate, "I see."
    url = await gateway_at(FORM, gpt_url=gpt_url, values_deadline_s=0.05)
    say = talker(url, session)
    turn = await say(ODD)
    assert (turn["reply"], turn["lead"]["fields"], list(turn["skipped"])) == ("I see. Your name?", {}, ["values"])
    closing = (
        asyncio.create_task(http.post(f"{url}/v1/sessions/{session}/close", json={"reason": "x"})) if closed else None
    )
    found.set()
    if closing is not None:
        (await closing).raise_for_status()

    async def saved() -> bool:
        page = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()
        return [lead["fields"] for lead in page["leads"]] == [{"name": "Zebulon"}]

    await eventually(saved)
    events = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
    values = next(event["data"] for event in events if event["type"] == "values")
    assert values["fields"] == {"name": "Zebulon"}
    kinds = [event["type"] for event in events]
    if closed:
        assert kinds.index("values") < kinds.index("closed")
    else:
        assert (await say("415 555 0123"))["asked"] == "city", "nobody is asked for what came late"


async def test_what_comes_late_does_not_overwrite_what_is_newer(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str], mesh: Mesh, http: httpx2.AsyncClient
) -> None:
    server, gpt_url = model
    found, session = asyncio.Event(), uuid.uuid4().hex

    async def gate(structured: bool) -> None:
        if structured:
            await found.wait()

    server.gate = gate
    server.structured["name"] = json.dumps({"name": "Zebulon", "phone": None, "city": "Always"})
    say = talker(await gateway_at(FORM, gpt_url=gpt_url, values_deadline_s=0.05), session)
    await say(ODD)
    assert (await say("My name is Anna"))["lead"]["fields"] == {"name": "Anna"}
    found.set()

    async def saved() -> bool:
        page = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()
        return [lead["fields"] for lead in page["leads"]] == [{"name": "Anna", "city": "Always"}]

    await eventually(saved)


async def test_a_session_that_is_rebuilt_knows_what_came_late(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str], mesh: Mesh, http: httpx2.AsyncClient
) -> None:
    server, gpt_url = model
    found, session = asyncio.Event(), uuid.uuid4().hex

    async def gate(structured: bool) -> None:
        if structured:
            await found.wait()

    server.gate = gate
    await talker(await gateway_at(FORM, gpt_url=gpt_url, values_deadline_s=0.05), session)(ODD)
    found.set()

    async def written() -> bool:
        events = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
        return any(event["type"] == "values" for event in events)

    await eventually(written)
    other = await gateway_at(FORM, gpt_url=gpt_url)
    body = {"session_id": session, "text": "415 555 0123", "language": "en"}
    turn = (await http.post(f"{other}/process", json=body)).raise_for_status().json()
    assert turn["lead"]["fields"] == {"name": "Zebulon", "phone": "+14155550123"}
