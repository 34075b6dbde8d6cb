"""Real processes, real time: a simulated Twilio calls the mesh through its media streams."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
import uvicorn

from bench.backends import Backends
from bench.stream import Phone, StreamCaller
from mesh.audio import decode_mulaw, encode_mulaw
from tests.processes import Mesh, eventually

LINES = {
    "name": "My name is Catherine Miller.",
    "phone": "four one five five five five zero one two three",
    "city": "I want to go to Yalta.",
    "dates": "From July 1 to July 10.",
    "yes": "Yes, that is right.",
    "stop": "Wait, stop please.",
    "mhm": "Mhm.",
}


@pytest.fixture(scope="module")
def backends() -> Iterator[tuple[Backends, str]]:
    made = Backends()
    server = uvicorn.Server(uvicorn.Config(made.app, port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield made, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, backends: tuple[Backends, str]) -> Iterator[Mesh]:
    """A mesh whose recogniser is the ideal one."""
    running = Mesh(tmp_path_factory.mktemp("calls"), STT_BASE_URL=backends[1])
    try:
        running.start()
        yield running
    finally:
        running.stop()


async def voices(mesh: Mesh, backends: Backends) -> dict[str, bytes]:
    """What the caller says, as mu-law; the recogniser learns it."""
    made = {}
    backends.known.clear()
    async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
        for name, text in LINES.items():
            body = {"text": text, "language": "en", "format": "mulaw", "voice": "en-us+m7"}
            audio = (await http.post(mesh.url("tts") + "/process", json=body)).raise_for_status().content
            pcm = decode_mulaw(audio, 8000)
            loud = np.flatnonzero(np.abs(pcm) > 300)
            audio = encode_mulaw(pcm[max(0, loud[0] - 160) : loud[-1] + 160])
            made[name] = audio
            backends.learn(text, decode_mulaw(audio, 16000))
    return made


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


async def test_a_whole_call_ends_with_its_lead(line: Mesh, backends: tuple[Backends, str]) -> None:
    said = await voices(line, backends[0])
    phone = Phone(line.url("call_handler"))
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


async def test_a_caller_who_interrupts_is_heard_and_a_mhm_changes_nothing(
    line: Mesh, backends: tuple[Backends, str]
) -> None:
    said = await voices(line, backends[0])
    phone = Phone(line.url("call_handler"))
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
    line: Mesh, backends: tuple[Backends, str], victim: str
) -> None:
    said = await voices(line, backends[0])
    phone = Phone(line.url("call_handler"))
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
