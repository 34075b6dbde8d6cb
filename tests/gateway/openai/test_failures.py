"""Model servers that fail, and clients that send what none should."""

import asyncio
import json
from typing import Any

import httpx2
import openai
import pytest

from simulator.model_server import WORDS, ModelServer
from tests.gateway.openai.conftest import Start, served

HELLO: Any = [{"role": "user", "content": "Hello?"}]
JSON = {"content-type": "application/json"}
QUICK = {"model_first_byte_s": 0.5, "model_stall_s": 0.5, "model_deadline_s": 1.0, "model_connect_s": 0.5}


@pytest.fixture
async def url(gateway: Start, model: ModelServer) -> str:
    return str(await gateway(llm_base_url=model.base, llm_model="tiny-model", **QUICK))  # type: ignore[attr-defined]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("mode", "raised", "status", "says"),
    [
        ("400", openai.BadRequestError, 400, "too long"),
        ("422", openai.BadRequestError, 400, "top_k"),
        ("404", openai.NotFoundError, 404, "no such model"),
        ("429", openai.RateLimitError, 429, "slow down"),
        ("401", openai.InternalServerError, 502, "refuses our key"),
        ("500", openai.InternalServerError, 502, "HTTP 500"),
        ("hang", openai.InternalServerError, 504, "did not answer within"),
        ("html", openai.InternalServerError, 502, "broke off"),
        ("empty", openai.InternalServerError, 502, "broke off"),
    ],
)
async def test_a_server_that_fails(
    url: str,
    client: Any,
    model: ModelServer,
    mode: str,
    raised: type[openai.APIStatusError],
    status: int,
    says: str,
    stream: bool,
) -> None:
    model.mode = mode
    with pytest.raises(raised) as found:
        await client(url).chat.completions.create(model="m", messages=HELLO, stream=stream)
    assert found.value.status_code == status
    assert says in str(found.value)
    assert "secret" not in str(found.value), "what concerns the operator alone"
    if mode == "400":
        assert (found.value.param, found.value.code) == ("messages", "c"), "its own words"
    if mode == "429":
        assert found.value.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("mode", ["garbage", "short"])
async def test_a_reply_that_is_none(url: str, client: Any, model: ModelServer, mode: str) -> None:
    model.mode = mode
    with pytest.raises(openai.InternalServerError) as found:
        await client(url).chat.completions.create(model="m", messages=HELLO)
    assert found.value.status_code == 502


@pytest.mark.parametrize("mode", ["stall", "cut", "early"])
async def test_a_stream_that_breaks_off_is_an_error_and_no_end(
    url: str, client: Any, model: ModelServer, mode: str
) -> None:
    model.mode = mode
    stream = await client(url).chat.completions.create(model="m", messages=HELLO, stream=True)
    heard = ""
    with pytest.raises(openai.APIError) as found:  # noqa: PT012 (the stream is read)
        async for chunk in stream:
            heard += chunk.choices[0].delta.content or ""
    assert heard
    assert WORDS.startswith(heard.strip())
    assert ("stalled" if mode == "stall" else "broke off") in str(found.value)


async def test_an_error_as_the_first_event_is_a_status(url: str, client: Any, model: ModelServer) -> None:
    model.mode = "error_event"
    with pytest.raises(openai.InternalServerError):
        await client(url).chat.completions.create(model="m", messages=HELLO, stream=True)


