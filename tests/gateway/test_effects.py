"""Tools with effects: once a session for one purpose, to the caller's own number, and so many a day."""

import asyncio
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from call_handler.config import Settings as CallSettings
from call_handler.main import build as build_calls
from gpt.config import Settings as GptSettings
from gpt.main import build as build_gpt
from simulator.clouds import LlmServer, TwilioApi
from simulator.processes import Mesh, eventually
from tests.gateway.conftest import field, scenario, text
from tests.gateway.test_tools import crm, ticket  # noqa: F401 (a fixture)

NAME, PHONE = field("name", "name"), field("phone", "phone")
OWN = "+14155550123"
SPEECH = {"greeting": "Hello.", "prompt": "Be kind.", "done": "Goodbye!"}
ALREADY = {
    "en": "I have sent it to you already.",
    "ru": "Я вам это уже отправила.",
    "de": "Das habe ich Ihnen schon geschickt.",
    "es": "Ya se lo he enviado.",
    "fr": "Je vous l’ai déjà envoyé.",
}
KEYWORDS = {code: ["sms"] for code in ALREADY}
NOTE = {"name": "note", "kind": "sms", "keywords": KEYWORDS, "text": dict.fromkeys(ALREADY, "Our address.")}


def wanted(**more: Any) -> dict[str, Any]:
    """A scenario in five languages whose callers may have a text."""
    made = scenario(tools=[NOTE | more])
    return made | {"languages": dict.fromkeys(ALREADY, SPEECH)}


@pytest.fixture
async def office(serve_app: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """A call_handler with an account at a Twilio of ours; what that was told to send."""
    twilio = TwilioApi()
    api = await serve_app(twilio.app)

    async def start(**settings: Any) -> tuple[str, list[dict[str, str]]]:
        made = CallSettings(
            **{"twilio_account_sid": "AC1", "twilio_auth_token": "t", "twilio_phone_number": "+14155550100",
               "calls_token": "lines", "public_url": "https://example.com", "twilio_api_url": api, "audiosocket_port": 0,
               "public_port": 0, "texts_file": tmp_path / "texts.db", "recordings_dir": tmp_path / "recordings",
               **settings}
        )  # fmt: skip
        return await serve_app(build_calls(made)), twilio.texts

    return start


async def say(http: httpx2.AsyncClient, url: str, session: str, words: str, **more: str) -> str:
    body = {"session_id": session, "text": words, "language": "en", "caller": OWN, **more}
    reply = await http.post(f"{url}/process", json=body)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["reply"])


@pytest.mark.parametrize("code", ALREADY)
async def test_thirty_times_is_one_text(gateway_at: Any, office: Any, http: httpx2.AsyncClient, code: str) -> None:
    handler, sent = await office(texts_per_number=1_000)
    url = await gateway_at(wanted(), call_handler_url=handler, calls_token="lines")
    session = uuid.uuid4().hex
    replies = [await say(http, url, session, f"sms {number}", language=code) for number in range(30)]
    assert [form["To"] for form in sent] == [OWN]
    assert ALREADY[code] not in replies[0]
    assert all(reply.startswith(ALREADY[code]) for reply in replies[1:])


async def test_together_is_one_text_too(gateway_at: Any, office: Any, http: httpx2.AsyncClient) -> None:
    handler, sent = await office()
    url = await gateway_at(wanted(), call_handler_url=handler, calls_token="lines")
    session = uuid.uuid4().hex
    await asyncio.gather(*[say(http, url, session, "sms please") for _ in range(10)])
    assert len(sent) == 1


async def test_it_stays_one_when_gateway_was_killed(
    gateway_at: Any, office: Any, http: httpx2.AsyncClient, mesh: Mesh
) -> None:
    handler, sent = await office()
    session = uuid.uuid4().hex
    first = await gateway_at(wanted(), call_handler_url=handler, calls_token="lines")
    await say(http, first, session, "sms please")

    async def recorded() -> bool:
        events = (await http.get(f"{mesh.url('logger')}/sessions/{session}/events")).json()["events"]
        return any(event["type"] == "effect" for event in events)

    await eventually(recorded)
    second = await gateway_at(wanted(), call_handler_url=handler, calls_token="lines")
    assert (await say(http, second, session, "sms please")).startswith(ALREADY["en"])
    assert len(sent) == 1


