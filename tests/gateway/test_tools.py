"""What a scenario does beside talking: HTTP requests, texts, hanging up; and its business hours."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from call_handler.config import Settings as CallSettings
from call_handler.main import build as build_calls
from gateway.scenario.models import Scenario
from gpt.config import Settings as GptSettings
from gpt.main import build as build_gpt
from simulator.clouds import LlmServer, TwilioApi
from tests.gateway.conftest import field, scenario, text

NAME, PHONE = field("name", "name"), field("phone", "phone")
Begin = Callable[..., Any]


class Crm:
    """The owner's system."""

    def __init__(self) -> None:
        self.app, self.got, self.status = FastAPI(), list[dict[str, Any]](), 200
        self.app.api_route("/{path:path}", methods=["GET", "POST"])(self.take)

    async def take(self, path: str, request: Request) -> Any:
        body = await request.body()
        query = dict(request.query_params)
        self.got.append(
            {"path": path, "query": query, "body": json.loads(body or b"{}"), "key": request.headers.get("x-key")}
        )
        return JSONResponse({"number": 4711, "free": "two rooms"}, self.status)


@pytest.fixture
async def crm(serve_app: Callable[..., Any]) -> AsyncIterator[tuple[Crm, str]]:
    made = Crm()
    yield made, await serve_app(made.app)


def ticket(url: str) -> dict[str, Any]:
    properties = {"name": {"type": "string"}, "guests": {"type": "integer", "minimum": 1}}
    return {
        "name": "ticket", "kind": "http", "when": "confirmed", "method": "POST", "url": f"{url}/tickets/{{name}}",
        "headers": {"x-key": "${CRM_KEY}"}, "say": text("Your ticket is {number}, {name}."),
        "parameters": {"type": "object", "properties": properties, "required": ["name"]},
    }  # fmt: skip


