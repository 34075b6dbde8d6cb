"""A recording of many minutes has a transcript that is longer than what its readers take: its middle goes, nothing fails."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx2

from mesh.wire.common import shortened
from simulator.clouds import LONG_TRANSCRIPT as TRANSCRIPT
from simulator.clouds import recogniser
from tests import audio_files
from tests.gateway.conftest import field, scenario


def test_what_is_too_much_goes_from_the_middle() -> None:
    for limit in (10, 101, 8_000):
        short = shortened(TRANSCRIPT, limit)
        assert len(short) == limit
        assert TRANSCRIPT.startswith(short[: limit // 2])
        assert TRANSCRIPT.endswith(short[-(limit // 2 - 4) :])
    assert shortened("short", 8_000) == "short"


async def test_a_turn_of_forty_minutes_is_a_turn(
    http: httpx2.AsyncClient, gateway_at: Callable[..., Any], serve_app: Callable[..., Any]
) -> None:
    own = scenario(field("problem", "text"), field("name", "name"))
    url = await gateway_at(own, stt_url=await serve_app(recogniser()))
    session_id = uuid.uuid4().hex
    (await http.post(f"{url}/v1/sessions", json={"session_id": session_id})).raise_for_status()
    files = {"file": ("call.wav", audio_files.make("wav"), "audio/wav")}
    reply = await http.post(f"{url}/process", data={"session_id": session_id}, files=files)
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert "lead_sender" not in body["skipped"]  # it took the lead: the value is within its bounds
    problem = body["lead"]["fields"]["problem"]
    assert problem.startswith("my laptop is broken")
    assert problem.endswith("call me back tomorrow")