async def test_a_number_that_is_dictated_gets_no_text(gateway_at: Any, office: Any, http: httpx2.AsyncClient) -> None:
    handler, sent = await office()
    own = scenario(PHONE, tools=[{**NOTE, "keywords": {"en": ["sms"]}, "text": text("Our address.")}])
    url = await gateway_at(own, call_handler_url=handler, calls_token="lines")
    victim = "my number is 415 555 0177, sms please"
    known = uuid.uuid4().hex
    await say(http, url, known, victim)
    assert [form["To"] for form in sent] == [OWN], "to the number that calls, not to the one that is said"
    hidden = uuid.uuid4().hex
    reply = await say(http, url, hidden, victim, caller="anonymous")
    assert reply.startswith("Hello. I do not see the number you are calling from"), "greeted, and answered"
    await say(http, url, hidden, "yes", caller="anonymous")
    await say(http, url, hidden, "sms please", caller="anonymous")
    assert len(sent) == 1


async def test_what_failed_is_tried_again_a_few_times(gateway_at: Any, office: Any, http: httpx2.AsyncClient) -> None:
    handler, sent = await office()
    url = await gateway_at(wanted(), call_handler_url=handler, calls_token="wrong")
    session = uuid.uuid4().hex
    replies = [await say(http, url, session, "sms please") for _ in range(5)]
    assert sent == []
    assert ["I am sorry, something" in reply for reply in replies] == [True, True, True, False, False]
    assert replies[-1].startswith("I cannot do any more of that today")


async def test_a_request_is_made_once_for_the_same_and_again_for_another(
    gateway_at: Any,
    http: httpx2.AsyncClient,
    crm: tuple[Any, str],  # noqa: F811
    serve_app: Any,
) -> None:
    """By a model that calls the function whenever it is asked to."""
    server = LlmServer()
    gpt_url = await serve_app(build_gpt(GptSettings(llm_base_url=f"{await serve_app(server.app)}/v1")))
    own = scenario(tools=[ticket(crm[1]) | {"when": "asked"}])
    url = await gateway_at(own, gpt_url=gpt_url)
    session = uuid.uuid4().hex
    for guests in (2, 2, 2, 3, 4, 5, 6):
        server.calls = [{"name": "ticket", "arguments": json.dumps({"name": "Anna", "guests": guests})}]
        await say(http, url, session, "book it")
    assert [got["body"]["guests"] for got in crm[0].got] == [2, 3, 4]
    outputs = [json.loads(m["content"]) for m in server.bodies[-1]["messages"] if m["role"] == "tool"]
    assert "already" in outputs[-1]["error"]


async def test_the_days_texts_are_counted_and_kept(office: Any, http: httpx2.AsyncClient, tmp_path: Path) -> None:
    limits = {"texts_per_number": 2, "texts_per_day": 3}
    bearer = {"authorization": "Bearer lines"}

    async def send(url: str, to: str) -> int:
        return (await http.post(f"{url}/sms", json={"to": to, "text": "hello"}, headers=bearer)).status_code

    first, sent = await office(**limits)
    assert [await send(first, OWN) for _ in range(3)] == [201, 201, 429]
    second, _ = await office(**limits)
    assert await send(second, OWN) == 429, "it is kept over a restart"
    assert await send(second, "+14155550177") == 201
    assert await send(second, "+14155550178") == 429
    assert len(sent) == 3
    kept = tmp_path / "texts.db"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert b"4155550" not in kept.read_bytes(), "numbers are not in it"
    reply = await http.post(f"{second}/sms", json={"to": OWN, "text": "hello"}, headers=bearer)
    assert reply.json()["error"]["code"] == "too_many_texts"


async def test_a_caller_hears_that_the_days_texts_are_sent(
    gateway_at: Any, office: Any, http: httpx2.AsyncClient
) -> None:
    handler, sent = await office(texts_per_number=1)
    url = await gateway_at(wanted(), call_handler_url=handler, calls_token="lines")
    await say(http, url, uuid.uuid4().hex, "sms please")
    reply = await say(http, url, uuid.uuid4().hex, "sms please")
    assert reply.startswith("Hello. I cannot do any more of that today")
    assert len(sent) == 1
