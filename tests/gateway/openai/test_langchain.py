"""LangChain's own client for OpenAI, unmodified, in front of the gateway: what docs/langchain.md says, and its errors."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, SecretStr

from simulator.model_server import WORDS, ModelServer
from tests.gateway.openai.conftest import APPS, Start

KEY = "0123456789abcdef-of-the-house"
OPEN: list[openai.AsyncOpenAI] = []


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    """LangChain keeps its connections for as long as the process lives; here each test has a loop of its own."""
    yield
    while OPEN:
        await OPEN.pop().close()


class Stay(BaseModel):
    """A stay in the hotel."""

    day: str


@tool
def free_rooms(day: str) -> str:
    """The rooms that are free on a day."""
    return f"two rooms on {day}"


@pytest.fixture
async def url(gateway: Start, model: ModelServer) -> str:
    served: dict[str, Any] = {"llm_base_url": model.base, "llm_model": "tiny-model"}  # type: ignore[attr-defined]
    locked = {"jwt_secret": SecretStr("s" * 32), "api_keys": SecretStr(f"house:{KEY}")}
    return str(await gateway(**served, **locked, accounts_url="http://127.0.0.1:9"))


@pytest.fixture
def chat(url: str) -> ChatOpenAI:
    return made(url)


def made(url: str, key: str = KEY, **more: Any) -> ChatOpenAI:
    given = {"max_retries": 0, "model": "default", **more}
    chat = ChatOpenAI(base_url=f"{url}/v1", api_key=SecretStr(key), **given)
    OPEN.append(chat.root_async_client)
    return chat


def chain_of(chat: BaseChatModel) -> Any:
    prompt = ChatPromptTemplate([("system", "You are a hotel's receptionist."), ("user", "{question}")])
    return prompt | chat | StrOutputParser()


ASKED = {"question": "Is a room free?"}


async def test_a_chain(chat: ChatOpenAI, model: ModelServer) -> None:
    assert await chain_of(chat).ainvoke(ASKED) == WORDS
    assert [m["content"] for m in model.bodies[0]["messages"]] == ["You are a hotel's receptionist.", "Is a room free?"]
    assert await chain_of(chat).abatch([ASKED] * 3) == [WORDS] * 3


async def test_a_chain_streamed(chat: ChatOpenAI) -> None:
    pieces = [piece async for piece in chain_of(chat).astream(ASKED)]
    assert "".join(pieces).strip() == WORDS
    assert len([piece for piece in pieces if piece]) > 3


async def test_the_synchronous_client(chat: ChatOpenAI) -> None:
    def both() -> list[str]:
        chain = chain_of(chat)
        return [chain.invoke(ASKED), "".join(chain.stream(ASKED))]

    assert [text.strip() for text in await asyncio.to_thread(both)] == [WORDS, WORDS]


async def test_what_was_used_is_told_and_counted(url: str, chat: ChatOpenAI) -> None:
    reply = await chat.ainvoke("Hello?")
    assert reply.usage_metadata is not None
    assert (reply.usage_metadata["input_tokens"], reply.usage_metadata["output_tokens"]) == (9, 8)
    whole = None
    async for piece in made(url, stream_usage=True).astream("Hello?"):
        whole = piece if whole is None else whole + piece
    assert whole is not None
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["total_tokens"] == 17
    rows = APPS[url].state.parts.limits.ledger.waiting
    assert [(row.owner, row.prompt_tokens, row.completion_tokens) for row in rows] == [("key:house", 18, 16)]


async def test_tools(chat: ChatOpenAI, model: ModelServer) -> None:
    asked = HumanMessage("Is a room free on Monday?")
    bound = chat.bind_tools([free_rooms])
    called = await bound.ainvoke([asked])
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [("free_rooms", {"day": "Monday"})]
    told = await free_rooms.ainvoke(called.tool_calls[0])
    assert isinstance(told, ToolMessage)
    assert (await bound.ainvoke([asked, called, told])).content == WORDS
    assert model.bodies[1]["messages"][-1] == {
        "role": "tool",
        "content": "two rooms on Monday",
        "tool_call_id": "call_1",
    }


async def test_tools_streamed(chat: ChatOpenAI) -> None:
    whole: Any = None
    async for piece in chat.bind_tools([free_rooms]).astream("Is a room free on Monday?"):
        whole = piece if whole is None else whole + piece
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("free_rooms", {"day": "Monday"})]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
async def test_structured_output(chat: ChatOpenAI, method: Any) -> None:
    assert await chat.with_structured_output(Stay, method=method).ainvoke("I come on Monday") == Stay(day="Monday")


async def test_the_responses_api(url: str) -> None:
    reply = await made(url, use_responses_api=True).ainvoke("Hello?")
    assert reply.text == WORDS
    pieces = [piece.text async for piece in made(url, use_responses_api=True).astream("Hello?")]
    assert "".join(pieces).strip() == WORDS


async def test_embeddings(url: str, model: ModelServer) -> None:
    embeddings = OpenAIEmbeddings(
        base_url=f"{url}/v1", api_key=SecretStr(KEY), model="default", check_embedding_ctx_length=False
    )
    OPEN.append(embeddings.async_client._client)
    assert await embeddings.aembed_documents(["a", "b"]) == [[0.25, -0.5]] * 2
    assert await asyncio.to_thread(embeddings.embed_query, "a") == [0.25, -0.5]
    assert model.bodies[0]["input"] == ["a", "b"]


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [("400", openai.BadRequestError), ("429", openai.RateLimitError), ("500", openai.InternalServerError)],
)
async def test_errors_of_the_model(url: str, model: ModelServer, mode: str, wanted: type[Exception]) -> None:
    model.mode = mode
    with pytest.raises(wanted):
        await chain_of(made(url)).ainvoke(ASKED)
    with pytest.raises(wanted):
        _ = [piece async for piece in chain_of(made(url)).astream(ASKED)]


async def test_a_stream_that_breaks_off_raises(url: str, model: ModelServer) -> None:
    model.mode = "cut"
    with pytest.raises(openai.APIError):
        _ = [piece async for piece in chain_of(made(url)).astream(ASKED)]


async def test_a_wrong_key(url: str) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        await made(url, "sk-nothing").ainvoke("Hello?")
    assert refused.value.code == "invalid_key"


async def test_too_many(gateway: Start, model: ModelServer) -> None:
    served: dict[str, Any] = {"llm_base_url": model.base, "rate_per_key": "1/minute"}  # type: ignore[attr-defined]
    locked = {"jwt_secret": SecretStr("s" * 32), "api_keys": SecretStr(f"house:{KEY}")}
    chat = made(await gateway(**served, **locked, accounts_url="http://127.0.0.1:9"))
    await chat.ainvoke("Hello?")
    with pytest.raises(openai.RateLimitError) as refused:
        await chat.ainvoke("Hello?")
    assert int(refused.value.response.headers["retry-after"]) >= 1


async def test_the_documentation_runs(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of docs/langchain.md, one after the other, as a reader would run them."""
    text = Path("docs/langchain.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 4
    monkeypatch.setenv("VOICEBLOCK_KEY", KEY)
    names: dict[str, Any] = {"__name__": "a_reader"}
    code = "\n".join(blocks).replace("http://127.0.0.1:8000/v1", f"{url}/v1")
    await asyncio.to_thread(exec, compile(code, "docs/langchain.md", "exec"), names)
    assert names["answer"] == WORDS
    assert names["stay"].day == "Monday"
    assert len(names["vectors"]) == 2
