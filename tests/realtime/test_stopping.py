"""SIGTERM in the midst of a call: it has time to end; then its caller is told, and nothing of it is lost."""

import asyncio
import signal
from pathlib import Path

import httpx2
import yaml

from call_handler.config import Settings as CallHandler
from call_handler.media import BYE_S
from call_handler.switchboard import LEAVE_S
from gateway.config import Settings as Gateway
from launcher.processes import grace_s
from simulator.processes import Mesh, eventually
from simulator.stream import Phone


async def test_a_call_that_does_not_end_in_time_is_told_and_its_lead_and_end_are_kept(
    line: Mesh, phone: Phone, said: dict[str, bytes], http: httpx2.AsyncClient
) -> None:
    line.kill("call_handler")
    line.start("call_handler", DRAIN_S="0.5")
    process = line.running.pop("call_handler")
    try:
        async with phone.call(sid="CAstop") as caller:
            await caller.reply(0.0)
            await caller.until_quiet()
            await caller.reply(await caller.say(said["name"]))
            await caller.until_quiet()
            told = caller.heard.frames
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                await caller.over.wait()
            assert caller.heard.frames - told > 50  # more than a second was said
            assert await asyncio.to_thread(process.wait, 30) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        line.start("call_handler")

    async def kept() -> bool:
        events = (await http.get(line.url("logger") + "/sessions/CAstop/events")).json()["events"]
        leads = await http.get(line.url("lead_sender") + "/leads", params={"session_id": "CAstop"})
        kinds = [event["type"] for event in events]
        ends = [event["data"]["reason"] for event in events if event["type"] == "closed"]
        fields = [lead["fields"] for lead in leads.json()["leads"]]
        return "summary" in kinds and ends == ["stopped"] and "Catherine" in fields[0]["name"] and "phone" in fields[0]

    await eventually(kept, 20)


async def test_gateway_ends_when_its_calls_have_ended(line: Mesh, phone: Phone, said: dict[str, bytes]) -> None:
    process = line.running.pop("gateway")
    try:
        async with phone.call(sid="CAgatestop") as caller:
            await caller.reply(0.0)
            await caller.until_quiet()
            process.send_signal(signal.SIGTERM)
            await caller.reply(await caller.say(said["name"]))
            assert process.poll() is None
        await asyncio.to_thread(process.wait, 40)
    finally:
        process.kill()
        line.start("gateway")


def test_whoever_stops_the_mesh_waits_for_longer_than_a_call_may_take() -> None:
    assert CallHandler.model_fields["drain_s"].default >= 15
    assert Gateway.model_fields["drain_s"].default >= 15
    assert LEAVE_S > BYE_S
    compose = yaml.safe_load(Path("docker-compose.yml").read_text())
    for service, settings in (("call_handler", CallHandler), ("gateway", Gateway)):
        longest = settings.model_fields["drain_s"].default + LEAVE_S
        assert grace_s(service) > longest
        assert float(compose["services"][service]["stop_grace_period"].removesuffix("s")) > longest