async def test_a_request_when_the_form_is_confirmed(
    gateway_at: Begin, talker: Begin, crm: tuple[Crm, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_KEY", "secret")
    own = scenario(NAME, field("guests", "number", min=1), tools=[ticket(crm[1])])
    say = talker(await gateway_at(own), uuid.uuid4().hex)
    await say("Anna Lee")
    await say("three")
    assert crm[0].got == []
    turn = await say("yes")
    assert turn["reply"] == "Your ticket is 4711, Anna Lee. Thank you. Goodbye!"
    assert crm[0].got == [{"path": "tickets/Anna Lee", "query": {}, "body": {"guests": 3}, "key": "secret"}]


async def test_a_request_that_fails_is_said_and_the_call_goes_on(
    gateway_at: Begin, talker: Begin, crm: tuple[Crm, str]
) -> None:
    crm[0].status = 500
    say = talker(await gateway_at(scenario(NAME, tools=[ticket(crm[1])])), uuid.uuid4().hex)
    await say("Anna")
    turn = await say("yes")
    assert turn["reply"] == "I am sorry, something is not working on our side. Thank you. Goodbye!"
    assert turn["end"]


async def test_dev_mode_sends_nothing(gateway_at: Begin, talker: Begin, crm: tuple[Crm, str]) -> None:
    say = talker(await gateway_at(scenario(NAME, tools=[ticket(crm[1])]), is_dev=True), uuid.uuid4().hex)
    await say("Anna")
    await say("yes")
    assert crm[0].got == []


async def test_a_model_calls_a_function_and_speaks_of_its_answer(
    gateway_at: Begin, talker: Begin, crm: tuple[Crm, str], serve_app: Callable[..., Any]
) -> None:
    server = LlmServer()
    gpt_url = await serve_app(build_gpt(GptSettings(llm_base_url=f"{await serve_app(server.app)}/v1")))
    parameters = {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]}
    tool = {"name": "free", "kind": "http", "url": f"{crm[1]}/free", "description": "Rooms.", "parameters": parameters}
    say = talker(await gateway_at(scenario(tools=[tool]), gpt_url=gpt_url), uuid.uuid4().hex)
    server.calls = [{"name": "free", "arguments": '{"day": "2027-07-01"}'}, {"name": "free", "arguments": "{}"}]
    turn = await say("is there a room on the first of July?")
    assert turn["reply"] == server.reply
    assert crm[0].got == [{"path": "free", "query": {"day": "2027-07-01"}, "body": {}, "key": None}]
    outputs = [m["content"] for m in server.bodies[-1]["messages"] if m["role"] == "tool"]
    assert json.loads(outputs[0]) == {"number": 4711, "free": "two rooms"}
    assert "'day' is a required property" in json.loads(outputs[1])["error"]


async def test_a_caller_who_says_goodbye_is_let_go(gateway_at: Begin, talker: Begin) -> None:
    bye = {"name": "bye", "kind": "hang_up", "keywords": {"en": ["goodbye", "bye"]}, "say": text("Goodbye, {name}!")}
    say = talker(await gateway_at(scenario(NAME, tools=[bye])), uuid.uuid4().hex)
    assert not (await say("Anna"))["end"]
    turn = await say("never mind, bye bye")
    assert (turn["reply"], turn["end"]) == ("Goodbye, Anna!", True)


async def test_a_text_goes_to_the_caller(gateway_at: Begin, talker: Begin, serve_app: Callable[..., Any]) -> None:
    twilio = TwilioApi()
    calls = CallSettings(
        twilio_account_sid="AC1", twilio_auth_token="t", twilio_phone_number="+14155550100", calls_token="lines",
        public_url="https://example.com", twilio_api_url=await serve_app(twilio.app), audiosocket_port=0,
    )  # fmt: skip
    sms = {"name": "note", "kind": "sms", "when": "confirmed", "text": text("Thank you, {name}!")}
    own = scenario(NAME, PHONE, tools=[sms])
    url = await gateway_at(own, call_handler_url=await serve_app(build_calls(calls)), calls_token="lines")
    say = talker(url, uuid.uuid4().hex)
    await say("Anna")
    await say("415 555 0123")
    await say("yes")
    ((_, form),) = [got for got in twilio.got if got[0] == "Messages.json"]
    assert (form["To"], form["From"], form["Body"]) == ("+14155550123", "+14155550100", "Thank you, Anna!")


@pytest.mark.parametrize(
    ("now", "is_open"),
    [("2026-11-23T09:00", True), ("2026-11-23T17:59", True), ("2026-11-23T18:00", False), ("2026-11-22T12:00", False),
     ("2026-12-25T12:00", False)],
)  # fmt: skip
def test_business_hours(now: str, is_open: bool) -> None:
    hours = {"open": {"mon": ["09:00-12:00", "12:00-18:00"], "fri": ["00:00-24:00"]}, "holidays": ["2026-12-25"]}
    own = Scenario.model_validate(scenario(NAME, hours={**hours, "closed": text("We are closed.")}))
    assert own.is_open(datetime.fromisoformat(now)) is is_open


async def test_outside_of_hours_the_greeting_says_so(gateway_at: Begin, http: Any) -> None:
    holidays = [datetime.now().astimezone().date().isoformat()]
    hours = {"open": {"mon": ["09:00-18:00"]}, "holidays": holidays, "closed": text("We are closed, but I listen.")}
    own = scenario(NAME, hours={**hours, "open": {"sat": ["00:00-00:01"]}}, time_zone="Europe/Berlin")
    reply = await http.post(await gateway_at(own) + "/v1/sessions", json={})
    assert reply.json()["reply"] == "We are closed, but I listen. Hello."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time_zone": "Mars/Base"}, "'Mars/Base' is no time zone"),
        ({"tools": [{"name": "a", "kind": "http"}]}, "a tool of kind http has a url"),
        ({"tools": [{"name": "a", "kind": "sms"}]}, "a tool of kind sms has a text"),
        ({"tools": [{"name": "a", "kind": "http", "url": "http://x/{b}"}]}, "url has {b}, which is no parameter"),
        (
            {"tools": [{"name": "a", "kind": "http", "url": "http://x", "parameters": {"type": "thing"}}]},
            "is not valid",
        ),
        ({"tools": [{"name": "a", "kind": "hang_up", "say": {"de": "Tschüss"}}]}, "tools.0.say has no text in en"),
        ({"fields": [field("partial", "text")]}, "'partial' is a word of ours"),
        ({"hours": {"open": {"mon": ["9-18"]}, "closed": text("closed")}}, "should match pattern"),
    ],
)
def test_mistakes_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=".*") as raised:
        Scenario.model_validate(scenario(NAME) | change)
    assert words in str(raised.value)
