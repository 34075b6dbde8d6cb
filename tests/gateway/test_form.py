"""How a form is filled: what is read back, refused, given up, and what a model adds to the rules."""

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

NAME, PHONE, CITY = field("name", "name"), field("phone", "phone"), field("city", "city")
Begin = Callable[..., Any]


async def test_each_value_has_its_confidence_and_turn(gateway_at: Begin, talker: Begin) -> None:
    say = talker(await gateway_at(scenario(NAME, PHONE)), uuid.uuid4().hex)
    await say("Anna")
    turn = await say("four one five, five five five, zero one two three")
    heard = turn["lead"]["heard"]
    assert (heard["name"]["turn"], heard["phone"]["turn"]) == (1, 2)
    assert 0.6 <= heard["name"]["confidence"] < heard["phone"]["confidence"] < 1
    assert {one["confidence"] for one in (await say("yes"))["lead"]["heard"].values()} == {1.0}


async def test_a_value_is_saved_the_moment_it_is_heard(
    gateway_at: Begin, talker: Begin, mesh: Mesh, http: httpx2.AsyncClient
) -> None:
    session = uuid.uuid4().hex
    await talker(await gateway_at(scenario(NAME, PHONE)), session)("my name is Anna")
    page = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()
    assert (page["leads"][0]["fields"], page["leads"][0]["partial"]) == ({"name": "Anna"}, True)
    assert page["leads"][0]["heard"]["name"]["turn"] == 1


async def test_what_is_to_be_confirmed_at_once_is(gateway_at: Begin, talker: Begin) -> None:
    say = talker(await gateway_at(scenario(field("email", "email", confirm="each"), NAME)), uuid.uuid4().hex)
    turn = await say("anna dot lee at example dot com")
    assert turn["asked"] == "confirm.email"
    assert "anna dot lee at example dot com" in turn["reply"]
    turn = await say("no, it's anne dot lee at example dot com")
    assert (turn["asked"], turn["lead"]["fields"]["email"]) == ("confirm.email", "anne.lee@example.com")
    turn = await say("no")
    assert turn["asked"] == "email"
    assert "Letter by letter" in turn["reply"], "it was refused twice"
    turn = await say("a n n e at example dot com")
    assert "a, n, n, e, at, e, x, a, m, p, l, e, dot, c, o, m" in turn["reply"]
    assert (await say("yes"))["asked"] == "name"


async def test_a_refused_value_is_asked_for_again_and_kept_if_nothing_better_comes(
    gateway_at: Begin, talker: Begin
) -> None:
    own = scenario(NAME, field("phone", "phone", tries=2))
    say = talker(await gateway_at(own), uuid.uuid4().hex)
    await say("Anna")
    await say("415 555 0123")
    turn = await say("no, the phone number is wrong")
    assert turn["asked"] == "phone"
    assert turn["lead"]["complete"] is False
    assert turn["lead"]["heard"]["phone"]["confidence"] < 0.3
    await say("let me think")
    turn = await say("I really do not know it by heart")
    assert turn["asked"] == "confirm"
    assert turn["lead"]["fields"]["phone"] == "+14155550123"
    turn = await say("yes")
    assert (turn["end"], turn["lead"]["complete"]) == (True, True), "confirmed after all"


async def test_a_field_that_is_never_understood_is_left_out(gateway_at: Begin, talker: Begin) -> None:
    say = talker(await gateway_at(scenario(field("phone", "phone", tries=2), NAME)), uuid.uuid4().hex)
    assert (await say("let me think about it"))["asked"] == "phone"
    assert (await say("is that really needed?"))["asked"] == "phone", "a question is no failed answer"
    assert (await say("you have it already"))["asked"] == "name"
    turn = await say("it's Anna")
    assert (turn["asked"], turn["lead"]["complete"]) == ("confirm", False)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("no, it's not Dallas, it's Houston", {"name": "Anna", "city": "Houston"}),
        ("no sorry, I meant Houston, not Dallas", {"name": "Anna", "city": "Houston"}),
        ("not Anna, Hannah", {"name": "Hannah", "city": "Dallas"}),
        ("the city is wrong, I said Houston", {"name": "Anna", "city": "Houston"}),
    ],
)
async def test_corrections_reach_the_right_field(
    gateway_at: Begin, talker: Begin, line: str, fields: dict[str, str]
) -> None:
    say = talker(await gateway_at(scenario(NAME, CITY)), uuid.uuid4().hex)
    await say("Anna")
    await say("to Dallas")
    assert (await say(line))["lead"]["fields"] == fields


