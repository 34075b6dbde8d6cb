"""OpenAI's own client talks with us by audio: server VAD, interruption, truncation, functions. The model is a stand-in."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
import soxr
from fastapi import FastAPI, Request, Response
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.speech import spoken
from mesh.audio import decode_mulaw
from simulator.models import Backends
from simulator.processes import Mesh, eventually
from tests.realtime.conftest import serving

RATE, PIECE = 24_000, 2 * 24_000 // 50
QUESTION, STOP = "How much does it cost?", "Wait, stop please."
REPLY = "We are open every day of the week, from eight in the morning until ten at night, and on holidays too."
TOOL = {
    "type": "function",
    "name": "price",
    "description": "The price of the room.",
    "parameters": {"type": "object", "properties": {}},
}


@pytest.fixture(scope="module")
def backends() -> Iterator[tuple[Backends, str]]:
    made = Backends(reply=REPLY)
    with serving(made.app) as url:
        yield made, f"{url}/v1"


class Collector:
    """Takes spans as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.app, self.spans = FastAPI(), []  # type: FastAPI, list[Any]
        self.app.add_api_route("/v1/traces", self.take, methods=["POST"])

    async def take(self, request: Request) -> Response:
        data = await request.body()
        body = gzip.decompress(data) if request.headers.get("content-encoding") == "gzip" else data
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.spans.extend(span for scope in resource.scope_spans for span in scope.spans)
        return Response(b"", media_type="application/x-protobuf")


@pytest.fixture(scope="module")
def collector() -> Iterator[tuple[Collector, str]]:
    made = Collector()
    with serving(made.app) as url:
        yield made, url


@pytest.fixture(scope="module")
def assistant(
    tmp_path_factory: pytest.TempPathFactory, backends: tuple[Backends, str], collector: tuple[Collector, str]
) -> Iterator[Mesh]:
    url = backends[1]
    folder = tmp_path_factory.mktemp("assistant")
    mesh = Mesh(folder, STT_BASE_URL=url, LLM_BASE_URL=url, OTEL_EXPORTER_OTLP_ENDPOINT=collector[1])
    try:
        mesh.start("gateway", "stt", "lang", "gpt", "tts", "logger", "lead_sender", "storage")
        yield mesh
    finally:
        mesh.stop()


class Microphone:
    """Audio in real time: silence, but for what is said."""

    def __init__(self, connection: AsyncRealtimeConnection, backends: Backends) -> None:
        self._connection, self._backends = connection, backends
        self._mouth = bytearray()
        self.task = asyncio.create_task(self._run())

    async def say(self, text: str) -> None:
        audio = await spoken(text)
        self._backends.learn(text, decode_mulaw(audio, 16_000))
        self._mouth += soxr.resample(decode_mulaw(audio, 8_000), 8_000, RATE).astype(np.int16).tobytes()

    async def _run(self) -> None:
        while True:
            piece = bytes(self._mouth[:PIECE]).ljust(PIECE, b"\0")
            del self._mouth[:PIECE]
            await self._connection.input_audio_buffer.append(audio=base64.b64encode(piece).decode())
            await asyncio.sleep(0.02)


@pytest.fixture
async def line(
    assistant: Mesh, backends: tuple[Backends, str]
) -> AsyncIterator[tuple[AsyncRealtimeConnection, Microphone]]:
    client = AsyncOpenAI(api_key="none", base_url=assistant.url("gateway") + "/v1")
    async with client, client.realtime.connect(model="gpt-realtime") as connection:
        microphone = Microphone(connection, backends[0])
        yield connection, microphone
        microphone.task.cancel()


async def until(connection: AsyncRealtimeConnection, kind: str, seconds: float = 10) -> list[Any]:
    events: list[Any] = []
    async with asyncio.timeout(seconds):
        async for event in connection:
            assert event.type != "error", event
            events.append(event)
            if event.type == kind:
                return events
    raise AssertionError(f"no {kind} in {[event.type for event in events]}")


async def set_up(connection: AsyncRealtimeConnection, **more: Any) -> None:
    audio = {
        "input": {
            "format": {"type": "audio/pcm", "rate": RATE},
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
        },
        "output": {"format": {"type": "audio/pcm", "rate": RATE}},
    }
    await connection.session.update(
        session={"type": "realtime", "instructions": "You sell rooms.", "audio": audio, **more}  # type: ignore[typeddict-item]
    )
    await until(connection, "session.updated")


def names(events: list[Any]) -> list[str]:
    seen = [event.type for event in events]
    return [name for at, name in enumerate(seen) if at == 0 or name != seen[at - 1]]


async def test_a_turn_by_audio_with_server_vad(line: tuple[AsyncRealtimeConnection, Microphone]) -> None:
    connection, microphone = line
    await set_up(connection)
    await microphone.say(QUESTION)
    events = await until(connection, "response.done")
    order = [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.output_item.done",
        "response.done",
    ]
    seen = names(events)
    assert [name for name in order if name in seen] == order
    assert sorted(order, key=seen.index) == order
    heard = next(event for event in events if event.type.endswith("transcription.completed"))
    assert heard.transcript == QUESTION
    sound = b"".join(base64.b64decode(event.delta) for event in events if event.type == "response.output_audio.delta")
    assert 3 < len(sound) / 2 / RATE < 12
    assert REPLY.split(",", maxsplit=1)[0] in events[-1].response.output[0].content[0].transcript


async def test_who_interrupts_is_heard_and_the_history_is_cut(
    line: tuple[AsyncRealtimeConnection, Microphone],
) -> None:
    connection, microphone = line
    await set_up(connection)
    await microphone.say(QUESTION)
    events = await until(connection, "response.output_audio.delta")
    item = events[-1].item_id
    await asyncio.sleep(1.0)
    await microphone.say(STOP)
    events = await until(connection, "input_audio_buffer.speech_started")
    await connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=900)
    events = await until(connection, "conversation.item.truncated")
    assert events[-1].item_id == item
    assert events[-1].audio_end_ms == 900
    events += await until(connection, "response.done")
    heard = [event.transcript for event in events if event.type.endswith("transcription.completed")]
    assert heard == [STOP]


async def test_functions_are_called_and_their_outputs_answered(
    line: tuple[AsyncRealtimeConnection, Microphone],
) -> None:
    connection, microphone = line
    await set_up(connection, tools=[TOOL])
    await microphone.say(QUESTION)
    events = await until(connection, "response.done")
    call = events[-1].response.output[-1]
    assert (call.type, call.name, call.arguments) == ("function_call", "price", "{}")
    assert any(event.type == "response.function_call_arguments.done" for event in events)
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "50 euros"}
    await connection.conversation.item.create(item=output)
    await connection.response.create()
    events = await until(connection, "response.done")
    assert "open every day" in events[-1].response.output[0].content[0].transcript


async def test_a_turn_is_spans_at_a_collector(
    line: tuple[AsyncRealtimeConnection, Microphone], collector: tuple[Collector, str]
) -> None:
    connection, microphone = line
    await set_up(connection)
    await microphone.say(QUESTION)
    await until(connection, "response.done")

    async def sent() -> bool:
        return any(span.name == "turn" for span in collector[0].spans)

    await eventually(sent, 20)
    turn = next(span for span in collector[0].spans if span.name == "turn")
    legs = {span.name: span for span in collector[0].spans if span.parent_span_id == turn.span_id}
    assert {"stt", "lang", "gpt", "tts", "endpoint decision"} <= set(legs)
    for leg in legs.values():
        assert turn.start_time_unix_nano <= leg.start_time_unix_nano <= leg.end_time_unix_nano
        assert leg.trace_id == turn.trace_id
