"""Registering, logging in, one's own account, and those of others for an admin."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from accounts import attempts as limits
from accounts import names
from mesh.auth.tokens import Tokens
from tests.accounts.conftest import PASSWORD, SECRET, Api


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


async def test_a_user_registers_logs_in_and_sees_no_password(database: str, api_of: Any) -> None:
    async with api_of(database) as api:
        made = await api.register("Anna", email="Anna@Example.ORG")
        assert made.status_code == 201
        by_name, by_email = await api.token("aNNa"), await api.token("anna@example.org")
        assert (by_name.status_code, by_email.status_code) == (200, 200)
        me = await api.http.get("/users/me", headers=await api.login("anna"))
        assert me.json() == made.json()
        assert set(me.json()) == {"id", "username", "email", "role", "disabled", "created_at"}
        for reply in (made, by_name, me):
            assert PASSWORD not in reply.text
            assert "argon2" not in reply.text


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"username": "ab"}, "invalid_username"),
        ({"username": "a" * 65}, "invalid_request"),
        ({"username": "an na\u200b"}, "invalid_username"),
        ({"username": "anna\u202e"}, "invalid_username"),
        ({"username": "a\x00nna"}, "invalid_username"),
        ({"username": " anna"}, "invalid_username"),
        ({"username": "anna--b"}, "invalid_username"),
        ({"username": "../../etc"}, "invalid_username"),
        ({"username": "аnna"}, "invalid_username"),  # a Cyrillic letter among Latin ones
        ({"username": "a\u0301\u0301\u0301nna"}, "invalid_username"),
        ({"username": "12345"}, "invalid_username"),
        ({"username": "😀😀😀"}, "invalid_username"),
        ({"email": "nobody"}, "invalid_email"),
        ({"email": "a@b@c.org"}, "invalid_email"),
        ({"email": "anna@example.org\r\nBcc: x@y.org"}, "invalid_email"),
        ({"email": "a" * 250 + "@b.org"}, "invalid_request"),
        ({"password": "short"}, "weak_password"),
        ({"password": "aaaaaaaaaaaa"}, "weak_password"),
        ({"password": "annalena", "username": "annalena"}, "weak_password"),
        ({"password": "p" * 257}, "invalid_request"),
        ({"username": None}, "invalid_request"),
    ],
)
async def test_what_cannot_be_an_account_is_said(api: Api, changes: dict[str, Any], wanted: str) -> None:
    assert code(await api.register(**{"name": "anna", **changes})) == (422, wanted)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("anna", "ANNA"),
        ("anna", "ａｎｎａ"),  # full width
        ("Kelvin", "\u212aelvin"),  # the sign of the unit
        ("strasse", "STRAßE"),
        ("irina", "ırina"),
        ("aceo", "асео"),  # all Cyrillic
        ("COBA", "СОВА"),  # capitals
        ("Ωmega".replace("mega", "μεγα"), "ωμεγα"),
        ("jose\u0301", "jos\u00e9"),
    ],
)
async def test_names_that_look_alike_are_one_name(api: Api, first: str, second: str) -> None:
    assert (await api.register(first, email="a@example.org")).status_code == 201
    assert code(await api.register(second, email="b@example.org")) == (409, "username_taken")
    assert code(await api.register("somebody else", email="A@EXAMPLE.org")) == (409, "email_taken")
    assert (await api.token(second)).status_code == 200


@pytest.mark.parametrize("name", ["анна петрова", "Łukasz", "O'neill".replace("'", "."), "çağrı", "김철수", "anna_2"])
async def test_names_of_all_languages_are_names(api: Api, name: str) -> None:
    assert (await api.register(name, email="a@example.org")).json()["username"] == name


def test_one_address_is_one_however_it_is_written() -> None:
    assert names.email_key("Anna@BÜCHER.example") == names.email_key("anna@xn--bcher-kva.example")
    assert names.email_key("nobody") == ""


async def test_a_password_counts_as_keyboards_compose_it(api: Api) -> None:
    assert (await api.register("anna", password="pássword one")).status_code == 201
    assert (await api.token("anna", "pa\u0301ssword one")).status_code == 200


async def test_registration_can_be_closed(api_of: Any, migrated: Any, tmp_path: Path) -> None:
    url = migrated("accounts", tmp_path / "a.db")
    async with api_of(url) as api:
        boss = await api.admin()
    async with api_of(url, registration="closed") as api:
        assert code(await api.register("anna")) == (403, "registration_closed")
        body = {"username": "anna", "email": "a@example.org", "password": PASSWORD}
        assert (await api.http.post("/auth/register", json=body, headers=boss)).status_code == 201
        anna = await api.login("anna")
        body |= {"username": "berta", "email": "b@example.org"}
        assert (await api.http.post("/auth/register", json=body, headers=anna)).status_code == 403


async def test_an_unknown_user_costs_and_says_what_a_wrong_password_does(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in hashes, and in statements of the database: a clock would tell of the machine."""
    await api.register("anna")
    made = await api.register("gone")
    boss = await api.admin()
    await api.http.patch(f"/users/{made.json()['id']}", json={"disabled": True}, headers=boss)
    passwords = api.app.state.parts.logins._passwords
    checks: list[str] = []
    true_check = passwords._hasher.verify_and_update

    def counted(password: str, kept: str) -> Any:
        checks.append(kept.rsplit("$", 2)[0])
        return true_check(password, kept)

    monkeypatch.setattr(passwords._hasher, "verify_and_update", counted)
    statements: list[str] = []
    engine = api.app.state.parts.db.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    told: dict[str, Any] = {}
    for name, password in (("anna", "wrong password"), ("nobody", PASSWORD), ("gone", PASSWORD), ("\x00 no name", "x")):
        checks.clear()
        statements.clear()
        reply = await api.token(name, password)
        error = {key: value for key, value in reply.json()["error"].items() if key != "request_id"}
        ours = [one.split(" WHERE")[0] for one in statements if "attempts" in one or "FROM users \n" in one]
        told[name] = (reply.status_code, error, list(checks), ours)
    assert told["anna"][0] == 401
    assert len(told["anna"][2]) == 1
    assert told["anna"] == told["nobody"] == told["gone"] == told["\x00 no name"]


