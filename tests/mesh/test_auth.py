"""Who is asking: tokens, keys and the guard before a service's routes, and what each refuses."""

import asyncio
import base64
import hashlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import jwt
import pytest
from fastapi import FastAPI, Request, WebSocket
from pydantic import SecretStr
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from mesh.auth import Principal, Unauthorized, principal
from mesh.auth.guard import OPEN, Rules
from mesh.auth.keys import Keyring
from mesh.auth.tokens import Tokens
from mesh.client import Client
from mesh.errors import ApiError
from mesh.service import create_app
from mesh.settings import ServiceSettings, built
from mesh.wire.accounts import KeyChanges, KeyRecord, Noted, UsedKeys, Void
from mesh.wire.common import Check
from mesh.wire.route import Route

SECRET, OTHER = "s" * 32, "t" * 32
KEY = "vb_abcdefgh_" + "x" * 43
RULES: Rules = (
    *OPEN,
    ("/v1/chat/completions", "chat"),
    ("/v1/audio", "audio"),
    ("/people", "admin"),
    ("/me", "anyone"),
    ("/socket", "realtime"),
)


class Accounts:
    """A stand-in for the feed: `tell` changes something, `away` takes it down."""

    def __init__(self) -> None:
        self.now, self.away, self.asked = 1, False, 0
        self.keys: dict[str, tuple[int, KeyRecord]] = {}
        self.voids: list[tuple[int, Void]] = []
        self.used: list[str] = []
        self._told = asyncio.Event()

    def tell(self, *, key: KeyRecord | None = None, void: Void | None = None) -> None:
        self.now += 1
        if key:
            self.keys[key.id] = (self.now, key)
        if void:
            self.keys.pop(void.subject.removeprefix("key:"), None)
            self.voids.append((self.now, void))
        self._told.set()
        self._told = asyncio.Event()

    async def changes(self, since: int, wait: float) -> KeyChanges:
        self.asked += 1
        if self.away:
            raise ApiError(503, "accounts_unavailable", "away")
        if since == self.now:
            try:
                async with asyncio.timeout(wait):
                    await self._told.wait()
            except TimeoutError:
                pass
        return KeyChanges(
            now=self.now,
            whole=since == 0 or since > self.now,
            keys=[key for at, key in self.keys.values() if at > since],
            voids=[void for at, void in self.voids if at > since],
        )

    async def note(self, used: UsedKeys) -> Noted:
        self.used += [one.id for one in used.keys]
        return Noted(noted=len(used.keys))


def record(key: str = KEY, **values: Any) -> KeyRecord:
    made: dict[str, Any] = {"id": key[3:11], "name": "one", "role": "user", "scopes": ["chat"], "user_id": "0" * 32}
    return KeyRecord(**{**made, "digest": hashlib.sha256(key.encode()).hexdigest(), **values})


@asynccontextmanager
async def followed(accounts: Accounts, **options: Any) -> AsyncIterator[Keyring]:
    keyring = Keyring(Tokens(SECRET), changes=accounts.changes, used=accounts.note, **options)
    task = asyncio.create_task(keyring.run())
    try:
        yield keyring
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def user_token(secret: str = SECRET, *, ttl_s: float = 900, audience: Any = "voiceblock", **claims: Any) -> str:
    made = {"role": "user", "name": "anna", "sid": "f1", **claims}
    return Tokens(secret).make(audience, "0" * 32, made.pop("role"), ttl_s, **made)


def forged(header: dict[str, Any], secret: bytes | None = None, **claims: Any) -> str:
    """A JWT by hand, as no library would make it."""
    now = time.time()
    said = {"iss": "voiceblock", "aud": "voiceblock", "sub": "0" * 32, "role": "admin", "jti": "1", "sid": "f1"}
    body = {**said, "iat": now, "exp": now + 900, **claims}
    head = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, body))
    sign = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head, secret) if secret else b""
    return (head + b"." + base64.urlsafe_b64encode(sign).rstrip(b"=")).decode()


