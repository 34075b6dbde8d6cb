"""Chat, completions, embeddings and models, by OpenAI's own client."""

import asyncio
import json
from typing import Any

import httpx2
import openai
import pytest
from pydantic import BaseModel

from simulator.model_server import WORDS, ModelServer
from tests.gateway.openai.conftest import APPS, Start

HELLO: Any = [{"role": "user", "content": "Hello?"}]
TOOL: Any = {
    "type": "function",
    "function": {"name": "free_rooms", "parameters": {"type": "object", "properties": {"day": {"type": "string"}}}},
}


@pytest.fixture
async def url(gateway: Start, model: ModelServer) -> str:
    return str(await gateway(llm_base_url=model.base, llm_model="tiny-model", llm_api_key="k-1"))  # type: ignore[attr-defined]


async def test_a_chat(url: str, client: Any, model: ModelServer) -> None:
    reply = await client(url).chat.completions.create(model="tiny-model", messages=HELLO)
    assert (reply.choices[0].message.content, reply.model, reply.usage.total_tokens) == (WORDS, "tiny-model", 17)
    assert model.headers[0]["authorization"] == "Bearer k-1", "the server's own key, and never the client's"
    assert "traceparent" in model.headers[0]


async def test_the_synchronous_client(url: str) -> None:
    def ask() -> tuple[str | None, str]:
        with openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as one:
            whole = one.chat.completions.create(model="m", messages=HELLO)
            stream = one.chat.completions.create(model="m", messages=HELLO, stream=True)
            return whole.choices[0].message.content, "".join(c.choices[0].delta.content or "" for c in stream)

    assert [text and text.strip() for text in await asyncio.to_thread(ask)] == [WORDS, WORDS]


async def test_bytes_are_passed_on_as_they_are(url: str, http: httpx2.AsyncClient, model: ModelServer) -> None:
    body = (
        b'{ "model":"tiny-model" ,"messages":[{"role":"user","content":"\\u00e4 \xc3\xa4"}], "seed": 1.0, "x": [1E3] }'
    )
    reply = await http.post(f"{url}/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 200
    assert model.raw[0] == body
    direct = await http.post(f"{model.base}/chat/completions", content=body)  # type: ignore[attr-defined]
    assert reply.content == direct.content


async def test_any_name_is_answered_by_the_only_model(url: str, client: Any, model: ModelServer) -> None:
    reply = await client(url).chat.completions.create(model="gpt-4o", messages=HELLO)
    assert (reply.model, model.bodies[0]["model"]) == ("tiny-model", "tiny-model")


async def test_a_stream_with_and_without_its_usage(url: str, client: Any, model: ModelServer) -> None:
    create = client(url).chat.completions.create
    plain = [chunk async for chunk in await create(model="m", messages=HELLO, stream=True)]
    assert "".join(c.choices[0].delta.content or "" for c in plain).strip() == WORDS
    assert not any(c.usage for c in plain), "who has not asked does not see it"
    assert model.bodies[0]["stream_options"] == {"include_usage": True}, "we have asked: it is counted"
    asked = [
        c async for c in await create(model="m", messages=HELLO, stream=True, stream_options={"include_usage": True})
    ]
    assert (asked[-1].choices, asked[-1].usage.total_tokens) == ([], 17)


async def test_what_was_used_is_counted(url: str, client: Any) -> None:
    create = client(url).chat.completions.create
    await create(model="m", messages=HELLO)
    _ = [chunk async for chunk in await create(model="m", messages=HELLO, stream=True)]
    await client(url).embeddings.create(model="m", input=["a", "b"], encoding_format="float")
    rows = APPS[url].state.parts.limits.ledger.waiting
    assert [(row.owner, row.model, row.requests, row.estimated) for row in rows] == [("house", "tiny-model", 3, False)]
    assert (rows[0].prompt_tokens, rows[0].completion_tokens) == (9 + 9 + 5, 16)


async def test_tools(url: str, client: Any, model: ModelServer) -> None:
    create = client(url).chat.completions.create
    reply = await create(model="m", messages=HELLO, tools=[TOOL], tool_choice="auto", parallel_tool_calls=False)
    call = reply.choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("free_rooms", {"day": "Monday"})
    stream = await create(model="m", messages=HELLO, tools=[TOOL], stream=True)
    pieces = [c.choices[0].delta.tool_calls async for c in stream if c.choices and c.choices[0].delta.tool_calls]
    assert json.loads("".join(p[0].function.arguments for p in pieces)) == {"day": "Monday"}
    assert model.bodies[0]["tools"] == [TOOL]


class Stay(BaseModel):
    day: str


async def test_structured_output(url: str, client: Any) -> None:
    parsed = await client(url).chat.completions.parse(model="m", messages=HELLO, response_format=Stay)
    assert parsed.choices[0].message.parsed == Stay(day="Monday")


async def test_all_that_a_model_may_be_told_reaches_it(url: str, client: Any, model: ModelServer) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}]
    told = {"n": 2, "stop": ["\n"], "seed": 7, "logprobs": True, "top_logprobs": 1, "temperature": 0.5, "top_p": 0.9}
    told |= {"presence_penalty": 0.1, "logit_bias": {"50256": -100}, "user": "u", "max_completion_tokens": 50}
    reply = await client(url).chat.completions.create(model="m", messages=messages, **told, extra_body={"top_k": 3})
    assert {**told, "top_k": 3}.items() <= model.bodies[0].items()
    assert model.bodies[0]["messages"] == messages
    assert (len(reply.choices), reply.system_fingerprint) == (2, "seed-7")
    assert reply.choices[0].logprobs.content[0].token == "Sure"