async def test_a_refresh_token_is_good_once_and_the_second_time_ends_the_log_in(database: str, api_of: Any) -> None:
    async with api_of(database) as api:
        await api.register("anna")
        phone, laptop = (await api.token()).json(), (await api.token()).json()
        second = (await api.refresh(phone["refresh_token"])).json()
        third = (await api.refresh(second["refresh_token"])).json()
        assert code(await api.refresh(phone["refresh_token"])) == (401, "invalid_grant")
        assert code(await api.refresh(third["refresh_token"])) == (401, "invalid_grant")
        await refused(api, third["access_token"])
        assert (await api.refresh(laptop["refresh_token"])).status_code == 200  # another log-in goes on


async def test_of_two_who_refresh_at_once_one_is_right_and_both_are_out(database: str, api_of: Any) -> None:
    async with api_of(database) as api:
        await api.register("anna")
        token = (await api.token()).json()["refresh_token"]
        replies = await asyncio.gather(*(api.refresh(token) for _ in range(6)))
        right = [reply for reply in replies if reply.status_code == 200]
        assert len(right) <= 1
        for reply in right:
            assert (await api.refresh(reply.json()["refresh_token"])).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", Tokens(SECRET).make("voiceblock", "0" * 32, "user", 60, sid="x")])
async def test_what_is_no_refresh_token_is_refused(api: Api, token: str) -> None:
    assert code(await api.refresh(token)) == (401, "invalid_grant")


async def refused(api: Api, token: str, seconds: float = 1.0) -> None:
    async with asyncio.timeout(seconds):
        while (await api.http.get("/users/me", headers={"authorization": f"Bearer {token}"})).status_code != 401:
            await asyncio.sleep(0.02)


async def test_logging_out_here_and_everywhere(api: Api) -> None:
    await api.register("anna")
    one, two, three = [(await api.token()).json() for _ in range(3)]
    here = {"authorization": f"Bearer {one['access_token']}"}
    assert (await api.http.post("/auth/logout", json={}, headers=here)).json() == {"ended": 1}
    assert (await api.refresh(one["refresh_token"])).status_code == 401
    await refused(api, one["access_token"])
    # An access token that has ended by itself keeps nobody from logging out.
    assert (await api.http.post("/auth/logout", json={"refresh_token": two["refresh_token"]})).json() == {"ended": 1}
    everywhere = {"authorization": f"Bearer {three['access_token']}"}
    reply = await api.http.post("/auth/logout", json={"everywhere": True}, headers=everywhere)
    assert reply.json() == {"ended": 1}
    await refused(api, three["access_token"])
    assert (await api.token()).status_code == 200
    assert code(await api.http.post("/auth/logout", json={})) == (401, "unauthorized")


