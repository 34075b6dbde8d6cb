"""Two gateways with one accounts and one Redis, as processes, and OpenAI's own client with keys of a user."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import openai
import pytest
from websockets.asyncio.client import connect

from simulator.model_server import WORDS
from simulator.processes import ROOT, Mesh, command, eventually, free_port

SERVICES = ("logger", "lead_sender", "accounts", "lang", "gpt", "gateway")
PASSWORD = "correct horse battery"
PER_KEY = 20
HELLO: Any = [{"role": "user", "content": "Hello?"}]
Client = Callable[..., openai.AsyncOpenAI]


class Pair(Mesh):
    """The mesh with a second gateway, in front of a stand-in model."""

    second = ""

    def begin(self, model: int) -> None:
        self.env["LLM_BASE_URL"] = f"http://127.0.0.1:{model}/v1"
        stand_in = [sys.executable, "-m", "uvicorn", "--factory", "simulator.model_server:ModelServer"]
        self.running["model"] = subprocess.Popen(
            [*stand_in, "--port", str(model), "--log-level", "error"], cwd=ROOT, env=self.env
        )
        self.start(*SERVICES)
        port = free_port()
        own = {"SPOOL_DIR": f"{self.folder}/spool2", "RESPONSES_FILE": f"{self.folder}/responses2.db"}
        with (self.folder / "second.log").open("ab") as log:
            run = command("gateway.main:app", port)
            self.running["second"] = subprocess.Popen(run, cwd=ROOT, env=self.env | own, stdout=log, stderr=log)
        self.second = f"http://127.0.0.1:{port}"
        self.wait("second")

    def url(self, service: str) -> str:
        return self.second if service == "second" else super().url(service)


def _redis() -> dict[str, str]:
    """Redis, where one runs."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        runs = probe.connect_ex(("127.0.0.1", 6379)) == 0
    return {"REDIS_URL": "redis://127.0.0.1:6379/12"} if runs else {}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    limits = {"RATE_PER_KEY": f"{PER_KEY}/minute", "RATE_PER_ADDRESS": ""}
    running = Pair(tmp_path_factory.mktemp("pair"), JWT_SECRET="two doors " * 4, **limits, **_redis())
    try:
        running.begin(free_port())
        yield running
    finally:
        running.stop()


@pytest.fixture
async def both(pair: Pair) -> AsyncIterator[list[httpx2.AsyncClient]]:
    async with AsyncExitStack() as stack:
        made = [
            httpx2.AsyncClient(base_url=pair.url(name), timeout=30, trust_env=False) for name in ("gateway", "second")
        ]
        for client in made:
            await stack.enter_async_context(client)
        yield made


@pytest.fixture
async def user(both: list[httpx2.AsyncClient], request: pytest.FixtureRequest) -> dict[str, str]:
    name = request.node.name[-40:].strip("_")
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    assert (await both[0].post("/auth/register", json=body)).status_code == 201
    reply = await both[0].post("/auth/token", data={"username": name, "password": PASSWORD})
    return {"authorization": f"Bearer {reply.json()['access_token']}"}


@pytest.fixture
async def openais(pair: Pair) -> AsyncIterator[Client]:
    """OpenAI's client for one of the gateways; it does not try again."""
    async with AsyncExitStack() as stack:

        def make(key: str, gateway: str = "gateway") -> openai.AsyncOpenAI:
            client = openai.AsyncOpenAI(base_url=f"{pair.url(gateway)}/v1", api_key=key, max_retries=0)
            stack.push_async_callback(client.close)
            return client

        yield make


async def key_of(api: httpx2.AsyncClient, user: dict[str, str], **body: Any) -> dict[str, Any]:
    made = await api.post("/keys", json={"name": "k", **body}, headers=user)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def ask(client: openai.AsyncOpenAI) -> str | None:
    reply = await client.chat.completions.create(model="default", messages=HELLO)
    return reply.choices[0].message.content