async def test_a_huge_reply_is_cut_off_and_not_gathered(
    url: str, http: httpx2.AsyncClient, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.openai.door.MAX_REPLY", 8 << 20)
    model.mode = "huge"
    size = 0
    with pytest.raises(httpx2.RemoteProtocolError):  # noqa: PT012 (the reply is read)
        async with http.stream("POST", f"{url}/v1/chat/completions", json={"model": "m", "messages": HELLO}) as reply:
            async for piece in reply.aiter_bytes():
                size += len(piece)
    assert 2 << 20 < size <= 8 << 20


async def test_nobody_listens(gateway: Start, client: Any) -> None:
    url = await gateway(llm_base_url="http://127.0.0.1:9/v1", llm_model="m")
    for _ in range(3):
        with pytest.raises(openai.InternalServerError) as found:
            await client(url).chat.completions.create(model="m", messages=HELLO)
        assert found.value.status_code == 503
    async with httpx2.AsyncClient(trust_env=False) as http:
        health = (await http.get(f"{url}/health")).json()
    assert not health["checks"]["models"]["ok"]


BAD = {
    "malformed_json": [b"", b"{", b"\xff\xfe", b'{"model": "m", "messages": [1e999999]', b"[" * 100_000, b'{"a": NaN}'],
    "invalid_request": [
        b"[]",
        b'"text"',
        b"{}",
        b'{"model": 7}',
        b'{"model": ""}',
        b'{"model": "m"}',
        b'{"model": "m", "messages": []}',
        b'{"model": "m", "messages": ["a"]}',
        b'{"model": "m", "messages": [{"content": "a"}]}',
        b'{"model": "m", "messages": [{"role": "user"}], "stream": "yes"}',
        b'{"model": "m", "messages": [{"role": "user"}], "n": 1000}',
        b'{"model": "m", "messages": [{"role": "user"}], "stream_options": {}}',
        b'{"model": "' + b"m" * 300 + b'", "messages": [{"role": "user"}]}',
        b'{"model": "m", "messages": [' + b'{"role": "user"},' * 9_000 + b'{"role": "user"}]}',
        b'{"model": "m", "x": ' + b"[" * 900 + b"]" * 900 + b', "messages": [{"role": "user"}]}',
    ],
}


async def test_bodies_that_are_none(url: str, http: httpx2.AsyncClient, model: ModelServer) -> None:
    for code, body in [(code, body) for code, bodies in BAD.items() for body in bodies]:
        reply = await http.post(f"{url}/v1/chat/completions", content=body, headers=JSON)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, code), body[:80]
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
    assert not model.bodies