async def test_completions_and_embeddings(url: str, client: Any) -> None:
    one = client(url)
    assert (await one.completions.create(model="m", prompt="The sea")).choices[0].text == WORDS
    stream = await one.completions.create(model="m", prompt="The sea", stream=True)
    assert "".join([c.choices[0].text async for c in stream]).strip() == WORDS
    found = await one.embeddings.create(model="m", input=["a", "b"], encoding_format="float")
    assert [e.embedding for e in found.data] == [[0.25, -0.5]] * 2


async def test_models(gateway: Start, client: Any, model: ModelServer) -> None:
    server = {"base_url": model.base, "model": "tiny-model"}  # type: ignore[attr-defined]
    one = client(await gateway({"names": {"org/big": {"aliases": ["default"], "servers": [server]}}}))
    assert [m.id for m in (await one.models.list()).data] == ["org/big", "default"]
    assert (await one.models.retrieve("org/big")).id == "org/big"
    with pytest.raises(openai.NotFoundError):
        await one.models.retrieve("org/small")
    with pytest.raises(openai.NotFoundError) as found:
        await one.chat.completions.create(model="small", messages=HELLO)
    assert found.value.code == "model_not_found"


async def test_a_server_that_takes_any_name_lists_its_own(gateway: Start, client: Any, model: ModelServer) -> None:
    one = client(await gateway(llm_base_url=model.base))  # type: ignore[attr-defined]
    assert [m.id for m in (await one.models.list()).data] == ["tiny-model"]
    await one.chat.completions.create(model="tiny-model", messages=HELLO)
    assert model.bodies[0]["model"] == "tiny-model"
    reply = await one.chat.completions.create(model="default", messages=HELLO)
    assert (model.bodies[1]["model"], reply.model) == ("tiny-model", "tiny-model"), "the first that it lists"


async def test_openais_key_alone_makes_openai_the_server(gateway: Start, client: Any, model: ModelServer) -> None:
    url = await gateway(openai_api_key="sk-1", openai_base_url=model.base)  # type: ignore[attr-defined]
    await client(url).chat.completions.create(model="gpt-9", messages=HELLO)
    assert (model.headers[0]["authorization"], model.bodies[0]["model"]) == ("Bearer sk-1", "gpt-9")


async def test_a_client_that_leaves_is_seen_by_the_server(url: str, client: Any, model: ModelServer) -> None:
    model.mode = "stall"
    stream = await client(url).chat.completions.create(model="m", messages=HELLO, stream=True)
    await anext(aiter(stream))
    await stream.close()
    await asyncio.wait_for(model.left.wait(), 5)
    model.left.clear()
    model.mode = "hang"
    with pytest.raises(openai.APITimeoutError):
        await client(url, timeout=0.5).chat.completions.create(model="m", messages=HELLO)
    await asyncio.wait_for(model.left.wait(), 5)
    async with asyncio.timeout(5):
        while APPS[url].state.parts.front.router.servers[0].in_flight:
            await asyncio.sleep(0.01)


async def test_the_docs_show_them(url: str, http: httpx2.AsyncClient) -> None:
    paths = (await http.get(f"{url}/openapi.json")).json()["paths"]
    for path in ("chat/completions", "completions", "embeddings"):
        shown = paths[f"/v1/{path}"]["post"]
        assert shown["summary"]
        examples = shown["requestBody"]["content"]["application/json"]["examples"]
        assert all("model" in example["value"] for example in examples.values())
    assert (await http.get(f"{url}/v1/chat/completions")).status_code == 405