async def test_an_answer_to_another_question_is_taken_as_that(gateway_at: Begin, talker: Begin) -> None:
    say = talker(await gateway_at(scenario(NAME, PHONE, CITY, field("day", "date"))), uuid.uuid4().hex)
    turn = await say("Minneapolis")
    assert (list(turn["lead"]["fields"]), turn["asked"]) == (["city"], "name")
    turn = await say("Sydney")
    assert (turn["lead"]["fields"]["name"], turn["asked"]) == ("Sydney", "confirm.name"), "people are called so, too"
    assert (await say("yes"))["asked"] == "phone"
    turn = await say("tomorrow")
    assert (list(turn["lead"]["fields"]), turn["asked"]) == (["city", "name", "day"], "phone")


@pytest.mark.parametrize("bomb", ["x" + " " * 7_900 + "y", "," * 8_000, "to a " * 1_600, "twenty one " * 700])
async def test_no_utterance_holds_up_the_others(gateway_at: Begin, talker: Begin, bomb: str) -> None:
    """Found by trying: backtracking once took minutes over eight thousand spaces."""
    say = talker(await gateway_at(scenario(NAME, PHONE, CITY)), uuid.uuid4().hex)
    async with asyncio.timeout(10):  # minutes or milliseconds, not a measurement
        await say(bomb)


async def test_a_text_is_kept_whole(gateway_at: Begin, talker: Begin) -> None:
    story = "It began on Monday.  " * 60
    say = talker(await gateway_at(scenario(field("story", "text"))), uuid.uuid4().hex)
    assert (await say(story))["lead"]["fields"]["story"] == story.strip()


@pytest.mark.parametrize("part", ["four one five, five five", "nine one one twenty three forty five sixty seven"])
async def test_an_incomplete_number_is_never_taken(gateway_at: Begin, talker: Begin, part: str) -> None:
    say = talker(await gateway_at(scenario(PHONE)), uuid.uuid4().hex)
    turn = await say(part)
    assert (turn["lead"]["fields"], turn["asked"]) == ({}, "phone")


async def test_a_country_code_that_is_guessed_is_read_back_at_once(gateway_at: Begin, talker: Begin) -> None:
    say = talker(await gateway_at(scenario(PHONE, NAME)), uuid.uuid4().hex)
    turn = await say("49 170 1234567")
    assert turn["asked"] == "confirm.phone"
    assert "+49 170 1234567" in turn["reply"]
    assert (await say("yes"))["asked"] == "name"
    say = talker(await gateway_at(scenario(PHONE, NAME)), uuid.uuid4().hex)
    assert (await say("plus 49 170 1234567"))["asked"] == "name"


async def test_the_scenarios_region_reads_national_numbers(gateway_at: Begin, talker: Begin) -> None:
    say = talker(await gateway_at(scenario(PHONE, region="CH")), uuid.uuid4().hex)
    assert (await say("044 668 18 00"))["lead"]["fields"] == {"phone": "+41446681800"}


@pytest.fixture
async def model(serve_app: Callable[..., Any]) -> tuple[LlmServer, str]:
    """A model's server, and a gpt that uses it."""
    server = LlmServer()
    base = f"{await serve_app(server.app)}/v1"
    return server, str(await serve_app(build_gpt(GptSettings(llm_base_url=base))))


