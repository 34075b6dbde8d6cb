"""OpenAI's own client holds whole conversations with WS /v1/realtime of the running mesh."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from simulator.processes import Mesh


@asynccontextmanager
async def connect(mesh: Mesh, **query: str) -> AsyncIterator[AsyncRealtimeConnection]:
    client = AsyncOpenAI(api_key="none", base_url=mesh.url("gateway") + "/v1")
    async with client.realtime.connect(model="gpt-realtime", extra_query=query) as connection:
        yield connection


async def until(connection: AsyncRealtimeConnection, kind: str, seconds: float = 10) -> list[Any]:
    events = []
    async with asyncio.timeout(seconds):
        async for event in connection:
            events.append(event)
            assert event.type != "error", event
            if event.type == kind:
                return events
    raise AssertionError(f"no {kind} in {[e.type for e in events]}")


async def test_a_whole_conversation_in_text(mesh: Mesh) -> None:
    async with connect(mesh) as c:
        assert (await until(c, "session.created"))[-1].session.audio.input.turn_detection.type == "semantic_vad"
        await c.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        assert (await until(c, "session.updated"))[-1].session.output_modalities == ["text"]
        await c.response.create()
        greeting = await until(c, "response.done")
        assert "May I have your name" in greeting[-1].response.output[0].content[0].text

        async def say(text: str) -> str:
            await c.conversation.item.create(
                item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
            )
            await c.response.create()
            events = await until(c, "response.done")
            deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
            whole = events[-1].response.output[0].content[0].text
            assert deltas.strip() == whole
            return whole

        assert "phone number" in await say("My name is Catherine Miller")
        assert "city" in await say("four one five, five five five, zero one two three")
        assert "dates" in await say("Yalta")
        assert "Catherine Miller" in await say("from July 1 to July 10")
        assert "Goodbye" in await say("yes, that's right")


async def test_audio_comes_with_its_transcript_in_both_formats(mesh: Mesh) -> None:
    for kind, per_second in (("audio/pcmu", 8_000), ("audio/pcm", 48_000)):
        async with connect(mesh) as c:
            await until(c, "session.created")
            form: Any = {"type": kind} if kind == "audio/pcmu" else {"type": kind, "rate": 24000}
            await c.session.update(session={"type": "realtime", "audio": {"output": {"format": form}}})
            await until(c, "session.updated")
            await c.response.create()
            events = await until(c, "response.done")
            kinds = [e.type for e in events]
            assert kinds.index("response.created") < kinds.index("response.output_item.added")
            assert kinds.index("response.output_item.added") < kinds.index("response.content_part.added")
            audio = b"".join(base64.b64decode(e.delta) for e in events if e.type == "response.output_audio.delta")
            assert 2 < len(audio) / per_second < 15
            said = next(e.transcript for e in events if e.type == "response.output_audio_transcript.done")
            assert "automated assistant" in said


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "no.such.event"}, "invalid_event"),
        ({"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"format": {"type": "mp3"}}}}}, "invalid_event"),
        ({"type": "input_audio_buffer.append", "audio": "not base64!"}, "invalid_audio"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
        ({"type": "response.cancel"}, "response_cancel_not_active"),
        ({"type": "conversation.item.retrieve", "item_id": "item_x"}, "item_not_found"),
        ({"type": "conversation.item.truncate", "item_id": "item_x", "content_index": 0, "audio_end_ms": 5}, "item_not_found"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_an_event_and_the_session_goes_on(mesh: Mesh, event: Any, code: str) -> None:
    async with connect(mesh) as c:
        await until(c, "session.created")
        await c.send(event)
        error = await c.recv()
        assert error.type == "error"
        assert error.error.code == code
        await c.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        await until(c, "session.updated")
