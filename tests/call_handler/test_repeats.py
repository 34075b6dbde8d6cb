"""A webhook that comes again, because Twilio repeats what failed or because somebody has recorded it: nothing happens."""

import asyncio
import json
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, WebSocket

from simulator.processes import Mesh, eventually
from tests.call_handler.conftest import PUBLIC, TOKEN, Handler

SETTINGS = {"twilio_auth_token": TOKEN, "public_url": PUBLIC, "twilio_mode": "gather"}


def action(document: str) -> str:
    gather = ET.fromstring(document).find("Gather")
    assert gather is not None
    return gather.attrib["action"]


async def happened(mesh: Mesh, handler: Handler, sid: str) -> list[dict[str, Any]]:
    """The session's events but for those that say how long something took."""
    found = (await handler.http.get(mesh.url("logger") + f"/sessions/{sid}/events")).json()["events"]
    return [event for event in found if event["type"] != "timings"]


async def begun(handler: Handler, sid: str, *said: str) -> list[tuple[str, dict[str, str]]]:
    """A call of some turns; what Twilio has sent of it."""
    sent = [("/twilio/voice?language=en", {"CallSid": sid})]
    document = (await handler.signed(sent[0][0], **sent[0][1])).text
    for words in said:
        sent.append((action(document), {"CallSid": sid, "SpeechResult": words}))
        document = (await handler.signed(sent[-1][0], **sent[-1][1])).text
    return sent


async def test_a_repeated_turn_is_answered_the_same_and_taken_once(mesh: Mesh, handler: Handler) -> None:
    sid = "CA" + uuid.uuid4().hex
    path, form = (await begun(handler, sid, "My name is Anna"))[-1]
    first = await handler.signed(path, **form)
    before = await happened(mesh, handler, sid)
    answers = [await handler.signed(path, **form) for _ in range(3)]
    assert {reply.text for reply in answers} == {first.text}
    later = (action(first.text), {"CallSid": sid, "SpeechResult": "four one five five five five zero one two three"})
    together = await asyncio.gather(*[handler.signed(later[0], **later[1]) for _ in range(5)])
    assert len({reply.text for reply in together}) == 1
    after = await happened(mesh, handler, sid)
    assert [event["type"] for event in before] == ["opened", "turn"]
    assert [event["type"] for event in after] == ["opened", "turn", "turn"]
    again = await asyncio.gather(*[handler.signed(path, **form) for _ in range(3)])
    assert {reply.text for reply in again} == {first.text}
    assert await happened(mesh, handler, sid) == after


async def test_what_twilio_repeats_to_another_replica_or_after_a_crash_is_taken_once(
    mesh: Mesh, handler_at: Callable[..., Any]
) -> None:
    sid = "CA" + uuid.uuid4().hex
    first = await handler_at(**SETTINGS)
    path, form = (await begun(first, sid, "My name is Anna", "415 555 0123"))[-1]
    before = await happened(mesh, first, sid)
    other = await handler_at(**SETTINGS)
    reply = await other.signed(path, **form)
    assert reply.status_code == 200
    assert "<Gather" in reply.text
    mesh.kill("gateway")
    mesh.start("gateway")
    third = await handler_at(**SETTINGS)
    assert "<Gather" in (await third.signed(path, **form)).text
    assert await happened(mesh, first, sid) == before
    following = await third.signed(action(reply.text), CallSid=sid, SpeechResult="I want to go to Yalta")
    assert following.status_code == 200
    events = await happened(mesh, first, sid)
    assert len(events) == len(before) + 1
    assert events[-1]["data"]["fields"] == {"city": "Yalta"}


