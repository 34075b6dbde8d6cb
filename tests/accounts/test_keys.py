"""API keys, the feed of what has changed, and what is erased with an account."""

import asyncio
import time
from typing import Any

import pytest

from accounts import keys
from accounts.tables import api_keys
from mesh.auth.keys import Keyring
from mesh.auth.tokens import Tokens
from mesh.errors import PeerDown
from tests.accounts.conftest import SECRET, Api
from tests.accounts.test_accounts import code

SERVICE = {"authorization": "Bearer " + Tokens(SECRET).make("mesh", "service:gateway", "service", 600)}


async def changes(api: Api, since: int, wait: float = 0.0) -> dict[str, Any]:
    reply = await api.http.get("/keys/changes", params={"since": since, "wait": wait}, headers=SERVICE)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_a_key_is_shown_once_and_kept_as_a_hash(database: str, api_of: Any) -> None:
    async with api_of(database) as api:
        anna = await api.user("anna")
        body = {"name": "laptop", "scopes": ["audio", "chat"], "budget": {"tokens": 1000}}
        made = (await api.http.post("/keys", json=body, headers=anna)).json()
        assert made["key"].startswith(f"vb_{made['id']}_")
        assert len(made["key"]) == 55
        assert (made["scopes"], made["budget"]) == (
            ["chat", "audio"],
            {"tokens": 1000, "audio_s": None, "characters": None},
        )
        listed = await api.http.get("/keys", headers=anna)
        assert made["key"] not in listed.text
        assert "digest" not in listed.text
        async with api.app.state.parts.db.read() as connection:
            row = (await connection.execute(api_keys.select())).mappings().one()
        assert made["key"][12:] not in str(dict(row))
        there = f"/keys/{made['id']}"
        changed = await api.http.patch(there, json={"name": "desk", "budget": None}, headers=anna)
        assert (changed.json()["name"], changed.json()["budget"], changed.json()["scopes"]) == (
            "desk",
            None,
            ["chat", "audio"],
        )
        assert (await api.http.patch(there, json={"expires_at": 1.0}, headers=anna)).status_code == 422
        assert (await api.http.delete(there, headers=anna)).json()["deleted"] == 1
        assert code(await api.http.delete(there, headers=anna)) == (404, "not_found")


async def test_the_feed_tells_what_changes_and_wakes_who_waits(database: str, api_of: Any) -> None:
    async with api_of(database) as api:
        boss, anna = await api.admin(), await api.user("anna")
        first = await changes(api, 0)
        assert first["whole"]
        waiting = asyncio.create_task(changes(api, first["now"], 20.0))
        await asyncio.sleep(0.1)
        made = (await api.http.post("/keys", json={"name": "k"}, headers=anna)).json()
        async with asyncio.timeout(1.5):
            told = await waiting
        assert [key["id"] for key in told["keys"]] == [made["id"]]
        assert not told["whole"]
        me = (await api.http.get("/users/me", headers=anna)).json()["id"]
        await api.http.patch(f"/users/{me}", json={"disabled": True}, headers=boss)
        disabled = await changes(api, told["now"])
        assert [key["disabled"] for key in disabled["keys"]] == [True]
        assert [void["subject"] for void in disabled["voids"]] == [f"user:{me}"]
        await api.http.patch(f"/users/{me}", json={"disabled": False}, headers=boss)
        await api.http.delete(f"/keys/{made['id']}", headers=boss)
        gone = await changes(api, disabled["now"])
        assert gone["keys"] == []
        assert f"key:{made['id']}" in [void["subject"] for void in gone["voids"]]
        assert await changes(api, gone["now"]) == {
            "now": gone["now"],
            "whole": False,
            "more": False,
            "keys": [],
            "voids": [],
        }
        assert (await changes(api, gone["now"] + 100))["whole"]  # of a database that was there before this one