PUBLIC_PEM = b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("what", "token"),
    [
        ("no algorithm", forged({"alg": "none", "typ": "JWT"})),
        ("no algorithm, in other letters", forged({"alg": "NoNe"})),
        ("another key", user_token(OTHER)),
        ("an empty key", forged({"alg": "HS256"}, b"\0" * 32)),
        ("RS256 by name", forged({"alg": "RS256"}, SECRET.encode())),
        ("HS256 by a public key", forged({"alg": "HS256"}, PUBLIC_PEM)),
        ("HS512", jwt.encode({"sub": "1"}, SECRET * 2, algorithm="HS512")),
        ("another issuer", forged({"alg": "HS256"}, SECRET.encode(), iss="elsewhere")),
        ("another audience", forged({"alg": "HS256"}, SECRET.encode(), aud="elsewhere")),
        ("several audiences", forged({"alg": "HS256"}, SECRET.encode(), aud=["voiceblock", "x"])),
        ("expired", user_token(ttl_s=-1)),
        ("never expires", forged({"alg": "HS256"}, SECRET.encode(), exp=None)),
        ("of the future", forged({"alg": "HS256"}, SECRET.encode(), iat=time.time() + 900)),
        ("no subject", forged({"alg": "HS256"}, SECRET.encode(), sub=None)),
        ("a subject that is a number", forged({"alg": "HS256"}, SECRET.encode(), sub=7)),
        ("for a realtime socket", Tokens(SECRET).make("realtime", "user:1", "user", 60)),
        ("changed by a letter", user_token()[:-5] + "AAAAA"),
        ("three dots", "a.b.c"),
        ("too long", "a." * 5000),
        ("not ASCII", "я.я.я"),
        ("nothing known", "sk-0123456789abcdef"),
        ("a key that nobody made", KEY),
    ],
)
async def test_a_token_that_is_not_ours_is_refused(what: str, token: str) -> None:
    async with followed(Accounts()) as keyring:
        with pytest.raises(Unauthorized):
            await keyring.identify(token)
        assert (await keyring.identify(user_token())).user_id == "0" * 32, what


async def test_a_token_of_a_service_is_no_users_and_the_other_way_round() -> None:
    service = Tokens(SECRET).make("mesh", "service:stt", "service", 60)
    async with followed(Accounts()) as keyring:
        found = await keyring.identify(service)
        assert (found.role, found.user_id, found.owner) == ("service", None, None)
    inside = Keyring(Tokens(SECRET))
    assert (await inside.identify(service)).id == "service:stt"
    for token in (user_token(), user_token(role="admin"), KEY, "ek_" + user_token(audience="realtime")):
        with pytest.raises(Unauthorized):
            await inside.identify(token)


async def test_a_key_is_known_when_it_is_made_and_refused_when_it_is_revoked() -> None:
    accounts = Accounts()
    async with followed(accounts) as keyring:
        with pytest.raises(Unauthorized):
            await keyring.identify(KEY)
        accounts.tell(key=record())
        found = await keyring.identify(KEY)  # at once: an unknown key is asked for
        assert (found.id, found.key_id, found.owner) == ("key:abcdefgh", "abcdefgh", "user:" + "0" * 32)
        assert (found.may("chat"), found.may("audio")) == (True, False)
        secret, _ = keyring.client_secret(found, 60)
        assert (await keyring.identify(secret)).scopes == {"realtime"}
        accounts.tell(void=Void(subject="key:abcdefgh", before=time.time()))
        await until(lambda: refused(keyring, KEY))
        assert await refused(keyring, secret)  # what was made of it ends with it
        await until(lambda: noted(accounts))


async def refused(keyring: Keyring, token: str) -> bool:
    try:
        await keyring.identify(token)
    except Unauthorized:
        return True
    return False


