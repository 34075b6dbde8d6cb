"""What was used is counted once, kept by accounts, shown to whose it is, and held against quotas by every gateway."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from accounts.config import Settings
from accounts.main import build
from gateway.usage import Ledger, Usage
from mesh.auth import Budget, Principal
from mesh.auth.tokens import Pass, Tokens
from mesh.client import Client
from mesh.errors import ApiError

SECRET = "s" * 32
TODAY = datetime.now(UTC).date().isoformat()
ANNA, BORIS = "user:" + "a" * 32, "user:" + "b" * 32
KEY = Principal("key:aaaaaaaa", "user", key_id="aaaaaaaa", user_id="a" * 32, budget=Budget(tokens=100))
LOG_IN = Principal(ANNA, "user", user_id="a" * 32)
Serve = Callable[[FastAPI], Awaitable[str]]


@pytest.fixture
async def accounts(
    serve_app: Serve, tmp_path: Path, migrated: Callable[[str, Path], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    database = await asyncio.to_thread(migrated, "accounts", tmp_path / "accounts.db")
    return await serve_app(build(Settings(database_url=database, jwt_secret=SECRET)))


def peer(url: str) -> Client:
    return Client("accounts", url, caller="gateway")


@pytest.fixture
async def client(accounts: str) -> AsyncIterator[Client]:
    made = peer(accounts)
    yield made
    await made.aclose()


async def usage(accounts: str, who: str, role: str = "user", **query: str) -> httpx2.Response:
    token = Tokens(SECRET).make("voiceblock", who.removeprefix("user:"), role, 60)
    async with httpx2.AsyncClient(base_url=accounts, headers={"authorization": f"Bearer {token}"}) as http:
        return await http.get("/usage", params=query)


async def test_each_sees_their_own(accounts: str, client: Client) -> None:
    ledger = Ledger(client, Budget())
    ledger.used(KEY, "tiny", Usage(prompt_tokens=5, completion_tokens=2))
    ledger.used(LOG_IN, "tiny", Usage(prompt_tokens=1))
    ledger.used(Principal(BORIS, "user", user_id="b" * 32), "tiny", Usage(audio_s=1.5, characters=7))
    assert await ledger.flush()
    mine = (await usage(accounts, ANNA)).json()
    assert [(row["key_id"], row["prompt_tokens"], row["requests"]) for row in mine["rows"]] == [
        ("", 1, 1),
        ("aaaaaaaa", 5, 1),
    ]
    assert (mine["total"]["prompt_tokens"], mine["total"]["completion_tokens"], mine["total"]["requests"]) == (6, 2, 2)
    assert (await usage(accounts, ANNA, owner=BORIS)).json() == mine
    his = (await usage(accounts, BORIS)).json()
    assert (his["total"]["audio_s"], his["total"]["characters"]) == (1.5, 7)


@pytest.mark.parametrize(
    "query", [{"since": "2026-02-01", "until": "2026-01-01"}, {"since": "0001-01-01"}, {"since": "x"}]
)
async def test_days_that_make_no_sense_are_refused(accounts: str, query: dict[str, str]) -> None:
    assert (await usage(accounts, ANNA, **query)).status_code == 422


async def test_only_services_say_what_was_used(accounts: str) -> None:
    token = Tokens(SECRET).make("voiceblock", "a" * 32, "user", 60)
    async with httpx2.AsyncClient(base_url=accounts, headers={"authorization": f"Bearer {token}"}) as http:
        batch = {"id": "0" * 32, "rows": [{"owner": ANNA, "model": "m", "day": TODAY}]}
        assert (await http.post("/usage", json=batch)).status_code == 403
        assert (await http.get("/usage/today", params={"subject": BORIS})).status_code == 403


async def test_a_lost_reply_does_not_count_twice(accounts: str, client: Client, serve_app: Serve) -> None:
    """A gateway whose batch was added, and who was not told so."""
    deaf = FastAPI()

    @deaf.post("/usage")
    async def add(batch: dict[str, object]) -> None:
        passes = Pass(Tokens(SECRET), "gateway")
        async with httpx2.AsyncClient(headers=passes.headers()) as http:
            (await http.post(f"{accounts}/usage", json=batch)).raise_for_status()
        raise ApiError(503, "gone", "The reply is lost.")

    broken = peer(await serve_app(deaf))
    ledger = Ledger(broken, Budget())
    ledger.used(LOG_IN, "tiny", Usage(prompt_tokens=5))
    assert not await ledger.flush()
    ledger.used(LOG_IN, "tiny", Usage(prompt_tokens=2))
    ledger._accounts = client
    assert await ledger.flush()
    await broken.aclose()
    assert (await usage(accounts, ANNA)).json()["total"]["prompt_tokens"] == 7


async def test_a_day_has_an_end_on_every_gateway(accounts: str, client: Client) -> None:
    one, two = Ledger(client, Budget()), Ledger(client, Budget())
    await one.check(KEY)
    await two.check(KEY)
    one.used(KEY, "tiny", Usage(prompt_tokens=60))
    two.used(KEY, "tiny", Usage(completion_tokens=39))
    await one.check(KEY)
    await one.flush()
    await two.flush()
    await two.check(KEY)
    two.used(KEY, "tiny", Usage(completion_tokens=1))
    with pytest.raises(ApiError) as refused:
        await two.check(KEY)
    assert (refused.value.status, refused.value.code) == (429, "insufficient_quota")
    assert 0 < (refused.value.retry_after_s or 0) <= 86_400
    await two.check(LOG_IN)  # the budget is the key's


async def test_a_users_quota_is_over_all_their_keys(accounts: str, client: Client) -> None:
    ledger = Ledger(client, Budget(characters=10))
    other = Principal("key:bbbbbbbb", "user", key_id="bbbbbbbb", user_id="a" * 32)
    ledger.used(KEY, "voice", Usage(characters=6))
    await ledger.flush()
    await ledger.check(other)
    ledger.used(other, "voice", Usage(characters=4))
    for who in (KEY, other, LOG_IN):
        with pytest.raises(ApiError):
            await ledger.check(who)
    await ledger.check(Principal("service:call_handler", "service"))


async def test_without_accounts_it_is_kept_and_told_later(accounts: str, client: Client) -> None:
    nobody = peer("http://127.0.0.1:1")
    ledger = Ledger(nobody, Budget(tokens=5))
    ledger.used(LOG_IN, "tiny", Usage(prompt_tokens=5))
    assert not await ledger.flush()
    with pytest.raises(ApiError):
        await ledger.check(LOG_IN)  # it counts from what was used here
    ledger._accounts = client
    assert await ledger.flush()
    await nobody.aclose()
    assert (await usage(accounts, ANNA)).json()["total"]["prompt_tokens"] == 5