async def test_a_forgotten_content_type(url: str, http: httpx2.AsyncClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    reply = await http.post(f"{url}/v1/chat/completions", content=b'{"model": "m"}', headers=form)
    assert (reply.status_code, reply.json()["error"]["code"]) == (415, "unsupported_media_type")


async def test_a_body_of_many_megabytes(url: str, http: httpx2.AsyncClient, model: ModelServer) -> None:
    picture = "data:image/png;base64," + "A" * (20 << 20)
    content = [{"type": "image_url", "image_url": {"url": picture}}]
    fits = {"model": "m", "messages": [{"role": "user", "content": content}]}
    assert (await http.post(f"{url}/v1/chat/completions", json=fits)).status_code == 200
    assert len(model.raw[0]) > 20 << 20
    content[0]["image_url"]["url"] = picture * 2  # type: ignore[index]
    reply = await http.post(f"{url}/v1/chat/completions", content=json.dumps(fits).encode(), headers=JSON)
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")


async def test_two_servers_behind_one_name_and_one_is_killed(gateway: Start, client: Any, serve_app: Start) -> None:
    one, two = await served(serve_app, "one"), await served(serve_app, "two")
    servers = [{"base_url": s.base, "model": s.model} for s in (one, two)]  # type: ignore[attr-defined]
    ask = client(await gateway({"names": {"big": {"servers": servers}}}, **QUICK)).chat.completions.create

    async def conversation(number: int, **more: Any) -> str:
        reply = await ask(model="big", messages=[{"role": "user", "content": f"Conversation {number}"}], **more)
        return str(reply.model)

    answered = [[await conversation(n) for _ in range(3)] for n in range(12)]
    assert all(len(set(models)) == 1 for models in answered), "a conversation stays where its prefix is"
    assert {models[0] for models in answered} == {"one", "two"}
    one.mode = "500"
    assert {await conversation(n) for n in range(12)} == {"two"}, "nobody notices"
    seen = len(one.bodies)
    assert {await conversation(n) for n in range(12)} == {"two"}
    assert len(one.bodies) - seen <= 1, "a server that is down is left alone, but for a probe"
    one.mode = "ok"
    async with asyncio.timeout(10):
        while await conversation(next(n for n, m in enumerate(answered) if m[0] == "one")) != "one":
            await asyncio.sleep(0.05)


async def test_another_model_answers_for_one_that_cannot(gateway: Start, client: Any, serve_app: Start) -> None:
    big, small = await served(serve_app, "big-1"), await served(serve_app, "small-1")
    names = {
        "big": {"servers": [{"base_url": big.base, "model": "big-1"}], "fallback": ["small"]},  # type: ignore[attr-defined]
        "small": {"servers": [{"base_url": small.base, "model": "small-1"}]},  # type: ignore[attr-defined]
    }
    create = client(await gateway({"names": names}, **QUICK)).chat.completions.create
    big.mode = "hang"
    stream = await create(model="big", messages=HELLO, stream=True)
    chunks = [chunk async for chunk in stream]
    assert {chunk.model for chunk in chunks} == {"small-1"}, "the reply says who answered"
    assert "".join(c.choices[0].delta.content or "" for c in chunks).strip() == WORDS
    big.mode = "400"
    with pytest.raises(openai.BadRequestError):
        await create(model="big", messages=HELLO)


async def test_all_are_busy(gateway: Start, client: Any, model: ModelServer) -> None:
    server = {"base_url": model.base, "max_concurrent": 1}  # type: ignore[attr-defined]
    url = await gateway({"names": {"m": {"servers": [server]}}})
    model.mode = "hang"
    first = asyncio.create_task(client(url).chat.completions.create(model="m", messages=HELLO))
    async with asyncio.timeout(5):
        while not model.now:
            await asyncio.sleep(0.01)
    with pytest.raises(openai.InternalServerError) as found:
        await client(url).chat.completions.create(model="m", messages=HELLO)
    assert (found.value.status_code, found.value.code) == (503, "busy")
    assert found.value.response.headers["retry-after"] == "1"
    first.cancel()
    await asyncio.wait([first])


async def test_without_a_model_the_script_answers_and_says_so(gateway: Start, client: Any, serve_app: Start) -> None:
    from gpt.config import Settings as GptSettings
    from gpt.main import build as build_gpt

    gpt = await serve_app(build_gpt(GptSettings()))
    url = await gateway(gpt_url=gpt)
    create = client(url).chat.completions.create
    reply = await create(model="gpt-4o", messages=[{"role": "user", "content": "Какая завтра погода?"}])
    assert (reply.model, "языковой модели" in reply.choices[0].message.content) == ("voiceblock-scripted", True)
    stream = await create(model="gpt-4o", messages=HELLO, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    assert {chunk.model for chunk in chunks} == {"voiceblock-scripted"}
    assert chunks[-1].usage is not None
    for more in (
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function", "function": {"name": "x"}}], "tool_choice": "required"},
    ):
        with pytest.raises(openai.BadRequestError) as found:
            await create(model="gpt-4o", messages=HELLO, **more)
        assert found.value.code == "no_model"
        assert "LLM_BASE_URL" in str(found.value)
    with pytest.raises(openai.BadRequestError):
        await client(url).embeddings.create(model="x", input="a")
    assert [m.id for m in (await client(url).models.list()).data] == ["voiceblock-scripted"]


@pytest.mark.parametrize(
    ("serve", "says"),
    [
        ({"names": {"a": {"servers": []}}}, "servers"),
        ({"names": {"a": {"servers": [{"base_url": "http://x/v1", "kye": "K"}]}}}, "kye"),
        ({"names": {"a": {"servers": [{"base_url": "http://x/v1", "key": "NOT_SET"}]}}}, "NOT_SET"),
        ({"names": {"a": {"servers": [{"base_url": "http://x/v1"}], "fallback": ["b"]}}}, "falls back"),
        ({"names": {"a": {"servers": [{"base_url": "http://x/v1"}], "aliases": ["a"]}}}, "two models"),
        ({"names": {"a": {"servers": [{"base_url": "http://x/v1"}]}}, "catch_all": "b"}, "catch_all"),
    ],
)
async def test_a_wrong_file_stops_the_start(gateway: Start, serve: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        await gateway(serve)