async def test_a_feed_longer_than_an_answer_is_told_in_pieces(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST", 3)
    anna = await api.user("anna")
    made = [(await api.http.post("/keys", json={"name": f"k{n}"}, headers=anna)).json() for n in range(8)]
    await api.http.delete(f"/keys/{made[2]['id']}", headers=anna)
    keyring = Keyring(Tokens(SECRET), changes=api.app.state.parts.feed.since)
    await keyring.refresh()
    for number, one in enumerate(made):
        known = True
        try:
            await keyring.identify(one["key"])
        except Exception:
            known = False
        assert known == (number != 2)


async def test_many_changes_at_once_are_all_told(database: str, api_of: Any) -> None:
    """However the transactions overlap, who reads on from a number misses none."""
    async with api_of(database, max_keys=500) as api:
        anna = await api.user("anna")
        seen: set[str] = set()
        since = (await changes(api, 0))["now"]
        making = asyncio.gather(*(api.http.post("/keys", json={"name": str(n)}, headers=anna) for n in range(40)))
        while not making.done():
            told = await changes(api, since, 0.05)
            since, seen = told["now"], seen | {key["id"] for key in told["keys"]}
        told = await changes(api, since)
        seen |= {key["id"] for key in told["keys"]}
        assert {reply.json()["id"] for reply in await making} == seen


async def test_scopes_of_an_admins_key_end_with_the_role(api: Api) -> None:
    boss, anna = await api.admin(), await api.user("anna")
    me = (await api.http.get("/users/me", headers=anna)).json()["id"]
    await api.http.patch(f"/users/{me}", json={"role": "admin"}, headers=boss)
    anna = await api.login("anna")
    made = (await api.http.post("/keys", json={"name": "k", "scopes": ["admin", "chat"]}, headers=anna)).json()
    with_key = {"authorization": f"Bearer {made['key']}"}
    assert (await api.http.get("/users", headers=with_key)).status_code == 200
    await api.http.patch(f"/users/{me}", json={"role": "user"}, headers=boss)
    assert (await api.http.get("/users", headers=with_key)).status_code == 403
    record = next(key for key in (await changes(api, 0))["keys"] if key["id"] == made["id"])
    assert (record["role"], record["scopes"]) == ("user", ["chat"])


async def test_an_application_has_keys_that_are_nobodys(api: Api) -> None:
    boss = await api.admin()
    made = (await api.http.post("/keys", json={"name": "k", "application": "crm"}, headers=boss)).json()
    assert (made["user_id"], made["application"]) == (None, "crm")
    found = await api.app.state.parts.keyring.identify(made["key"])
    assert (found.owner, found.role) == ("application:crm", "user")
    both = {"name": "k", "application": "crm", "user_id": "0" * 32}
    assert (await api.http.post("/keys", json=both, headers=boss)).status_code == 422
    assert (await api.http.post("/keys", json={"name": "k", "user_id": "0" * 32}, headers=boss)).status_code == 404


async def test_too_many_keys(api_of: Any, migrated: Any, tmp_path: Any) -> None:
    async with api_of(migrated("accounts", tmp_path / "a.db"), max_keys=2) as api:
        anna = await api.user("anna")
        made = [await api.http.post("/keys", json={"name": "k"}, headers=anna) for _ in range(3)]
        assert [reply.status_code for reply in made] == [201, 201, 409]


async def test_when_a_key_was_used_is_noted(api: Api) -> None:
    anna = await api.user("anna")
    key = (await api.http.post("/keys", json={"name": "k"}, headers=anna)).json()["id"]
    now = time.time()
    for at in (now, now - 100):  # late news change nothing
        used = {"keys": [{"id": key, "at": at}, {"id": "aaaaaaaa", "at": at}]}
        await api.http.post("/keys/used", json=used, headers=SERVICE)
    assert (await api.http.get("/keys", headers=anna)).json()["keys"][0]["last_used_at"] == pytest.approx(now)


async def test_what_is_left_elsewhere_of_an_account_is_erased_however_often_it_takes(
    api_of: Any, migrated: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.erasure.AGAIN_S", 0.05)
    url, asked, down = migrated("accounts", tmp_path / "a.db"), list[str](), True

    async def call(_: object, __: object, *, path: dict[str, str]) -> None:
        asked.append(path["owner"])
        if down:
            raise PeerDown("gateway", "down")

    async with api_of(url) as api:
        monkeypatch.setattr(type(api.app.state.parts.erasure._gateway), "call", call)
        anna = await api.user("anna")
        me = (await api.http.get("/users/me", headers=anna)).json()["id"]
        key = (await api.http.post("/keys", json={"name": "k"}, headers=anna)).json()
        reply = await api.http.delete("/users/me", headers=anna)
        assert (reply.status_code, reply.json()) == (202, {"deleted": 1, "waiting": ["gateway"]})
        for credential in (anna["authorization"], f"Bearer {key['key']}"):
            assert (await api.http.get("/users/me", headers={"authorization": credential})).status_code == 401
        assert (await api.token()).status_code == 401
        assert me not in (tmp_path / "a.db").read_bytes().decode(errors="replace").replace(f"user:{me}", "")
    async with api_of(url) as api:  # another process does what the first could not
        async with asyncio.timeout(3):
            while len(asked) < 4:
                await asyncio.sleep(0.02)
        down = False
        async with asyncio.timeout(3):
            while api.app.state.parts.erasure.waiting or down:
                await asyncio.sleep(0.02)
        assert set(asked) == {f"user:{me}"}
        async with api.app.state.parts.db.read() as connection:
            from accounts.tables import erasures

            async with asyncio.timeout(3):
                while (await connection.execute(erasures.select())).first():
                    await connection.rollback()
                    await asyncio.sleep(0.02)
        assert (await api.register("anna")).status_code == 201  # the name is free again
