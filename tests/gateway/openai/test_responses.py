"""/v1/responses by OpenAI's own client: over a chat server, and over one that serves it itself."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from pydantic import BaseModel

from mesh.auth.tokens import Pass, Tokens
from simulator.model_server import WORDS, ModelServer
from tests.gateway.openai.conftest import APPS, Start, served

TOOL: Any = {
    "type": "function",
    "name": "free_rooms",
    "parameters": {"type": "object", "properties": {"day": {"type": "string"}}},
    "strict": False,
}
TEXT = ["response.output_item.added", "response.content_part.added", "response.output_text.delta"]
TEXT += ["response.output_text.done", "response.content_part.done", "response.output_item.done"]
QUICK = {"model_first_byte_s": 0.5, "model_stall_s": 0.5, "model_deadline_s": 1.0}


@pytest.fixture
async def url(gateway: Start, model: ModelServer) -> str:
    return str(await gateway(llm_base_url=model.base, llm_model="tiny-model", **QUICK))  # type: ignore[attr-defined]


def kinds(events: list[Any]) -> list[str]:
    """The types of events, runs of one as one."""
    return [e.type for i, e in enumerate(events) if not i or e.type != events[i - 1].type]


async def test_a_response(url: str, client: Any, model: ModelServer) -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}
    asked: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "What is it?"}, picture]},
    ]
    found = await client(url).responses.create(
        model="m", input=asked, instructions="Be kind.", max_output_tokens=50, temperature=0.5, metadata={"a": "b"}
    )
    assert (found.output_text, found.status, found.model, found.metadata) == (
        WORDS,
        "completed",
        "tiny-model",
        {"a": "b"},
    )
    assert (found.usage.input_tokens, found.usage.output_tokens, found.usage.total_tokens) == (9, 8, 17)
    body = model.bodies[0]
    assert [m["role"] for m in body["messages"]] == ["system", "system", "user"]
    assert body["messages"][2]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": picture["image_url"], "detail": "low"},
    }
    assert (body["max_completion_tokens"], body["temperature"]) == (50, 0.5)
    cut = await client(url).responses.create(model="m", input="Hello?", max_output_tokens=1)
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")


async def test_a_conversation_goes_on_from_what_is_stored(url: str, client: Any, model: ModelServer) -> None:
    create = client(url).responses.create
    first = await create(model="m", input="My name is Ann.", instructions="Be kind.")
    second = await create(model="m", input="Who am I?", previous_response_id=first.id)
    assert [(m["role"], m["content"]) for m in model.bodies[1]["messages"]] == [
        ("user", "My name is Ann."),
        ("assistant", WORDS),
        ("user", "Who am I?"),
    ], "instructions are of one response alone"
    third = await create(model="m", input="Sure?", previous_response_id=second.id)
    assert len(model.bodies[2]["messages"]) == 5
    assert (third.previous_response_id, third.store) == (second.id, True)
    assert (await client(url).responses.retrieve(first.id)).output_text == WORDS
    await client(url).responses.delete(first.id)
    for gone in (lambda: client(url).responses.retrieve(first.id), lambda: client(url).responses.delete(first.id)):
        with pytest.raises(openai.NotFoundError):
            await gone()
    with pytest.raises(openai.BadRequestError) as found:
        await create(model="m", input="x", previous_response_id=first.id)
    assert (found.value.code, found.value.param) == ("previous_response_not_found", "previous_response_id")
    unkept = await create(model="m", input="x", store=False)
    with pytest.raises(openai.NotFoundError):
        await client(url).responses.retrieve(unkept.id)


async def test_a_stored_response_is_its_owners_alone(url: str, client: Any) -> None:
    found = await client(url).responses.create(model="m", input="A secret")
    stored = APPS[url].state.parts.front.stored
    assert await stored.get("user:other", found.id) is None
    assert not await stored.delete("user:other", found.id)
    assert await stored.get("local", found.id) is not None
    assert await stored.forget("local") == 1
    assert await stored.get("local", found.id) is None


async def test_what_is_stored_outlives_a_restart_and_not_its_time(
    gateway: Start, client: Any, model: ModelServer, tmp_path: Path
) -> None:
    settings = {"llm_base_url": model.base, "llm_model": "m", "responses_file": tmp_path / "kept.db"}  # type: ignore[attr-defined]
    found = await client(await gateway(**settings)).responses.create(model="m", input="Hello")
    again = await gateway(**settings)
    assert (await client(again).responses.retrieve(found.id)).output_text == WORDS
    later = await gateway(**settings, responses_days=1e-9)
    with pytest.raises(openai.NotFoundError):
        await client(later).responses.retrieve(found.id)


async def test_a_disk_that_fails_costs_the_storing_alone(gateway: Start, client: Any, model: ModelServer) -> None:
    url = await gateway(llm_base_url=model.base, llm_model="m", responses_file=Path("/proc/none/x.db"))  # type: ignore[attr-defined]
    found = await client(url).responses.create(model="m", input="Hello")
    assert (found.output_text, found.store) == (WORDS, False)
    with pytest.raises(openai.InternalServerError) as error:
        await client(url).responses.retrieve(found.id)
    assert error.value.status_code == 503


async def test_the_events_of_a_text(url: str, client: Any) -> None:
    events = [event async for event in await client(url).responses.create(model="m", input="Hello", stream=True)]
    assert kinds(events) == ["response.created", "response.in_progress", *TEXT, "response.completed"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    whole = events[-1].response
    assert "".join(e.delta for e in events if e.type == TEXT[2]) == whole.output_text
    assert (whole.output_text.strip(), whole.usage.total_tokens, whole.store) == (WORDS, 17, True)
    assert (await client(url).responses.retrieve(whole.id)).output_text == whole.output_text


async def test_tools(url: str, client: Any, model: ModelServer) -> None:
    create = client(url).responses.create
    events = [event async for event in await create(model="m", input="Rooms?", tools=[TOOL], stream=True)]
    arguments = "response.function_call_arguments"
    assert kinds(events) == [
        "response.created",
        "response.in_progress",
        TEXT[0],
        f"{arguments}.delta",
        f"{arguments}.done",
        TEXT[-1],
        "response.completed",
    ]
    call = events[-1].response.output[0]
    assert (call.name, json.loads(call.arguments), call.call_id) == ("free_rooms", {"day": "Monday"}, "call_1")
    output: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "three"}]
    after = await create(model="m", input=output, previous_response_id=events[-1].response.id, tools=[TOOL])
    assert after.output_text == WORDS
    roles = [message["role"] for message in model.bodies[1]["messages"]]
    assert roles == ["user", "assistant", "tool"]
    assert model.bodies[1]["messages"][1]["tool_calls"][0]["id"] == "call_1"
    named: Any = {"type": "function", "name": "free_rooms"}
    await create(model="m", input="x", tools=[TOOL], tool_choice=named)
    assert model.bodies[2]["tool_choice"] == {"type": "function", "function": {"name": "free_rooms"}}


class Stay(BaseModel):
    day: str


async def test_structured_output(url: str, client: Any) -> None:
    found = await client(url).responses.parse(model="m", input="When?", text_format=Stay)
    assert found.output_parsed == Stay(day="Monday")
    async with client(url).responses.stream(model="m", input="When?", text_format=Stay) as stream:
        assert (await stream.get_final_response()).output_parsed == Stay(day="Monday")


@pytest.mark.parametrize("mode", ["stall", "cut", "early"])
async def test_a_stream_that_breaks_off_has_failed(url: str, client: Any, model: ModelServer, mode: str) -> None:
    model.mode = mode
    events = [event async for event in await client(url).responses.create(model="m", input="x", stream=True)]
    assert (events[-1].type, events[-1].response.status) == ("response.failed", "failed")
    with pytest.raises(openai.NotFoundError):
        await client(url).responses.retrieve(events[-1].response.id)


@pytest.mark.parametrize(
    ("mode", "stream", "raised"),
    [
        ("400", True, openai.BadRequestError),
        ("429", False, openai.RateLimitError),
        ("500", True, openai.InternalServerError),
        ("short", False, openai.InternalServerError),
        ("garbage", False, openai.InternalServerError),
    ],
)
async def test_errors(url: str, client: Any, model: ModelServer, mode: str, stream: bool, raised: Any) -> None:
    model.mode = mode
    with pytest.raises(raised):
        await client(url).responses.create(model="m", input="x", stream=stream)


@pytest.mark.parametrize(
    ("param", "more"),
    [
        ("background", {"background": True}),
        ("tools[0].type", {"tools": [{"type": "web_search"}]}),
        ("input", {"input": 7}),
        ("input[0].role", {"input": [{"role": "robot", "content": "x"}]}),
        ("input[0].content[0]", {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}),
        ("tool_choice", {"tools": [TOOL], "tool_choice": "sometimes"}),
        ("text.format", {"text": {"format": "json"}}),
        ("tools", {"tools": 7}),
        ("reasoning", {"reasoning": "much"}),
        ("text", {"text": []}),
        ("max_output_tokens", {"max_output_tokens": "many"}),
    ],
)
async def test_what_cannot_be_done_is_named(url: str, client: Any, param: str, more: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError) as found:
        await client(url).responses.create(**{"model": "m", "input": "x", **more})
    assert found.value.param == param


async def test_a_client_that_leaves_is_seen_by_the_server(url: str, client: Any, model: ModelServer) -> None:
    model.mode = "stall"
    stream = await client(url).responses.create(model="m", input="x", stream=True)
    await anext(aiter(stream))
    await stream.close()
    await asyncio.wait_for(model.left.wait(), 5)


async def test_a_server_that_serves_it_is_asked_itself(gateway: Start, client: Any, serve_app: Start) -> None:
    model = await served(serve_app)
    server = {"base_url": model.base, "responses": True}  # type: ignore[attr-defined]
    url = await gateway({"names": {"tiny-model": {"servers": [server]}}})
    create = client(url).responses.create
    first = await create(model="tiny-model", input="My name is Ann.", tools=[{"type": "web_search"}])
    assert (first.output_text, model.paths[0], first.store) == (WORDS, "/v1/responses", True)
    events = [
        e async for e in await create(model="tiny-model", input="Who?", previous_response_id=first.id, stream=True)
    ]
    assert kinds(events) == ["response.created", *TEXT, "response.completed"]
    asked = model.bodies[1]
    assert ("previous_response_id" in asked, asked["store"], len(asked["input"])) == (False, False, 3)
    assert (await client(url).responses.retrieve(events[-1].response.id)).output_text.strip() == WORDS


async def test_what_an_account_has_stored_goes_with_it(gateway: Start, client: Any, model: ModelServer) -> None:
    secret, keys = "s" * 32, {"anna": "anna-0123456789abcdef", "boris": "boris-0123456789abcdef"}
    url = await gateway(
        llm_base_url=model.base,  # type: ignore[attr-defined]
        llm_model="tiny-model",
        jwt_secret=secret,
        api_keys=",".join(f"{name}:{key}" for name, key in keys.items()),
    )
    anna, boris = (client(url, api_key=key).responses for key in keys.values())
    hers, his = [await one.create(model="m", input="Hello?") for one in (anna, boris)]
    assert (await anna.retrieve(hers.id)).id == hers.id
    async with httpx2.AsyncClient(base_url=url, headers=Pass(Tokens(secret), "accounts").headers()) as accounts:
        # Of the other services none is here: it is to be asked for again, and what is here is gone.
        assert (await accounts.delete("/v1/owners/key:anna", timeout=60)).status_code == 503
    with pytest.raises(openai.NotFoundError):
        await anna.retrieve(hers.id)
    assert (await boris.retrieve(his.id)).id == his.id
