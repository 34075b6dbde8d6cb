"""call_handler's chain over recordings takes the longest of them."""

from collections.abc import Callable
from typing import Any

import httpx2

from simulator.clouds import recogniser


async def test_call_handlers_chain_takes_a_long_recording(
    http: httpx2.AsyncClient, handler_at: Callable[..., Any], serve_app: Callable[..., Any]
) -> None:
    handler = await handler_at(stt_url=await serve_app(recogniser()))
    body = {"audio_url": "https://example.com/call.mp3", "name": "Anna", "phone": "+14155550123"}
    reply = await http.post(f"{handler.url}/process", json=body)
    assert reply.status_code == 200, reply.text
    assert reply.json()["gpt"]["response"]
