"""Conversations over the running mesh: real services, real HTTP."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.scenario.files import Scenarios, load
from simulator.processes import Mesh, eventually
from stt.decoding import decode
from tests import audio_files


async def take(http: httpx2.AsyncClient, mesh: Mesh, session: str | None, text: str, **more: Any) -> dict[str, Any]:
    body = {"text": text, **({"session_id": session} if session else {}), **more}
    reply = await http.post(mesh.url("gateway") + "/process", json=body)
    assert reply.status_code == 200, reply.text
    turn: dict[str, Any] = reply.json()
    return turn


CONVERSATIONS = {
    "en": (
        [
            "Hello",
            "my name is Kate O'Brien",
            "415 555 0123",
            "how much is it?",
            "in New York",
            "July 1st to 10th July",
            "yes",
        ],
        {"name": "Kate O'Brien", "phone": "+14155550123", "city": "New York"},
    ),
    "ru": (
        [
            "Добрый день",
            "меня зовут Пётр Иванов",
            "8 903 123-45-67",
            "сколько стоит?",
            "в Москву",
            "с 1 по 10 июля",
            "да",
        ],
        {"name": "Пётр Иванов", "phone": "+79031234567", "city": "Москва"},
    ),
    "de": (
        [
            "Guten Tag",
            "ich heiße Jörg Müller",
            "0170 1234567",
            "was kostet das?",
            "nach München",
            "vom 1. bis 10. Juli",
            "ja, genau",
        ],
        {"name": "Jörg Müller", "phone": "+491701234567", "city": "München"},
    ),
    "es": (
        [
            "Buenos días",
            "me llamo José García",
            "612 345 678",
            "¿cuánto cuesta?",
            "a Sevilla",
            "del 1 al 10 de julio",
            "sí, correcto",
        ],
        {"name": "José García", "phone": "+34612345678", "city": "Sevilla"},
    ),
    "fr": (
        [
            "Bonjour",
            "je m'appelle Anne Dubois",
            "06 12 34 56 78",
            "combien ça coûte ?",
            "à Lyon",
            "du 1er au 10 juillet",
            "oui, c'est exact",
        ],
        {"name": "Anne Dubois", "phone": "+33612345678", "city": "Lyon"},
    ),
}


@pytest.mark.parametrize("language", CONVERSATIONS)
async def test_a_conversation_in_every_language_saves_its_lead(
    mesh: Mesh, http: httpx2.AsyncClient, language: str
) -> None:
    lines, expected = CONVERSATIONS[language]
    session = uuid.uuid4().hex
    for line in lines:
        turn = await take(http, mesh, session, line)
        assert turn["language"] == language, turn
        assert turn["skipped"] == {}
    assert turn["end"] is True
    assert turn["lead"]["complete"] is True
    fields = turn["lead"]["fields"]
    assert fields["dates"][4:] == "-07-01/" + fields["dates"][:4] + "-07-10"
    assert {name: fields[name] for name in expected} == expected
    leads = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()["leads"]
    assert leads[0]["fields"] == fields
    assert leads[0]["partial"] is False


async def test_the_shape_of_a_turn_and_its_audio(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    turn = await take(http, mesh, None, "Hello, my name is Anna")
    assert {"session_id", "text", "language", "reply", "audio_url", "lead", "timings_ms"} <= turn.keys()
    assert {"lang", "gpt", "tts", "logger", "lead_sender", "total"} == turn["timings_ms"].keys()
    assert turn["audio_url"].startswith(mesh.url("gateway"))
    audio = await http.get(turn["audio_url"])
    assert audio.headers["content-type"] == "audio/mpeg"
    assert len(decode(audio.content, 16000, max_s=30)) > 16000


async def test_a_turn_by_audio(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    spoken = await audio_files.speak("my name is Anna", "en")
    reply = await http.post(
        mesh.url("gateway") + "/process", files={"file": ("a.wav", spoken)}, data={"language": "en"}
    )
    turn = reply.json()
    assert reply.status_code == 200, reply.text
    assert turn["timings_ms"]["stt"] > 0
    silent = await http.post(mesh.url("gateway") + "/process", files={"file": ("a.ulaw", b"\xff" * 8000)})
    assert silent.json()["text"] == ""
    assert "I did not hear anything. May I have your name?" in silent.json()["reply"]


GREETING, NAME_ASKED = "Hello, this is the automated assistant.", "May I have your name?"


async def test_the_first_reply_of_a_session_greets_and_asks_once(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    first = await take(http, mesh, session, "Hello")
    assert first["reply"] == f"{GREETING} {NAME_ASKED}"
    assert GREETING not in (await take(http, mesh, session, "What is it?"))["reply"]
    named = await take(http, mesh, None, "My name is Anna")
    assert named["reply"] == f"{GREETING} What phone number can we reach you at?"
    opened = (await http.post(mesh.url("gateway") + "/v1/sessions", json={})).json()
    assert opened["reply"] == f"{GREETING} {NAME_ASKED}"
    assert GREETING not in (await take(http, mesh, opened["session_id"], "My name is Anna"))["reply"]


async def test_keys_fill_the_phone_number(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    await take(http, mesh, session, "My name is Anna")
    reply = await http.post(mesh.url("gateway") + "/process", json={"session_id": session, "digits": "4155550123"})
    assert reply.json()["lead"]["fields"]["phone"] == "+14155550123"


async def test_a_number_in_pieces_over_several_turns(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    await take(http, mesh, "pieces", "my name is Anna")
    assert "4 1 5" in (await take(http, mesh, "pieces", "it's four fifteen"))["reply"]
    assert "Prices" in (await take(http, mesh, "pieces", "how much does it cost?"))["reply"]
    assert "4 1 5 5 5 5" in (await take(http, mesh, "pieces", "five fifty five"))["reply"]
    done = await take(http, mesh, "pieces", "zero one two three")
    assert done["lead"]["fields"]["phone"] == "+14155550123"
    # Who begins again, with all of it, is believed.
    await take(http, mesh, "again", "my name is Anna")
    await take(http, mesh, "again", "four one six")
    done = await take(http, mesh, "again", "no, four one five five five five zero one two three")
    assert done["lead"]["fields"]["phone"] == "+14155550123"


async def test_corrections_before_confirming(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    for line in ("My name is Anna", "415 555 0123", "Yalta", "from 1 to 10 July"):
        turn = await take(http, mesh, session, line)
    assert turn["asked"] == "confirm"
    assert "+1 415 555 0123" in turn["reply"]
    turn = await take(http, mesh, session, "no")
    assert turn["reply"] == "All right, what should I change?"
    turn = await take(http, mesh, session, "my name is Catherine")
    assert turn["lead"]["fields"]["name"] == "Catherine"
    assert "Catherine" in turn["reply"]
    turn = await take(http, mesh, session, "yes that's right")
    assert turn["end"]


async def test_the_language_follows_the_caller_but_not_a_name(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    assert (await take(http, mesh, session, "Hello, I need some information"))["language"] == "en"
    assert (await take(http, mesh, session, "Jürgen Schmidt"))["language"] == "en"
    turn = await take(http, mesh, session, "Können wir bitte Deutsch sprechen?")
    assert turn["language"] == "de"
    assert "Telefonnummer" in turn["reply"]


async def test_open_and_close_a_session(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    gateway = mesh.url("gateway")
    opened = (await http.post(f"{gateway}/v1/sessions", json={"language": "ru", "caller": "+79031234567"})).json()
    assert opened["reply"].startswith("Здравствуйте, это автоматический помощник")
    session = opened["session_id"]
    await take(http, mesh, session, "Анна")
    closed = await http.post(f"{gateway}/v1/sessions/{session}/close", json={"reason": "hangup"})
    assert closed.json() == {"closed": True}
    lead = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})).json()["leads"][0]
    assert (lead["partial"], lead["fields"]) == (True, {"name": "Анна", "caller": "+79031234567"})
    never = await http.post(f"{gateway}/v1/sessions/never-opened/close", json={})
    assert never.json() == {"closed": False}


async def test_a_session_outlives_kill_9_of_gateway(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    await take(http, mesh, session, "My name is Anna")
    before = await take(http, mesh, session, "415 555 0123")
    mesh.kill("gateway")
    mesh.start("gateway")
    turn = await take(http, mesh, session, "Yalta")
    assert turn["lead"]["fields"] == {**before["lead"]["fields"], "city": "Yalta"}
    assert turn["asked"] == "dates"


async def test_turns_of_one_session_do_not_overtake_each_other(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    session = uuid.uuid4().hex
    turns = await asyncio.gather(*(take(http, mesh, session, f"hello number {i}") for i in range(8)))
    assert len(turns) == 8
    events = (await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"]
    assert sum(event["type"] == "turn" for event in events) == 8


async def test_the_events_tell_the_whole_turn(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    turn = await take(http, mesh, None, "My name is Anna")

    async def written() -> bool:
        found = await http.get(mesh.url("logger") + f"/sessions/{turn['session_id']}/events")
        kinds = {event["type"]: event["data"] for event in found.json()["events"]}
        return kinds.keys() == {"turn", "timings"} and kinds["turn"]["fields"] == {"name": "Anna"}

    await eventually(written)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_said"),
        ({"text": "a", "audio_url": "http://example.com/a.mp3"}, "nothing_said"),
        ({"text": "hi", "scenario": "no-such"}, "unknown_scenario"),
        ({"text": "hi", "session_id": "../etc"}, "invalid_request"),
        ({"digits": "12a"}, "invalid_request"),
    ],
)
async def test_what_is_no_turn(mesh: Mesh, http: httpx2.AsyncClient, body: dict[str, Any], code: str) -> None:
    reply = await http.post(mesh.url("gateway") + "/process", json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, code)


async def test_docs_have_examples(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    assert (await http.get(mesh.url("gateway") + "/docs")).status_code == 200
    schema = (await http.get(mesh.url("gateway") + "/openapi.json")).json()
    body = schema["paths"]["/v1/process"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"]["properties"]["session_id"]["examples"]
    assert "multipart/form-data" in body


def test_a_broken_scenario_is_refused_with_the_place(tmp_path: Path) -> None:
    good = Path("config/scenarios/generic.yaml").read_text(encoding="utf-8")
    bad = tmp_path / "bad.yaml"
    for change, words in (
        (("type: phone", "type: telephone"), "fields.1.type"),
        (("default_language: en", "default_language: xx"), "default_language 'xx'"),
        (('      fr: "Pour quelles dates ?"\n', ""), "fields.3.ask has no text in fr"),
        (("numbers: []", "nubmers: []"), "nubmers"),
        (("name: generic", "name: [generic"), "bad.yaml"),
    ):
        assert change[0] in good
        bad.write_text(good.replace(*change), encoding="utf-8")
        with pytest.raises(ValueError, match="bad.yaml") as error:
            load(bad)
        assert words in str(error.value)
    with pytest.raises(ValueError, match="no scenario 'none'"):
        Scenarios(Path("config/scenarios"), "none")