async def test_log_ins_that_fail_wait_longer_and_longer_and_a_restart_forgets_nothing(
    api_of: Any, migrated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated("accounts", tmp_path / "a.db")
    async with api_of(url) as api:
        await api.register("anna")
        assert (await api.token()).status_code == 200
        at_home, api.address = api.address, "198.51.100.7"
        for _ in range(limits.PAIR.free):
            assert (await api.token("anna", "wrong password")).status_code == 401
        reply = await api.token()
        assert code(reply) == (429, "too_many_attempts")
        assert int(reply.headers["retry-after"]) >= 1
    async with api_of(url) as api:
        api.address = "198.51.100.7"
        assert (await api.token()).status_code == 429  # the right password too: nobody may try on
        api.address = at_home
        assert (await api.token()).status_code == 200  # its owner is not locked out
        api.address, now = "198.51.100.7", time.time()
        monkeypatch.setattr("accounts.attempts.time.time", lambda: now + 30)
        assert (await api.token()).status_code == 200


async def test_many_guesses_at_once_are_few(api: Api) -> None:
    await api.register("anna")
    replies = await asyncio.gather(*(api.token("anna", f"guess number {n}") for n in range(30)))
    assert sum(reply.status_code == 401 for reply in replies) <= limits.PAIR.free + 1


async def test_a_thousand_machines_do_not_guess_on_nor_lock_the_owner_out(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.register("anna")
    assert (await api.token()).status_code == 200
    at_home = api.address
    monkeypatch.setattr("accounts.attempts.ACCOUNT", limits.Limit(8, 20.0))
    statuses = []
    for number in range(12):
        api.address = f"198.51.100.{number}"
        statuses.append((await api.token("anna", "wrong password")).status_code)
    assert statuses[-1] == 429
    api.address = at_home
    assert (await api.token()).status_code == 200


async def test_an_address_is_believed_of_gateway_alone(api: Api) -> None:
    await api.register("anna")
    for number in range(limits.PAIR.free + 1):
        reply = await api.http.post(
            "/auth/token",
            data={"username": "anna", "password": "wrong password"},
            headers={"x-client-address": f"203.0.113.{number}", "x-service-pass": "forged"},
        )
    assert reply.status_code == 429


def test_a_network_is_one_customers() -> None:
    assert limits.network("2001:db8:1:2:3::4") == limits.network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert limits.network("::ffff:192.0.2.1") == "192.0.2.1"


async def test_ones_account_is_changed_with_ones_password(api: Api) -> None:
    anna = await api.user("anna")
    other = await api.login("anna")
    change = lambda **body: api.http.patch("/users/me", json=body, headers=anna)  # noqa: E731
    assert (await change(username="anna2")).json()["username"] == "anna2"
    assert code(await change(password="another password")) == (422, "old_password_wanted")
    assert code(await change(password="another password", old_password="wrong")) == (401, "invalid_grant")
    assert code(await change(email="new@example.org")) == (422, "old_password_wanted")
    assert (await change(password="another password", old_password=PASSWORD)).status_code == 200
    await refused(api, other["authorization"].removeprefix("Bearer "))  # all other log-ins end
    assert (await api.http.get("/users/me", headers=anna)).status_code == 200
    assert (await api.token("anna2")).status_code == 401
    assert (await api.token("anna2", "another password")).status_code == 200
    assert "role" not in (await change(role="admin", disabled=True)).request.url.path
    assert (await api.http.get("/users/me", headers=anna)).json()["role"] == "user"


async def test_an_admin_reads_and_changes_any_user(database: str, api_of: Any) -> None:
    async with api_of(database) as api:
        boss, anna = await api.admin(), await api.user("anna")
        for number in range(4):
            await api.register(f"user{number}")
        seen, after = [], None
        while True:
            params = {"limit": 2, **({"after": after} if after else {})}
            page = (await api.http.get("/users", params=params, headers=boss)).json()
            seen += [user["username"] for user in page["users"]]
            after = page["next"]
            if not after:
                break
        assert seen == ["boss", "anna", "user0", "user1", "user2", "user3"]
        mine = (await api.http.get("/users/me", headers=anna)).json()
        there = f"/users/{mine['id']}"
        assert (await api.http.get(there, headers=boss)).json() == mine
        assert code(await api.http.get("/users", params={"after": "x'--"}, headers=boss)) == (422, "invalid_request")
        token = anna["authorization"].removeprefix("Bearer ")
        assert (await api.http.patch(there, json={"disabled": True}, headers=boss)).json()["disabled"]
        await refused(api, token)
        assert (await api.token()).status_code == 401
        await api.http.patch(there, json={"disabled": False, "password": "given by the boss"}, headers=boss)
        assert (await api.token("anna", "given by the boss")).status_code == 200
        assert code(await api.http.get("/users/" + "f" * 32, headers=boss)) == (404, "not_found")


async def test_the_last_admin_stays(api: Api) -> None:
    boss = await api.admin()
    me = (await api.http.get("/users/me", headers=boss)).json()
    assert code(await api.http.patch(f"/users/{me['id']}", json={"role": "user"}, headers=boss)) == (409, "last_admin")
    assert code(await api.http.delete("/users/me", headers=boss)) == (409, "last_admin")


async def test_nobody_reads_or_changes_somebody_else(api: Api) -> None:
    anna, berta = await api.user("anna"), await api.user("berta")
    hers = (await api.http.get("/users/me", headers=anna)).json()["id"]
    key = (await api.http.post("/keys", json={"name": "k"}, headers=anna)).json()
    for method, path, body in (
        ("GET", "/users", None),
        ("GET", f"/users/{hers}", None),
        ("PATCH", f"/users/{hers}", {"role": "admin"}),
        ("DELETE", f"/users/{hers}", None),
        ("POST", "/keys", {"name": "k", "user_id": hers}),
        ("POST", "/keys", {"name": "k", "application": "crm"}),
        ("POST", "/keys", {"name": "k", "scopes": ["admin"]}),
        ("GET", "/keys/changes", None),
        ("POST", "/keys/used", {"keys": []}),
    ):
        reply = await api.http.request(method, path, json=body, headers=berta)
        assert reply.status_code == 403, (method, path, reply.text)
        assert (await api.http.request(method, path, json=body)).status_code == 401
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        reply = await api.http.request(method, f"/keys/{key['id']}", json=body, headers=berta)
        assert code(reply) == (404, "not_found")
    assert (await api.http.get("/keys", params={"user_id": hers}, headers=berta)).json()["keys"] == []
    assert len((await api.http.get("/keys", headers=anna)).json()["keys"]) == 1
    of_a_browser, _ = api.app.state.parts.keyring.client_secret(
        await api.app.state.parts.keyring.identify(anna["authorization"].removeprefix("Bearer ")), 60
    )
    for credential in (key["key"], of_a_browser):
        reply = await api.http.post("/keys", json={"name": "k"}, headers={"authorization": f"Bearer {credential}"})
        assert code(reply) == (403, "log_in_wanted")
    with_key = {"authorization": f"Bearer {key['key']}"}
    for method, path, body in (
        ("POST", "/keys", {"name": "more"}),
        ("GET", "/users/me", None),
        ("DELETE", "/users/me", None),
    ):
        assert code(await api.http.request(method, path, json=body, headers=with_key)) == (403, "log_in_wanted")


async def test_on_a_laptop_without_a_secret_the_machine_is_the_admin(
    api_of: Any, migrated: Any, tmp_path: Path
) -> None:
    url = migrated("accounts", tmp_path / "a.db")
    async with api_of(url, jwt_secret="") as api:
        anna = await api.user("anna")
        assert (await api.http.get("/users/me", headers=anna)).json()["username"] == "anna"
        assert code(await api.http.get("/users", headers=anna)) == (403, "forbidden")
        assert len((await api.http.get("/users")).json()["users"]) == 1
        assert code(await api.http.get("/users/me")) == (404, "no_account")
        token = anna
    async with api_of(url, jwt_secret="") as api:  # the secret is kept: a restart logs nobody out
        assert (await api.http.get("/users/me", headers=token)).status_code == 200


def test_the_first_admin_is_made_by_a_command(migrated: Any, tmp_path: Path) -> None:
    import os

    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    command = [sys.executable, "-m", "accounts", "admin", "Boss"]
    run = lambda: subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)  # noqa: E731
    first, again = run(), run()
    assert first.returncode == again.returncode == 0, first.stderr
    assert "Boss is an admin." in first.stdout
    assert "Password: " in first.stdout
    assert "had an account" in again.stdout
    bad = subprocess.run([*command[:-1], "b\u0430d"], env=environment, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "one script" in bad.stderr


async def test_no_log_has_a_password_a_token_or_a_key_even_in_dev_mode(
    api_of: Any, migrated: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with api_of(migrated("accounts", tmp_path / "a.db"), is_dev=True) as api:
        anna = await api.user("anna")
        tokens = (await api.token()).json()
        made = (await api.http.post("/keys", json={"name": "k"}, headers=anna)).json()
        await api.http.patch("/users/me", json={"password": "another secret", "old_password": PASSWORD}, headers=anna)
    said = capfd.readouterr().err
    assert "came_in" in said
    for secret in (PASSWORD, "another secret", tokens["access_token"], tokens["refresh_token"], made["key"]):
        assert secret[:40] not in said
        assert secret.replace(" ", "+") not in said
