"""A person is erased while they talk to us, in a whole mesh of real processes; then every byte on disk is read."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulator.processes import Mesh, eventually
from tests.realtime.test_lines import Asterisk

pytestmark = pytest.mark.slow
DESK = {
    "name": "desk",
    "default_language": "en",
    "languages": {"en": {"greeting": "Help desk. Your number?", "prompt": "Help.", "done": "Thank you."}},
    "fields": [
        {"name": "name", "type": "name", "label": {"en": "name"}, "ask": {"en": "Your name?"}},
        {"name": "phone", "type": "phone", "label": {"en": "phone"}, "ask": {"en": "Your number?"}},
    ],
    "recording": {"consent": {"en": "This call is recorded."}},
}
SAID = "my name is Zebulon Quarterman and my number is 415 555 7391"
THEIRS = re.compile(rb"4\D{0,3}1\D{0,3}5\D{0,3}5\D{0,3}5\D{0,3}5\D{0,3}7\D{0,3}3\D{0,3}9\D{0,3}1|Zebulon|Quarterman")
OTHER = "+14155558204"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Mesh]:
    """A mesh of one's own, which may be stopped and read."""
    scenarios = tmp_path / "scenarios"
    shutil.copytree("config/scenarios", scenarios)
    (scenarios / "desk.yaml").write_text(json.dumps(DESK))
    running = Mesh(tmp_path, SCENARIOS_DIR=str(scenarios))
    try:
        running.start("logger", "storage", "lead_sender", "lang", "tts", "gpt", "stt", "gateway", "call_handler")
        yield running
    finally:
        running.stop()


async def text(mesh: Mesh, http: httpx2.AsyncClient, session: str, said: str, **more: str) -> dict[str, Any]:
    body = {"session_id": session, "text": said, "language": "en", "scenario": "desk", **more}
    reply = await http.post(mesh.url("gateway") + "/process", json=body)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def webhook(mesh: Mesh, http: httpx2.AsyncClient, sid: str, caller: str, *said: str) -> None:
    form, handler = {"CallSid": sid, "From": caller, "To": "+18005550199"}, mesh.url("call_handler")
    (await http.post(f"{handler}/twilio/voice?mode=gather&scenario=desk", data=form)).raise_for_status()
    for words in said:
        turn = {**form, "SpeechResult": words}
        (await http.post(f"{handler}/twilio/turn?mode=gather&language=en", data=turn)).raise_for_status()


async def audiosocket(mesh: Mesh, http: httpx2.AsyncClient, caller: str) -> tuple[str, Asterisk]:
    """A call of which there is something on disk, and a number that is keyed in."""
    form = {"caller": caller, "called": "100", "scenario": "desk"}
    key = (await http.post(mesh.url("call_handler") + "/audiosocket/calls", data=form)).raise_for_status().text
    call = await Asterisk.dial(mesh, key)
    await call.heard(0)
    spool = mesh.folder / "recordings"

    async def recorded() -> bool:
        return any(path.stat().st_size for path in spool.glob(f"{key}.*"))

    await eventually(recorded)
    return key, call


async def events(mesh: Mesh, http: httpx2.AsyncClient, session: str) -> list[dict[str, Any]]:
    return list((await http.get(mesh.url("logger") + f"/sessions/{session}/events")).json()["events"])


async def leads(mesh: Mesh, http: httpx2.AsyncClient, session: str) -> list[dict[str, Any]]:
    found = await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": session})
    return [dict(lead["fields"]) for lead in found.json()["leads"]]