async def test_a_call_that_is_over_stays_so(mesh: Mesh, handler_at: Callable[..., Any]) -> None:
    """Hours later all that was recorded is played again: in another process, which has kept no answers."""
    sid = "CA" + uuid.uuid4().hex
    first = await handler_at(**SETTINGS)
    sent = await begun(first, sid, "My name is Anna", "415 555 0123")
    sent.append(("/twilio/status", {"CallSid": sid, "CallStatus": "completed", "CallDuration": "7"}))
    assert (await first.signed(sent[-1][0], **sent[-1][1])).status_code == 204

    async def summed_up() -> bool:
        return (await happened(mesh, first, sid))[-1]["type"] == "summary"

    await eventually(summed_up)
    leads = {"session_id": sid}
    before = await happened(mesh, first, sid)
    delivered = (await first.http.get(mesh.url("lead_sender") + "/leads", params=leads)).json()
    later = await handler_at(**SETTINGS)
    sent.append(("/twilio/next?tries=1&language=en", {"CallSid": sid}))
    sent.append(("/twilio/voice?mode=stream", {"CallSid": sid}))
    sent.append(("/twilio/amd?language=en", {"CallSid": sid, "AnsweredBy": "machine_start"}))
    for path, form in sent:
        reply = await later.signed(path, **form)
        assert "Stream" not in reply.text, "no way in for audio"
        if path.startswith(("/twilio/voice", "/twilio/amd")):
            assert (reply.status_code, reply.json()["error"]["code"]) == (409, "call_over")
    assert await happened(mesh, first, sid) == before
    assert (await first.http.get(mesh.url("lead_sender") + "/leads", params=leads)).json() == delivered


async def test_a_turn_of_an_hour_ago_is_refused(mesh: Mesh, handler: Handler) -> None:
    sid = "CA" + uuid.uuid4().hex
    await begun(handler, sid)
    before = await happened(mesh, handler, sid)
    old = int((time.time() - 3_600) * 1000)
    for path in ("/twilio/turn", "/twilio/recording"):
        reply = await handler.signed(
            f"{path}?mode=gather&language=en&at={old}", CallSid=sid, SpeechResult="My name is Anna"
        )
        assert (reply.status_code, reply.json()["error"]["code"]) == (409, "call_over")
    assert await happened(mesh, handler, sid) == before


async def test_twilios_own_mark_of_a_repetition_counts_where_nothing_is_signed(mesh: Mesh, handler_at: Any) -> None:
    made: Handler = await handler_at(twilio_mode="gather")
    sid = "CA" + uuid.uuid4().hex
    form = {"CallSid": sid, "SpeechResult": "My name is Anna"}
    for token in ("one", "one", "two"):
        headers = {"I-Twilio-Idempotency-Token": token}
        assert (await made.http.post(made.url + "/twilio/turn?language=en", data=form, headers=headers)).is_success
    assert [event["type"] for event in await happened(mesh, made, sid)] == ["turn", "turn"]


async def test_a_turn_that_failed_is_no_repetition(mesh: Mesh, handler: Handler) -> None:
    """What was said in vain is tried again by itself, and what callers say stands in no address."""
    sid = "CA" + uuid.uuid4().hex
    path, form = (await begun(handler, sid, "hello there"))[-1]
    mesh.kill("gateway")
    try:
        asked = (await handler.signed(path, **form)).text
        failed = (await handler.signed(action(asked), CallSid=sid, SpeechResult="My name is Catherine Miller")).text
    finally:
        mesh.start("gateway")
    redirect = ET.fromstring(failed).findtext("Redirect") or ""
    assert "Catherine" not in failed
    assert redirect.startswith("/twilio/turn?")
    taken = await handler.signed(redirect, CallSid=sid)
    assert "<Gather" in taken.text
    events = await happened(mesh, handler, sid)
    assert events[-1]["data"]["fields"] == {"name": "Catherine Miller"}


async def test_no_address_holds_anything_of_the_callers(
    mesh: Mesh, handler_at: Callable[..., Any], serve_app: Callable[..., Any]
) -> None:
    """Addresses end in the logs of whoever passes them on: Twilio, proxies, gateway's own socket."""
    seen: list[tuple[str, dict[str, str]]] = []
    gateway = FastAPI()

    @gateway.websocket("/{path:path}")
    async def realtime(socket: WebSocket) -> None:
        seen.append((str(socket.url), dict(socket.headers)))
        await socket.accept()
        await socket.send_text(json.dumps({"type": "voiceblock.hangup"}))
        await socket.receive()

    made: Handler = await handler_at(gateway_url=await serve_app(gateway))
    form = {"caller": "+14155550123", "called": "+18005550199", "scenario": "generic"}
    key = (await made.http.post(made.url + "/audiosocket/calls", data=form)).text
    reader, writer = await asyncio.open_connection("127.0.0.1", made.lines)
    writer.write(b"\x01\x00\x10" + uuid.UUID(key).bytes)
    async with asyncio.timeout(10):
        assert (await reader.read()).endswith(b"\0\0\0")
    writer.close()
    ((url, headers),) = seen
    assert "4155550123" not in url
    assert "8005550199" not in url
    assert (headers["x-caller"], headers["x-called"]) == ("+14155550123", "+18005550199")
