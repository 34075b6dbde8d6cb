"""Real processes, real time: a simulated Twilio calls the mesh through its media streams."""

import asyncio
import time
from typing import Any

import httpx2
import pytest

from simulator.processes import Mesh, eventually
from simulator.stream import Phone, StreamCaller


async def answer(caller: StreamCaller, audio: bytes) -> float:
    """Speak, and wait for the reply to its end; seconds from our last sound to its first."""
    ended = await caller.say(audio)
    began = await caller.reply(ended)
    await caller.until_quiet()
    return began - ended


async def lead(mesh: Mesh, sid: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
        leads = (await http.get(mesh.url("lead_sender") + "/leads", params={"session_id": sid})).json()["leads"]
        return dict(leads[0]) if leads else {}


async def test_a_whole_call_ends_with_its_lead(line: Mesh, phone: Phone, said: dict[str, bytes]) -> None:
    async with phone.call(sid="CAwhole") as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        waits = [await answer(caller, said[name]) for name in ("name", "phone", "city", "dates")]
        await caller.say(said["yes"])
        async with asyncio.timeout(20):
            await caller.over.wait()
    after = await phone.webhook("/twilio/next?tries=1", "CAwhole")
    assert [verb.tag for verb in after] == ["Hangup"]
    found = await lead(line, "CAwhole")
    assert not found["partial"]
    assert found["fields"]["name"] == "Catherine Miller"
    assert found["fields"]["phone"] == "+14155550123"
    assert found["fields"]["city"] == "Yalta"
    assert max(waits) < 3, waits


async def test_a_caller_who_interrupts_is_heard_and_a_mhm_changes_nothing(phone: Phone, said: dict[str, bytes]) -> None:
    async with phone.call(sid="CAbarge") as caller:
        began = await caller.reply(0.0)
        await asyncio.sleep(0.6)
        await caller.say(said["mhm"])
        await caller.until_quiet(1.5)
        last = caller.heard.ours[-1][0]
        assert last - began > 2.5  # the greeting was said to its end
        ended = await caller.say(said["name"])
        await caller.reply(ended)
        await asyncio.sleep(0.4)
        start = time.monotonic()
        await caller.say(said["stop"])
        stopped = caller.heard.silent_after(start)
        assert stopped is not None
        assert stopped - start < 1.0
        assert caller.heard.clears


@pytest.mark.parametrize("victim", ["gateway", "stt", "gpt", "tts"])
async def test_the_call_goes_on_when_a_service_is_killed(
    line: Mesh, phone: Phone, said: dict[str, bytes], victim: str
) -> None:
    sid = f"CAkill{victim}"
    async with phone.call(sid=sid) as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        await answer(caller, said["name"])
        line.kill(victim)
        speaking = asyncio.create_task(caller.say(said["phone"]))
        await asyncio.to_thread(line.start, victim)
        await caller.reply(await speaking)
        await caller.until_quiet(1.5)

        async def known() -> bool:
            fields = (await lead(line, sid)).get("fields", {})
            return fields.get("name") == "Catherine Miller" and fields.get("phone") == "+14155550123"

        await eventually(known, 15)


async def test_the_call_comes_back_when_call_handler_is_killed(
    line: Mesh, phone: Phone, said: dict[str, bytes]
) -> None:
    """Twilio sees its stream break and goes on with the TwiML behind it."""
    sid = "CAkillhandler"
    document = await phone.webhook("/twilio/voice", sid)
    redirect = document.findtext("Redirect") or ""
    async with phone.call(sid=sid, document=document) as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        await answer(caller, said["name"])
        line.kill("call_handler")
        async with asyncio.timeout(5):
            await caller.over.wait()
    await asyncio.to_thread(line.start, "call_handler")
    document = await phone.webhook(redirect, sid)
    assert document.find("./Connect/Stream") is not None
    async with phone.call(sid=sid, document=document) as caller:
        await caller.reply(0.0)
        await caller.until_quiet(1.0)
        await answer(caller, said["phone"])

        async def known() -> bool:
            fields = (await lead(line, sid)).get("fields", {})
            return fields.get("name") == "Catherine Miller" and fields.get("phone") == "+14155550123"

        await eventually(known, 15)
