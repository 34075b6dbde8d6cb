"""What a client of the Realtime API may set does what OpenAI documents, to the millisecond, in virtual time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from mesh.wire.realtime import ServerEvent
from tests.gateway.realtime.world import FRAME, VOICE, Telephone, World, run

TOOL = {"type": "function", "name": "look_up", "description": "", "parameters": {"type": "object"}}
FRAME_MS = 32


class Recorded(World):
    """Keeps what gpt and stt were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Any] = []
        self.audio: list[bytes] = []

    @asynccontextmanager
    async def stream(self, route: Any, body: Any = None, **more: Any) -> AsyncIterator[Any]:
        if hasattr(body, "user_input"):
            self.requests.append(body)
        async with super().stream(route, body, **more) as response:
            yield response

    async def _hear(self, audio: bytes) -> Any:
        self.audio.append(audio)
        return await super()._hear(audio)


class Client(Telephone):
    """Keeps the events that it is sent."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.events: list[dict[str, Any]] = []

    def event(self, event: ServerEvent) -> None:
        super().event(event)
        self.events.append(orjson.loads(event.model_dump_json()))

    def send(self, kind: str, **more: Any) -> None:
        self.protocol.receive(orjson.dumps({"type": kind, **more}).decode())

    def update(self, **session: Any) -> None:
        self.send("session.update", session={"type": "realtime", **session})

    def detection(self, **more: Any) -> None:
        self.update(audio={"input": {"turn_detection": more}})

    async def converse(self, line: str) -> None:
        """Say it, and hear our answer to its end."""
        await self.reply(await self.say(line))
        await self.quiet()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]


def called(talk: Callable[[Client], Awaitable[Any]]) -> tuple[Recorded, Client]:
    """A call whose greeting was heard; what became of it."""
    world, clients = Recorded(), []

    async def call() -> None:
        async with Client(world) as client:
            clients.append(client)
            await client.quiet()
            await talk(client)

    run(call)
    return world, clients[0]


def waited_ms(eagerness: str) -> float:
    """How long after the caller's last sound their turn was over."""

    async def talk(client: Client) -> None:
        client.detection(type="semantic_vad", eagerness=eagerness)
        await client.converse("I would like to know more about it")

    world, _ = called(talk)
    return float(next(e for e in world.events if e.type == "waterfall").data["ms"]["endpoint"])


def test_eagerness_is_how_soon_a_turn_is_over() -> None:
    usual = waited_ms("auto")
    assert waited_ms("medium") == usual
    assert waited_ms("low") == pytest.approx(2 * usual, abs=2 * FRAME_MS)
    assert waited_ms("high") == pytest.approx(0.7 * usual, abs=2 * FRAME_MS)


@pytest.mark.parametrize("padding_ms", [0, 300, 1_500])
def test_prefix_padding_is_the_audio_before_speech_that_is_heard_with_it(padding_ms: int) -> None:
    async def talk(client: Client) -> None:
        client.detection(type="server_vad", prefix_padding_ms=padding_ms, silence_duration_ms=300)
        for _ in range(100):  # two seconds of silence
            client.protocol.binary(b"\x00" * FRAME)
        await client.converse("My name is Anna.")

    world, client = called(talk)
    assert world.audio[-1].index(VOICE) / 8 == pytest.approx(padding_ms, abs=2 * FRAME_MS)
    assert (
        client.of("session.updated")[0]["session"]["audio"]["input"]["turn_detection"]["prefix_padding_ms"]
        == padding_ms
    )


@pytest.mark.parametrize(
    ("choice", "names", "told"),
    [
        ("auto", ["look_up"], "auto"),
        ("none", [], "none"),
        ("required", ["look_up"], "required"),
        ({"type": "function", "name": "look_up"}, ["look_up"], "look_up"),
    ],
)
def test_tool_choice_reaches_the_model(choice: Any, names: list[str], told: str) -> None:
    async def talk(client: Client) -> None:
        client.update(tools=[TOOL], tool_choice=choice, instructions="Be brief.")
        await client.converse("What is the weather like?")

    world, client = called(talk)
    request = world.requests[-1]
    assert ([tool.name for tool in request.tools], request.tool_choice) == (names, told)
    assert client.of("session.updated")[0]["session"]["tool_choice"] == choice


def test_a_response_may_be_text_in_a_session_of_audio() -> None:
    async def talk(client: Client) -> None:
        content = [{"type": "input_text", "text": "My name is Anna."}]
        client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        client.send("response.create", response={"output_modalities": ["text"]})
        while len(client.of("response.done")) < 2:
            await client.tick()
        await client.converse("Four one five five five five zero one two three.")

    _, client = called(talk)
    modalities = [event["response"]["output_modalities"] for event in client.of("response.done")]
    assert modalities == [["audio"], ["text"], ["audio"]], "it holds for that response"


def test_only_the_response_in_progress_is_cancelled() -> None:
    async def talk(client: Client) -> None:
        client.send("response.create")
        while client.talking_since is None:
            await client.tick()
        client.send("response.cancel", response_id="resp_of_another")
        client.send("response.cancel", response_id=client.of("response.created")[-1]["response"]["id"])

    _, client = called(talk)
    assert [event["error"]["code"] for event in client.of("error")] == ["response_cancel_not_active"]
    assert client.protocol.talk.speaker.current is None


def test_an_item_comes_after_one_that_there_is() -> None:
    async def talk(client: Client) -> None:
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
        for previous in ("item_of_nothing", "root", None):
            client.send("conversation.item.create", item=item, previous_item_id=previous)

    _, client = called(talk)
    assert [event["error"]["code"] for event in client.of("error")] == ["item_not_found"]


def test_idle_timeout_counts_from_the_update_on() -> None:
    """The session's own is 7 s."""

    async def talk(client: Client) -> None:
        client.detection(type="server_vad", idle_timeout_ms=2_000)
        began = client.loop.time()
        asked = await client.reply(began)
        assert asked - began == pytest.approx(2.0, abs=0.5)
        await client.quiet()

    called(talk)
