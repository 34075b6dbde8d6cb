"""What pages of other sites may do, what OPTIONS says, and where a browser is led: the whole gateway."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.config import Settings
from gateway.main import build

CHAT, EVIL = "https://chat.example", "https://evil.example"
KEY = "0123456789abcdef-of-the-house"
HOUSE = {"authorization": f"Bearer {KEY}"}
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
Start = Callable[..., Awaitable[str]]


@pytest.fixture
def gateway(serve_app: Any) -> Start:
    async def start(**changes: Any) -> str:
        locked = {"jwt_secret": SecretStr("s" * 32), "api_keys": SecretStr(f"house:{KEY}"), "cors_origins": [CHAT]}
        return str(await serve_app(build(Settings(**{**locked, "accounts_url": "http://127.0.0.1:9", **changes}))))

    return start


@pytest.mark.parametrize("allowed", [CHAT, f"{CHAT}/", "https://Chat.Example", "*"])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/process", "/auth/token", "/nothing/there"])
async def test_a_preflight_of_an_allowed_site_wants_no_credential(
    gateway: Start, http: httpx2.AsyncClient, allowed: str, path: str
) -> None:
    url = await gateway(cors_origins=[allowed])
    reply = await http.options(url + path, headers={"origin": CHAT, **ASKS})
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == ("*" if allowed == "*" else CHAT)
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert reply.headers["access-control-allow-headers"] == ASKS["access-control-request-headers"]
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("origins", [[CHAT], []])
@pytest.mark.parametrize("origin", [EVIL, "null", f"{CHAT}.evil.example", "http://chat.example", f"{CHAT}:444"])
async def test_other_sites_are_refused(
    gateway: Start, http: httpx2.AsyncClient, origins: list[str], origin: str
) -> None:
    url = await gateway(cors_origins=origins)
    asked = await http.options(f"{url}/process", headers={"origin": origin, **ASKS})
    sent = await http.post(f"{url}/process", json={"text": "hi"}, headers={"origin": origin, **HOUSE})
    assert (asked.status_code in (400, 403), sent.status_code) == (True, 403)
    for reply in (asked, sent):
        assert "access-control-allow-origin" not in reply.headers


def test_every_site_wants_a_secret() -> None:
    with pytest.raises(ValueError, match="JWT_SECRET"):
        build(Settings(cors_origins=["*"]))
    build(Settings(cors_origins=[CHAT]))


async def test_a_page_reads_replies_and_errors(gateway: Start, http: httpx2.AsyncClient) -> None:
    """401 without a credential, 429 of an address and of a key, 413 of the edge."""
    url = await gateway(rate_per_key="2/minute", rate_per_address="2/minute", max_body_mb=0.001)
    page = {"origin": CHAT}
    seen = []
    for headers, size in ((HOUSE, 0), (HOUSE, 2_000), ({}, 0), (HOUSE, 0), (HOUSE, 0), ({}, 0), ({}, 0)):
        body = {"model": "m" * size, "messages": []}
        reply = await http.post(f"{url}/v1/embeddings", json=body, headers={**page, **headers})
        seen.append(reply.status_code)
        assert reply.headers["access-control-allow-origin"] == CHAT, reply.status_code
        assert reply.headers["vary"] == "Origin"
        shown = reply.headers["access-control-expose-headers"]
        assert {"x-request-id", "retry-after", "ratelimit"} <= {name.strip() for name in shown.split(",")}
        assert reply.status_code != 429 or int(reply.headers["retry-after"]) >= 1
        assert "error" in reply.json()
    assert seen == [400, 413, 401, 400, 429, 401, 429]


async def test_a_socket_of_a_page(gateway: Start) -> None:
    url = (await gateway()).replace("http", "ws") + "/v1/realtime"
    offered: Any = ["realtime", f"openai-insecure-api-key.{KEY}"]
    for origin, status in ((EVIL, 403), (CHAT, 101)):
        try:
            async with connect(url, origin=origin, subprotocols=offered) as socket:  # type: ignore[arg-type]
                assert socket.response is not None
                got = socket.response.status_code
        except InvalidStatus as refused:
            got = refused.response.status_code
        assert got == status
    with pytest.raises(InvalidStatus) as refused_too:
        async with connect(url, origin=CHAT):  # type: ignore[arg-type]
            pass
    assert refused_too.value.response.status_code == 401, "an allowed site is not a credential"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/process", "POST"),
        ("/v1/chat/completions", "POST"),
        ("/v1/audio/speech", "POST"),
        ("/v1/audio/" + "0" * 64, "GET"),
        ("/v1/responses/resp_1", "GET, DELETE"),
        ("/users/me", "GET, PATCH, DELETE"),
        ("/v1/models/org/big", "GET"),
        ("/health", "GET"),
        ("/static-offline-docs/swagger-ui.css", "GET, HEAD"),
    ],
)
async def test_options_says_what_may_be_done(gateway: Start, http: httpx2.AsyncClient, path: str, allowed: str) -> None:
    url = await gateway()
    reply = await http.options(url + path, headers=HOUSE)
    assert (reply.status_code, reply.headers.get("allow"), reply.content) == (204, allowed, b"")
    wrong = await http.put(url + path, headers=HOUSE)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, allowed)


async def test_options_of_nothing(gateway: Start, http: httpx2.AsyncClient) -> None:
    url = await gateway()
    assert (await http.options(f"{url}/v1/sessions/nothing/there", headers=HOUSE)).status_code == 404
    assert (await http.options(f"{url}/process")).status_code == 401


async def test_a_browser_is_led_to_the_docs(gateway: Start, http: httpx2.AsyncClient) -> None:
    url = await gateway()
    page = await http.get(f"{url}/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.status_code, page.headers["location"], page.headers["vary"].split(", ")[0]) == (307, "/docs", "accept")
    for accept in ("*/*", "application/json"):
        assert (await http.get(f"{url}/", headers={"accept": accept})).json()["service"] == "gateway"


async def test_without_a_secret_this_machine_is_not_counted(gateway: Start, http: httpx2.AsyncClient) -> None:
    url = await gateway(jwt_secret=SecretStr(""), api_keys=SecretStr(""), rate_per_address="1/minute")
    assert [(await http.get(f"{url}/docs")).status_code for _ in range(3)] == [200] * 3