async def noted(accounts: Accounts) -> bool:
    return accounts.used == ["abcdefgh"]


async def until(true: Any, seconds: float = 1.0) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.01)


async def test_many_unknown_keys_do_not_ask_accounts_for_each() -> None:
    accounts = Accounts()
    async with followed(accounts) as keyring:
        unknown = [f"vb_aaaaaaaa_{number:043}" for number in range(500)]
        await asyncio.gather(*(refused(keyring, key) for key in unknown))
        assert accounts.asked < 6


async def test_a_log_in_that_has_ended_takes_its_tokens_along_and_no_other() -> None:
    accounts = Accounts()
    async with followed(accounts) as keyring:
        phone, laptop, someone = user_token(sid="phone"), user_token(sid="laptop"), user_token(sid="phone2")
        for token in (phone, laptop, someone):
            await keyring.identify(token)
        accounts.tell(void=Void(subject="family:phone", before=time.time()))
        await until(lambda: refused(keyring, phone))
        assert not await refused(keyring, laptop)
        accounts.tell(void=Void(subject="user:" + "0" * 32, before=time.time()))
        await until(lambda: refused(keyring, laptop))
        await asyncio.sleep(0.001)
        assert not await refused(keyring, user_token(sid="again"))


async def test_keys_end_by_themselves_and_with_their_user() -> None:
    accounts = Accounts()
    accounts.tell(key=record(expires_at=time.time() + 0.2))
    async with followed(accounts) as keyring:
        await keyring.identify(KEY)
        await until(lambda: refused(keyring, KEY))
        accounts.tell(key=record())
        await until(lambda: known(keyring))
        accounts.tell(key=record(disabled=True))
        await until(lambda: refused(keyring, KEY))
        accounts.tell(key=record())
        await until(lambda: known(keyring))


async def known(keyring: Keyring) -> bool:
    return not await refused(keyring, KEY)


async def test_accounts_down_stops_nobody_who_is_known() -> None:
    accounts = Accounts()
    accounts.tell(key=record())
    async with followed(accounts, api_keys="laptop:0123456789abcdef") as keyring:
        token = user_token()
        await keyring.identify(KEY)
        accounts.away = True
        accounts._told.set()
        await until(lambda: troubled(keyring))
        await keyring.identify(KEY)
        await keyring.identify(token)
        await keyring.identify(user_token(name="new"))
        with pytest.raises(ApiError) as error:
            await keyring.identify(KEY.replace("x", "y"))
        assert (error.value.status, error.value.code) == (503, "accounts_unavailable")
        accounts.away = False
        accounts.tell(void=Void(subject="key:abcdefgh", before=time.time()))
        await until(lambda: refused(keyring, KEY))


async def troubled(keyring: Keyring) -> bool:
    return not keyring.check().ok


async def test_before_accounts_has_told_what_is_revoked_only_the_house_is_known() -> None:
    accounts = Accounts()
    accounts.away = True
    async with followed(accounts, api_keys="laptop:0123456789abcdef") as keyring:
        own = await keyring.identify("0123456789abcdef")
        assert (own.id, own.owner, own.role, own.may("chat"), own.may("admin")) == (
            "key:laptop",
            "key:laptop",
            "user",
            True,
            False,
        )
        assert (await keyring.identify(Tokens(SECRET).make("mesh", "service:x", "service", 60))).role == "service"
        with pytest.raises(ApiError) as error:
            await keyring.identify(user_token())
        assert error.value.status == 503


async def test_accounts_from_a_backup_tells_all_again() -> None:
    accounts = Accounts()
    accounts.now = 100
    accounts.tell(key=record())
    async with followed(accounts) as keyring:
        await keyring.identify(KEY)
        accounts.keys.clear()
        accounts.now = 4
        accounts.tell()
        await until(lambda: refused(keyring, KEY))


def test_keys_of_the_environment_cannot_be_short() -> None:
    with pytest.raises(ValueError, match="key 2"):
        Keyring(Tokens(SECRET), api_keys="a:0123456789abcdef, b:short")


