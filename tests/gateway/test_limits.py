"""How often anybody may ask: windows in this process and in a real Redis, and what is said of them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.limits.gate import Addresses, Requests
from gateway.limits.rates import Rates, TooMany, limits_of
from gateway.usage import Ledger
from mesh.auth import LOCAL, Budget, Principal, Unauthorized
from mesh.auth.guard import refuse
from mesh.client import Client

REDIS = "redis://127.0.0.1:6379/11"
ANNA = Principal("key:a", "user", key_id="a", user_id="1")
OTHER_KEY = Principal("key:b", "user", key_id="b", user_id="1")
CALLS = Principal("service:call_handler", "service")
LEDGER = Ledger(Client("accounts", "http://127.0.0.1:1", caller="tests"), Budget())
WHO = {"anna": ANNA, "other": OTHER_KEY, "calls": CALLS, "local": LOCAL}


def redis_runs() -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", 6379)) == 0


class Known:
    """Stands for the guard: who asks is what the request says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = Request(scope).headers.get("x-who", "")
        if name == "wrong":
            await refuse(scope, Unauthorized("invalid_key", "The API key is not valid."), receive, send)
            return
        if name:
            scope.setdefault("state", {})["principal"] = WHO[name]
        await self._app(scope, receive, send)


def client(*, allowed: tuple[str, ...] = (), rates: Rates | None = None, **limits: str) -> httpx2.AsyncClient:
    """What speaks to an app behind both stops, from 203.0.113.9."""
    rates = rates or Rates("")
    stops = [
        Middleware(Addresses, rates=rates, allowed=allowed, per_address=limits.get("address", "")),
        Middleware(Known),
        Middleware(
            Requests, rates=rates, ledger=LEDGER, per_key=limits.get("key", ""), per_user=limits.get("user", "")
        ),
    ]

    async def here(_: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    paths = ("/process", "/v1/chat/completions", "/health")
    app = Starlette(routes=[Route(path, here) for path in paths], middleware=stops)
    return httpx2.AsyncClient(
        base_url="http://t", transport=httpx2.ASGITransport(app, client=(limits.get("whence", "203.0.113.9"), 1))
    )


async def ask(http: httpx2.AsyncClient, who: str, path: str = "/process") -> httpx2.Response:
    return await http.get(path, headers={"x-who": who, "authorization": f"Bearer {who}"} if who else {})


@pytest.fixture(params=["memory", "redis"])
async def two_replicas(request: pytest.FixtureRequest) -> AsyncIterator[list[Rates]]:
    """One in memory; two that share a Redis."""
    if request.param == "memory":
        yield [Rates("")] * 2
        return
    if not redis_runs():
        pytest.skip("no Redis on this machine")
    from redis.asyncio import Redis

    redis = Redis.from_url(REDIS)
    await redis.flushdb()
    both = [Rates(REDIS), Rates(REDIS)]
    yield both
    await asyncio.gather(*(rates.aclose() for rates in both))
    await redis.flushdb()
    await redis.aclose()


async def test_a_limit_is_exact_over_replicas(two_replicas: list[Rates]) -> None:
    (limit,) = limits_of("10/minute")

    async def once(number: int) -> bool:
        try:
            await two_replicas[number % 2].take([("key", "a", limit)])
        except TooMany:
            return False
        return True

    taken = await asyncio.gather(*(once(number) for number in range(40)))
    assert sum(taken) == 10
    assert await two_replicas[0].take([("key", "b", limit)])
    window = await two_replicas[1].peek("key", "a", limit)
    assert (window.left, window.most) == (0, 10)
    assert 0 < window.reset_s <= 60


async def test_a_window_slides(two_replicas: list[Rates]) -> None:
    (limit,) = limits_of("3/second")
    for _ in range(3):
        await two_replicas[0].take([("key", "a", limit)])
    with pytest.raises(TooMany):
        await two_replicas[0].take([("key", "a", limit)])
    async with asyncio.timeout(10):
        while (await two_replicas[0].peek("key", "a", limit)).left < 1:
            await asyncio.sleep(0.02)
    await two_replicas[0].take([("key", "a", limit)])


async def test_without_redis_each_counts_alone_and_says_so() -> None:
    rates = Rates("redis://127.0.0.1:1/0")
    (limit,) = limits_of("2/minute")
    for _ in range(2):
        await rates.take([("key", "a", limit)])
    with pytest.raises(TooMany):
        await rates.take([("key", "a", limit)])
    check = rates.check()
    await rates.aclose()
    assert not check.ok
    assert "Redis" in check.detail


async def test_one_key_and_one_user_have_their_limits() -> None:
    async with client(key="2/minute", user="3/minute") as http:
        first = await ask(http, "anna")
        assert first.headers["ratelimit"] == '"key";r=1;t=60'
        assert first.headers["ratelimit-policy"] == '"key";q=2;w=60'
        assert first.headers["x-ratelimit-remaining-requests"] == "1"
        await ask(http, "anna")
        refused = await ask(http, "anna")
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert (await ask(http, "other")).status_code == 200  # another key of the same user
        assert (await ask(http, "other")).status_code == 429  # who has had three by now


async def test_on_openais_paths_it_is_openais_error() -> None:
    async with client(key="1/minute") as http:
        await ask(http, "anna", "/v1/chat/completions")
        refused = await ask(http, "anna", "/v1/chat/completions")
    assert refused.json()["error"]["type"] == "rate_limit_error"


async def test_services_and_this_machine_are_not_counted() -> None:
    async with client(key="1/minute", user="1/minute", address="1/minute") as http:
        for who in ("calls", "local"):
            assert [(await ask(http, who)).status_code for _ in range(5)] == [200] * 5
        assert [(await ask(http, "", "/health")).status_code for _ in range(5)] == [200] * 5


async def test_an_address_that_guesses_keys_is_stopped_and_a_known_key_is_not() -> None:
    rates = Rates("")
    async with client(address="3/minute", rates=rates) as http:
        codes = [(await ask(http, "wrong")).status_code for _ in range(5)]
        assert codes == [401, 401, 401, 429, 429]
        assert (await ask(http, "")).status_code == 429
        assert (await ask(http, "anna")).status_code == 200, "whoever else guesses there"
    async with client(address="3/minute", rates=rates, whence="203.0.113.10") as http:
        assert (await ask(http, "anna")).status_code == 200
        assert [(await ask(http, "")).status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("203.0.113.1", "203.0.113.2", False),
        ("203.0.113.1", "::ffff:203.0.113.1", True),
    ],
)
async def test_who_has_an_ipv6_network_has_no_more_tries(one: str, other: str, same: bool) -> None:
    rates = Rates("")
    async with client(address="1/minute", rates=rates, whence=one) as http:
        await ask(http, "wrong")
    async with client(address="1/minute", rates=rates, whence=other) as http:
        assert (await ask(http, "wrong")).status_code == (429 if same else 401)


@pytest.mark.parametrize(
    ("whence", "served"),
    [
        ("203.0.113.9", True),
        ("198.51.100.1", False),
        ("::ffff:203.0.113.200", True),
        ("2001:db8::1", True),
        ("", False),
    ],
)
async def test_only_some_addresses_are_served(whence: str, served: bool) -> None:
    async with client(allowed=("203.0.113.0/24", "2001:db8::/32"), whence=whence) as http:
        reply = await ask(http, "anna")
        assert reply.status_code == (200 if served else 403)
        assert served or reply.json()["error"]["code"] == "address_not_allowed"


def test_none_is_no_limit() -> None:
    assert limits_of("none") == limits_of("") == []


@pytest.mark.parametrize("wrong", ["ten a minute", "5/fortnight", "-1/minute"])
def test_limits_that_cannot_be_read_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        limits_of(wrong)


def test_addresses_that_cannot_be_read_are_refused() -> None:
    async def nothing(*_: Any) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match="300"):
        Addresses(nothing, rates=Rates(""), allowed=["300.1.1.1"], per_address="")