async def test_a_key_of_a_user(both: list[httpx2.AsyncClient], user: dict[str, str], openais: Client) -> None:
    """Served at both gateways, counted once each, and refused by each of OpenAI's own exceptions."""
    made = await key_of(both[0], user)
    assert [await ask(openais(made["key"], name)) for name in ("gateway", "second")] == [WORDS, WORDS]
    chunks = await openais(made["key"]).chat.completions.create(model="m", messages=HELLO, stream=True)
    assert "".join([c.choices[0].delta.content or "" async for c in chunks]).strip() == WORDS
    await openais(made["key"]).embeddings.create(model="m", input="a", encoding_format="float")

    async def counted() -> bool:  # each gateway tells accounts once a second
        used = (await both[0].get("/usage", headers=user)).json()
        total, rows = used["total"], used["rows"]
        told = (total["requests"], total["prompt_tokens"], total["completion_tokens"])
        return told == (4, 9 * 3 + 5, 8 * 3) and {row["key_id"] for row in rows} == {made["id"]}

    await eventually(counted)
    narrow = await key_of(both[0], user, scopes=["audio"])
    for name in ("gateway", "second"):
        with pytest.raises(openai.AuthenticationError):
            await ask(openais(made["key"][:-1] + "_", name))
        with pytest.raises(openai.PermissionDeniedError) as refused:
            await ask(openais(narrow["key"], name))
        assert refused.value.code == "insufficient_scope"
    await both[1].delete(f"/keys/{made['id']}", headers=user)
    async with asyncio.timeout(2):
        for name in ("gateway", "second"):
            while not await is_refused(openais(made["key"], name)):
                await asyncio.sleep(0.05)


async def is_refused(client: openai.AsyncOpenAI) -> bool:
    try:
        await ask(client)
    except openai.AuthenticationError:
        return True
    return False


async def test_a_rate_is_exact_over_both(
    pair: Pair, both: list[httpx2.AsyncClient], user: dict[str, str], openais: Client
) -> None:
    if "REDIS_URL" not in pair.env:
        pytest.skip("no Redis on this machine")
    key = (await key_of(both[0], user))["key"]
    clients = [openais(key, name) for name in ("gateway", "second")]
    done = await asyncio.gather(*(ask(clients[n % 2]) for n in range(2 * PER_KEY)), return_exceptions=True)
    refused = [one for one in done if isinstance(one, BaseException)]
    assert (done.count(WORDS), len(refused)) == (PER_KEY, PER_KEY)
    for error in refused:
        assert isinstance(error, openai.RateLimitError), error
        assert error.code == "rate_limit_exceeded"
        assert 1 <= int(error.response.headers["retry-after"]) <= 60
    other = (await key_of(both[1], user))["key"]
    assert await ask(openais(other)) == WORDS


async def test_a_budget_ends_at_both(both: list[httpx2.AsyncClient], user: dict[str, str], openais: Client) -> None:
    key = (await key_of(both[0], user, budget={"tokens": 20}))["key"]
    assert [await ask(openais(key)) for _ in range(2)] == [WORDS, WORDS]  # 17 tokens each
    await both[0].get("/usage", headers=user)  # the first gateway has told accounts by then
    for name in ("gateway", "second"):
        with pytest.raises(openai.RateLimitError) as refused:
            await ask(openais(key, name))
        assert refused.value.code == "insufficient_quota"


async def test_a_session_goes_on_at_the_other(pair: Pair, both: list[httpx2.AsyncClient], user: dict[str, str]) -> None:
    one, other = both
    first = await one.post("/process", json={"text": "Hello, my name is Anna Petrova"}, headers=user)
    assert first.status_code == 200, first.text
    session = first.json()["session_id"]
    body = {"text": "My number is 415 555 0123", "session_id": session}
    second = await other.post("/process", json=body, headers=user)
    fields = second.json()["lead"]["fields"]
    assert (fields["name"], fields["phone"]) == ("Anna Petrova", "+14155550123")
    url = pair.url("second").replace("http", "ws") + f"/v1/realtime?session_id={session}"
    async with connect(url, additional_headers=user) as socket:
        assert json.loads(await socket.recv())["type"] == "session.created"