class Echo(ServiceSettings):
    service = "stt"


def app_of(keyring: Keyring | None, rules: Rules = RULES) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def probe() -> dict[str, Check]:
        return {}

    settings = Echo(jwt_secret=SecretStr(SECRET if keyring else ""))
    app = create_app(settings, "Echo.", lifespan=lifespan, probe=probe, rules=rules, keyring=keyring)

    @app.get("/me")
    @app.get("/people/{who}")
    @app.post("/v1/chat/completions")
    @app.get("/v1/audio/{key}")
    @app.get("/nobody/thought/of")
    async def who(request: Request) -> dict[str, str]:
        return {"id": principal(request.scope).id}

    @app.websocket("/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(principal(socket.scope).id)
        await socket.close()

    return app


@pytest.fixture
def client() -> TestClient:
    accounts = Accounts()
    accounts.tell(key=record())
    accounts.tell(key=record(KEY.replace("abcdefgh", "bbbbbbbb"), scopes=["realtime", "admin"], role="admin"))
    keyring = Keyring(Tokens(SECRET), changes=accounts.changes)
    return TestClient(app_of(keyring), base_url="http://127.0.0.1:8001")


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_each_path_wants_what_its_rule_says(client: TestClient) -> None:
    boss = KEY.replace("abcdefgh", "bbbbbbbb")
    service = Tokens(SECRET).make("mesh", "service:x", "service", 60)
    for path in ("/health", "/metrics", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200, path
    refusal = client.get("/me")
    assert refusal.status_code == 401
    assert refusal.headers["www-authenticate"].startswith("Bearer")
    assert refusal.json()["error"]["request_id"] == refusal.headers["x-request-id"]
    assert client.get("/me", headers=bearer(KEY)).json() == {"id": "key:abcdefgh"}
    assert client.get("/people/7", headers=bearer(KEY)).status_code == 403
    assert client.get("/people/7", headers=bearer(boss)).status_code == 200
    assert client.get("/v1/audio/7", headers=bearer(KEY)).status_code == 403
    assert client.get("/nobody/thought/of", headers=bearer(boss)).status_code == 403
    assert client.get("/nobody/thought/of", headers=bearer(service)).json() == {"id": "service:x"}
    assert client.get("/healthy", headers=bearer(KEY)).status_code == 403  # no beginning of a name is a name


def test_on_openais_paths_a_refusal_has_openais_shape(client: TestClient) -> None:
    reply = client.post("/v1/chat/completions", json={})
    assert (reply.status_code, reply.json()["error"]["type"]) == (401, "authentication_error")
    assert client.post("/v1/chat/completions", headers=bearer(KEY), json={}).json() == {"id": "key:abcdefgh"}


def test_a_browser_names_its_key_in_the_sub_protocol(client: TestClient) -> None:
    boss = KEY.replace("abcdefgh", "bbbbbbbb")
    offered = ["realtime", f"openai-insecure-api-key.{boss}"]
    with client.websocket_connect("ws://127.0.0.1:8001/socket", subprotocols=offered) as socket:
        assert socket.receive_text() == "key:bbbbbbbb"
    for protocols in ([], ["realtime", f"openai-insecure-api-key.{KEY}"]):
        with (
            pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
            client.websocket_connect("ws://127.0.0.1:8001/socket", subprotocols=protocols),
        ):
            pass


def test_without_a_secret_this_machine_alone_is_served() -> None:
    app = app_of(None)
    here = TestClient(app, base_url="http://127.0.0.1:8001")
    assert here.get("/me").json() == {"id": "local"}
    assert here.get("/nobody/thought/of").json() == {"id": "local"}
    assert here.get("/me", headers={"x-forwarded-for": "8.8.8.8"}).status_code == 401
    assert here.get("/health", headers={"x-forwarded-for": "8.8.8.8"}).status_code == 200
    elsewhere = TestClient(app, base_url="http://10.0.0.5:8001")
    assert elsewhere.get("/me").json()["error"]["code"] == "jwt_secret_wanted"


async def test_a_client_shows_its_pass_to_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    transport = httpx2.ASGITransport(app=app_of(Keyring(Tokens(SECRET)), ()))
    inside = Client("stt", "http://127.0.0.1:8001", caller="gateway", transport=transport)
    me = Route("GET", "/nobody/thought/of", type(None), bytes)
    assert json.loads(await inside.call(me)) == {"id": "service:gateway"}
    monkeypatch.delenv("JWT_SECRET")
    outside = Client("stt", "http://127.0.0.1:8001", caller="gateway", transport=transport)
    with pytest.raises(ApiError) as error:
        await outside.call(me)
    assert error.value.status == 401
    await asyncio.gather(inside.aclose(), outside.aclose())


@pytest.mark.parametrize(
    ("options", "environment", "starts"),
    [
        (["--host", "127.0.0.1"], {}, True),
        (["--host", "localhost"], {}, True),
        ([], {}, True),
        (["--uds", "/tmp/x"], {}, True),
        (["--host", "0.0.0.0"], {}, False),
        (["--host=::"], {}, False),
        ([], {"UVICORN_HOST": "0.0.0.0"}, False),
        (["--host", "0.0.0.0", "--workers", "2"], {}, False),
        (["--host", "0.0.0.0"], {"JWT_SECRET": SECRET}, True),
        (["--host", "127.0.0.1"], {"JWT_SECRET": "short"}, False),
    ],
)
def test_other_addresses_than_loopback_want_a_secret(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    environment: dict[str, str],
    starts: bool,
) -> None:
    monkeypatch.setattr(sys, "argv", ["/venv/uvicorn/__main__.py", "stt.main:app", *options])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if starts:
        assert built(unguarded, Echo)
        return
    with pytest.raises(SystemExit):
        built(unguarded, Echo)
    said = capsys.readouterr().err
    assert "JWT_SECRET" in said
    assert "openssl rand -hex 32" in said


async def test_uvicorn_itself_is_told() -> None:
    """As it is started by hand, by the launcher and in the images."""
    command = [sys.executable, "-m", "uvicorn", "lang.main:app", "--host", "0.0.0.0", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name != "JWT_SECRET"}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == os.EX_CONFIG
    assert b"lang cannot start: listening at 0.0.0.0" in said


def unguarded(settings: Echo) -> FastAPI:
    """What a service does as it starts."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def probe() -> dict[str, Check]:
        return {}

    return create_app(settings, "Echo.", lifespan=lifespan, probe=probe)


async def test_the_hot_path_is_a_matter_of_microseconds() -> None:
    """A generous bound: what it must not do is sign, or wait, for each request."""
    accounts = Accounts()
    accounts.tell(key=record())
    async with followed(accounts) as keyring:
        token = user_token()
        for credential in (KEY, token):
            await keyring.identify(credential)
            started = time.perf_counter()
            for _ in range(2_000):
                await keyring.identify(credential)
            assert (time.perf_counter() - started) / 2_000 < 60e-6


def test_principals_see_what_is_theirs() -> None:
    anna, anna_key = Principal("user:a", "user", user_id="a"), Principal("key:k", "user", key_id="k", user_id="a")
    crm, own = Principal("key:c", "user", key_id="c", application="crm"), Principal("key:laptop", "user")
    assert anna.owner == anna_key.owner == "user:a"
    assert (crm.owner, own.owner) == ("application:crm", "key:laptop")
    assert [anna.sees(owner) for owner in ("user:a", "user:b", None)] == [True, False, False]
    assert not own.sees("user:a")
    boss = Principal("user:a", "admin", user_id="a")
    assert all(boss.sees(owner) for owner in ("user:a", "user:b", None))