async def test_a_model_fills_what_the_rules_missed_and_the_rules_check_it(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str]
) -> None:
    server, gpt_url = model
    say = talker(await gateway_at(scenario(NAME, PHONE, CITY), gpt_url=gpt_url, values_deadline_s=5), uuid.uuid4().hex)
    line = "folks around here mostly know me as Zebulon, of the Zebulons out in Timbuktu county"
    server.structured["name"] = json.dumps({"name": "Zebulon", "phone": "+14155550123", "city": None})
    turn = await say(line)
    assert turn["lead"]["fields"]["name"] == "Zebulon"
    assert "phone" not in turn["lead"]["fields"], "a number that nobody said is refuted"
    assert turn["asked"] == "phone"
    asked = next(body for body in server.bodies if "response_format" in body)
    schema = asked["response_format"]["json_schema"]["schema"]
    assert set(schema["properties"]) == {"name", "phone", "city"}
    server.structured["name"] = "no JSON at all"
    turn = await say("well I do not have one of those with me right now I am afraid")
    assert turn["asked"] == "phone"
    assert turn["skipped"] == {"values": "gpt gave an answer that makes no sense: a structured answer is not JSON"}


async def test_a_call_is_summed_up_by_rules_and_by_a_model(
    gateway_at: Begin, talker: Begin, model: tuple[LlmServer, str], mesh: Mesh, http: httpx2.AsyncClient
) -> None:
    server, gpt_url = model
    server.structured["summary"] = json.dumps({"summary": "Anna wants a call back.", "sentiment": "positive"})
    found = {}
    for by, settings in (("rules", {}), ("llm", {"gpt_url": gpt_url})):
        session = uuid.uuid4().hex
        url = await gateway_at(scenario(NAME, PHONE), **settings)
        say = talker(url, session)
        await say("my name is Anna and I am furious, this is a terrible service")
        await http.post(f"{url}/v1/sessions/{session}/close", json={"reason": "hangup", "duration_s": 12.5})

        async def told(session: str = session, by: str = by) -> bool:
            page = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()
            found[by] = page["leads"][0]["call"]
            return found[by] is not None

        await eventually(told)
        events = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
        assert events[-1]["type"] in ("summary", "closed", "timings")
    assert found["rules"] | {"summary": ""} == {
        "summary": "", "outcome": "partial", "sentiment": "negative", "language": "en", "turns": 1, "duration_s": 12.5,
        "by": "rules",
    }  # fmt: skip
    assert "name: Anna" in found["rules"]["summary"]
    assert (found["llm"]["summary"], found["llm"]["sentiment"]) == ("Anna wants a call back.", "positive")


async def test_a_person_is_erased_everywhere(
    gateway_at: Begin, talker: Begin, mesh: Mesh, http: httpx2.AsyncClient
) -> None:
    session, other = uuid.uuid4().hex, uuid.uuid4().hex
    url = await gateway_at(scenario(NAME, PHONE))
    number = f"+1415555{uuid.uuid4().int % 9000 + 1000}"
    turn = await talker(url, session)(f"my name is Anna and my number is {number}")
    await talker(url, other)("my name is Bob")
    key = turn["audio_url"].rsplit("/", 1)[1]
    assert (await http.get(turn["audio_url"])).status_code == 200

    async def stored() -> bool:
        events = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
        speech = await http.get(mesh.url("storage") + f"/objects/speech/{key}")
        return any(event["data"].get("key") == key for event in events) and speech.status_code == 200

    await eventually(stored)
    gone = (await http.delete(f"{url}/people/{number}")).json()
    assert (gone["phone"], gone["leads"], gone["sessions"], gone["objects"]) == (number, 1, 1, 2)
    assert (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"] == []
    assert (await http.get(mesh.url("logger") + f"/sessions/{other}/events")).json()["events"]
    assert (await http.get(mesh.url("storage") + f"/objects/speech/{key}")).status_code == 404
    assert (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()["total"] == 0
    assert (await http.delete(f"{url}/v1/people/{number}")).json()["leads"] == 0
    for wrong in ("12", "%20", "+", "+7", "+14155550123,+14155550124", "+1" + "5" * 60):
        assert (await http.delete(f"{url}/people/{wrong}")).json()["error"]["code"] == "invalid_phone", wrong
