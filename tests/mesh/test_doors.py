"""Host and Origin, in every service: what a page of another site can make a browser send does nothing."""

import asyncio
import re
import socket
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from lang.config import Settings
from lang.main import build
from simulator.processes import BASE, Mesh

EVIL = "https://evil.example"
PAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


async def everything(http: httpx2.AsyncClient, url: str) -> list[tuple[str, str]]:
    """Every operation of a service, on made-up things."""
    paths = (await http.get(f"{url}/openapi.json")).json()["paths"]
    found = [(method.upper(), re.sub(r"{\w+}", "x", path)) for path, methods in paths.items() for method in methods]
    assert ("GET", "/health") in found
    return [*found, ("GET", "/docs"), ("GET", "/openapi.json"), ("OPTIONS", "/process"), ("GET", "/nothing")]


async def raw(url: str, *lines: str) -> bytes:
    """The answer to a request whose lines are sent as they are."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join([*lines, "connection: close", "", ""]).encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("service", BASE)
async def test_a_strange_host_is_served_nothing(mesh: Mesh, http: httpx2.AsyncClient, service: str) -> None:
    """What a name that was rebound to loopback would read or do."""
    for method, path in await everything(http, mesh.url(service)):
        reply = await http.request(method, mesh.url(service) + path, headers={"host": "evil.example"})
        assert code(reply) == (421, "unknown_host")
        assert reply.headers["x-request-id"]


@pytest.mark.parametrize("service", BASE)
async def test_a_page_of_another_site_is_served_nothing(mesh: Mesh, http: httpx2.AsyncClient, service: str) -> None:
    url = mesh.url(service)
    for method, path in await everything(http, url):
        for page in ({"origin": EVIL}, {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}):
            assert code(await http.request(method, url + path, headers=page)) == (403, "foreign_origin")
    for headers in ({"origin": EVIL}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"}, {**PAGE, "origin": EVIL}):
        assert code(await http.get(f"{url}/health", headers=headers)) == (403, "foreign_origin")
        assert code(await http.post(f"{url}/process", json={}, headers=headers)) == (403, "foreign_origin")
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {**PAGE, "sec-fetch-mode": "no-cors"},
        {**PAGE, "sec-fetch-dest": "iframe"},
    ):
        assert code(await http.get(f"{url}/health", headers=headers)) == (403, "foreign_origin")
    assert code(await http.post(f"{url}/process", json={}, headers=PAGE)) == (403, "foreign_origin")


@pytest.mark.parametrize("service", BASE)
async def test_our_own_pages_links_and_programs_are_served(mesh: Mesh, http: httpx2.AsyncClient, service: str) -> None:
    url = mesh.url(service)
    for headers in (
        {},
        {"origin": url},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        PAGE,
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ):
        assert (await http.get(f"{url}/health", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example.", "user@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1.evil.example",
     "localhost.evil.example", "a,b", "127.0.0.1 evil", "0.0.0.0", "10.1.2.3", "[::2]", "127.0.0.1:http", "localhost/x"],
)  # fmt: skip
async def test_hosts_that_are_none_of_ours(mesh: Mesh, host: str) -> None:
    answer = await raw(mesh.url("lang"), "GET /health HTTP/1.1", f"host: {host}")
    assert answer.split(b" ")[1] in (b"421", b"400"), answer
    assert b'"status"' not in answer


async def test_a_host_that_is_missing_or_doubled(mesh: Mesh) -> None:
    url = mesh.url("lang")
    own = url.removeprefix("http://")
    for lines in (["GET /health HTTP/1.1"], ["GET /health HTTP/1.0"], ["GET /health HTTP/1.1", f"host: {own}", "host: b"],
                  ["GET /health HTTP/1.1", "host: evil.example", f"host: {own}"]):  # fmt: skip
        answer = await raw(url, *lines)
        assert answer.split(b" ")[1] in (b"421", b"400"), answer


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8000", "localhost.:80"]
)
async def test_loopback_by_any_of_its_names(mesh: Mesh, host: str) -> None:
    assert (await raw(mesh.url("lang"), "GET /health HTTP/1.1", f"host: {host}")).startswith(b"HTTP/1.1 200")


async def test_names_that_are_given_to_us(
    http: httpx2.AsyncClient, serve_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compose name, PUBLIC_URL and ALLOWED_HOSTS; pages of the latter two are ours."""
    monkeypatch.setenv("MESH_PEER_HOST", "{name}")
    monkeypatch.setenv("ALLOWED_HOSTS", "voice.example.com, 10.0.0.9")
    monkeypatch.setenv("PUBLIC_URL", "https://calls.example.com/base")
    url = await serve_app(build(Settings()))
    for host in ("lang", "LANG:8002", "calls.example.com", "voice.example.com:8443", "10.0.0.9", "127.0.0.1:9"):
        assert (await http.get(f"{url}/health", headers={"host": host})).status_code == 200
    for host in ("stt", "example.com", "xvoice.example.com", "10.0.0.8"):
        assert code(await http.get(f"{url}/health", headers={"host": host})) == (421, "unknown_host")
    for origin in ("https://voice.example.com", "https://calls.example.com:444"):
        headers = {"origin": origin, "sec-fetch-site": "cross-site"}
        assert (await http.get(f"{url}/health", headers=headers)).status_code == 200
    proxied = {"host": "calls.example.com", "origin": "https://calls.example.com"}
    assert (await http.get(f"{url}/health", headers=proxied)).status_code == 200
    assert code(await http.get(f"{url}/health", headers={"origin": "http://lang"})) == (403, "foreign_origin")


async def test_the_address_that_a_probe_connects_to(http: httpx2.AsyncClient) -> None:
    """Kubernetes asks a pod by its address: it is the one to which the connection was made."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address = probe.getsockname()[0]
    server = uvicorn.Server(uvicorn.Config(build(Settings()), host=address, port=0, log_config=None, lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        assert (await http.get(f"http://{address}:{port}/health")).status_code == 200
        reply = await http.get(f"http://{address}:{port}/health", headers={"host": "198.51.100.7"})
        assert code(reply) == (421, "unknown_host")
    finally:
        server.should_exit = True
        await task


@pytest.mark.parametrize(("service", "path"), [("gateway", "/v1/realtime"), ("call_handler", "/browser/media"),
                                               ("call_handler", "/twilio/media")])  # fmt: skip
async def test_sockets(mesh: Mesh, service: str, path: str) -> None:
    url = mesh.url(service).replace("http", "ws") + f"{path}?session_id={uuid.uuid4().hex}"
    for status, headers in (
        (403, {"Origin": EVIL}),
        (403, {"Origin": "null"}),
        (403, {"Sec-Fetch-Site": "cross-site"}),
        (403, {"Origin": EVIL, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}),
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, proxy=None, additional_headers=headers):
                pass
        assert refused.value.response.status_code == status
        assert b'"foreign_origin"' in (refused.value.response.body or b"")
    answer = await raw(
        mesh.url(service), f"GET {path} HTTP/1.1", "host: evil.example", "upgrade: websocket",
        "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "connection: upgrade",
    )  # fmt: skip
    assert answer.startswith(b"HTTP/1.1 421")
    assert b'"unknown_host"' in answer
    async with connect(url, proxy=None, origin=mesh.url(service)):  # type: ignore[arg-type]
        pass