async def settled(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    """Nothing is on its way any more."""

    async def quiet() -> bool:
        health = (await http.get(mesh.url("gateway") + "/health")).json()["checks"]
        spool = mesh.folder / "recordings"
        return bool(health["unwritten"]["ok"]) and not [*spool.glob("*.done"), *spool.glob("*.part")]

    await eventually(quiet, 20)


def found_in(folder: Path) -> list[str]:
    """The files in which something of the person is; the name of a file counts too."""
    return sorted(
        {
            str(path.relative_to(folder)) + ": " + match[0].decode()
            for path in folder.rglob("*")
            if path.is_file()
            for match in THEIRS.finditer(path.name.encode() + b"\n" + path.read_bytes())
        }
    )


async def test_nothing_is_left_of_a_person_who_is_still_talking(own: Mesh, http: httpx2.AsyncClient) -> None:
    key, call = await audiosocket(own, http, "(415) 555-7391")
    over, before = await audiosocket(own, http, "001 415 555 7391")
    await before.hang_up()
    await webhook(own, http, "CAnational", "4155557391", "My name is Zebulon Quarterman", "four one five 555 7391")
    await webhook(own, http, "CAplus", "+14155557391", "Zebulon Quarterman")
    spoken = await text(own, http, "chat", SAID)
    await text(own, http, "other", "my name is Bob Stone", caller="(415) 555-8204")
    for digit in "4155557391#":
        call.key(digit)

    async def keyed() -> bool:
        kinds = {event["type"] for event in await events(own, http, over)}
        return "recording" in kinds and any(lead.get("phone") for lead in await leads(own, http, key))

    await eventually(keyed, 20)
    assert (await leads(own, http, key))[0]["caller"] == "+14155557391"
    assert len(found_in(own.folder)) >= 3
    await text(own, http, "chat", "yes")  # its last events are still on their way
    gone = await http.delete(own.url("gateway") + "/people/(415) 555-7391")
    assert gone.status_code == 200, gone.text
    told = gone.json()
    assert told["phone"] == "+14155557391"
    assert (told["sessions"], told["leads"] >= 4, told["objects"] >= 2, told["recordings"]) == (5, True, True, 1)

    async def silent() -> bool:
        return (await http.get(spoken["audio_url"])).status_code == 404

    await eventually(silent)
    # They go on talking, under the same sessions.
    again = await text(own, http, "chat", SAID)
    assert "lead_sender" in again["skipped"]
    await webhook(own, http, "CAnational", "4155557391", "I am Zebulon Quarterman, 415 555 7391")
    for digit in "4155557391#":
        call.key(digit)
    await call.quiet()
    await call.hang_up()
    await settled(own, http)
    for session in (key, over, "CAnational", "CAplus", "chat"):
        assert await events(own, http, session) == []
        assert await leads(own, http, session) == []
    assert await events(own, http, "other")
    assert (await leads(own, http, "other"))[0]["caller"] == OTHER
    # A new call is a new story.
    await text(own, http, "new", SAID)
    assert (await leads(own, http, "new"))[0]["phone"] == "+14155557391"
    assert (await http.delete(own.url("gateway") + "/people/%2B14155557391")).json()["leads"] == 1
    await settled(own, http)
    await asyncio.to_thread(own.stop)
    assert found_in(own.folder) == []
    assert not list((own.folder / "objects" / "recordings").rglob("audio_*"))


@pytest.mark.parametrize("caller", ["anonymous", "5557391", "101"])
async def test_who_has_no_number_is_erased_by_what_there_is(own: Mesh, http: httpx2.AsyncClient, caller: str) -> None:
    key, call = await audiosocket(own, http, caller)
    await text(own, http, "chat", "my name is Zebulon Quarterman", caller=caller)
    await text(own, http, "other", "my name is Bob Stone", caller=OTHER)
    await call.hang_up()
    gone = await http.delete(own.url("gateway") + f"/people/{caller}")
    assert (gone.status_code, gone.json()["phone"], gone.json()["sessions"]) == (200, caller, 2)
    await settled(own, http)
    assert await events(own, http, key) == await events(own, http, "chat") == []
    assert await events(own, http, "other")
    await asyncio.to_thread(own.stop)
    assert found_in(own.folder) == []


async def test_what_is_down_is_named_and_the_rest_is_erased(own: Mesh, http: httpx2.AsyncClient) -> None:
    key, call = await audiosocket(own, http, "415-555-7391")
    await text(own, http, "chat", SAID)
    person = own.url("gateway") + "/people/+14155557391"
    own.kill("lead_sender", "call_handler")
    await call.hang_up()
    gone = await http.delete(person)
    assert (gone.status_code, gone.json()["error"]["code"]) == (503, "erasure_incomplete")
    assert "lead_sender" in gone.json()["error"]["message"]
    assert "call_handler" in gone.json()["error"]["message"]
    assert await events(own, http, "chat") == []
    await asyncio.to_thread(own.start, "lead_sender", "call_handler")
    own.kill("storage")
    for part in (own.folder / "recordings").glob(f"{key}.*.part"):
        part.rename(part.with_suffix(".done"))  # instead of waiting for the caller who could come back
    again = await http.delete(person)
    assert (again.status_code, again.json()["leads"]) == (202, 1)
    assert again.json()["waiting"] > 0
    assert (await http.get(own.url("logger") + "/health")).json()["status"] == "degraded"
    own.kill("logger")  # it knows what storage has to delete after any crash
    await asyncio.to_thread(own.start, "storage", "logger")

    await settled(own, http)

    async def clean() -> bool:
        return (
            not list((own.folder / "objects").rglob("audio_wav"))
            and (await http.get(own.url("logger") + "/health")).json()["checks"]["erased"]["ok"] is True
        )

    await eventually(clean, 30)
    await asyncio.to_thread(own.stop)
    assert found_in(own.folder) == []


async def test_a_number_without_its_country_is_one_of_the_region(own: Mesh, http: httpx2.AsyncClient) -> None:
    """The same digits are somebody else's elsewhere."""
    await text(own, http, "berlin", "my name is Anna", caller="+4930901820")
    home, abroad = own.url("gateway") + "/people/030 901820", {"region": "DE"}
    assert (await http.delete(home)).json()["error"]["code"] == "invalid_phone"
    gone = (await http.delete(home, params=abroad)).json()
    assert (gone["phone"], gone["sessions"]) == ("+4930901820", 1)


async def test_a_number_of_ours_is_no_person(own: Mesh, http: httpx2.AsyncClient) -> None:
    path = Path(own.env["SCENARIOS_DIR"]) / "desk.yaml"
    path.write_text(json.dumps({**DESK, "numbers": ["+18005550199"]}))

    async def refused() -> bool:
        reply = await http.delete(own.url("gateway") + "/people/+18005550199")
        return reply.status_code == 409 and reply.json()["error"]["code"] == "own_number"

    await eventually(refused)
