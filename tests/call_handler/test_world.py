"""The world's port, and who may use our lines: every address, tried as a stranger."""

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from simulator.processes import Mesh, free_port
from simulator.webhooks import Twilio
from tests.call_handler.conftest import PUBLIC, TOKEN, Handler

Start = Callable[..., Any]
STREAM = PUBLIC.replace("http", "ws", 1) + "/twilio/media"
LINES = [
    ("POST", "/calls", {"to": "+14155550150"}),
    ("POST", "/sms", {"to": "+14155550150", "text": "hello"}),
    ("POST", "/process", {"audio_url": "https://x.example/a.mp3", "name": "Anna", "phone": "+14155550123"}),
    ("POST", "/audiosocket/calls", None),
    ("POST", f"/audiosocket/calls/{uuid.UUID(int=0)}/next", None),
    ("GET", "/browser", None),
]
"""What costs money, or lets people in."""
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


async def ask(http: httpx2.AsyncClient, url: str, line: tuple[str, str, Any], **headers: str) -> httpx2.Response:
    method, path, body = line
    return await http.request(method, url + path, headers=headers, **({"json": body} if body else {}))


async def test_the_worlds_port_has_twilios_addresses_and_nothing_else(handler: Handler) -> None:
    schema = (await handler.http.get(handler.url + "/openapi.json")).json()
    routes = [(method.upper(), path) for path, methods in schema["paths"].items() for method in methods]
    others = [(m, p) for m, p in routes if not p.startswith("/twilio/") and p != "/api/v1/voice"]
    assert ("POST", "/process") in others
    for method, path in [*others, ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/"), ("POST", "//twilio/voice"),
                         ("GET", "/twilio"), ("GET", "/twilio%2f../health"), ("POST", "/TWILIO/voice")]:  # fmt: skip
        for headers in ({}, {"authorization": "Bearer lines"}):
            reply = await handler.http.request(method, handler.world + path, headers=headers)
            assert code(reply) == (404, "not_found"), (method, path)
            assert reply.headers["x-request-id"] == reply.json()["error"]["request_id"]
    for path in ("/twilio/../process", "/twilio/..%2fhealth", "/twilio/%2e%2e/metrics", "/twilio/nothing"):
        reply = await handler.http.get(handler.world + path)
        assert code(reply) == (404, "not_found")
    for path in ("/browser/media", "/v1/realtime", "/"):
        with pytest.raises(InvalidStatus):
            async with connect(handler.world.replace("http", "ws") + path, proxy=None):
                pass


async def test_twilio_is_served_there_by_its_signature(handler: Handler) -> None:
    for path in ("/twilio/voice?language=en", "/api/v1/voice?language=en"):
        reply = await handler.signed(path, CallSid="CA" + uuid.uuid4().hex)
        assert reply.status_code == 200, reply.text
        assert "<Gather" in reply.text
        unsigned = await handler.http.post(handler.world + path, data={"CallSid": "CA1"})
        assert code(unsigned) == (403, "bad_signature")
        elsewhere = await handler.signed(path, public=PUBLIC + "/twilio", CallSid="CA1")
        assert code(elsewhere) == (403, "bad_signature")
    mine = RequestValidator(TOKEN).compute_signature(PUBLIC + "/twilio/voice", {"CallSid": "CA1"})
    other = await handler.http.post(
        handler.world + "/api/v1/voice", data={"CallSid": "CA1"}, headers={"X-Twilio-Signature": mine}
    )
    assert code(other) == (403, "bad_signature"), "a signature is of one address"


async def test_a_webhook_has_a_size_there(handler: Handler) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"&" * 1_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    for content in (b"&" * 70_000, pieces()):
        reply = await handler.http.post(handler.world + "/twilio/voice", content=content, headers=form)
        assert code(reply) == (413, "too_large")


async def test_a_call_without_a_usable_id_is_refused(handler: Handler) -> None:
    for sid in ("", "²", "CA1\n", "٣", "a" * 65, "../x"):
        reply = await handler.signed("/twilio/voice?language=en", CallSid=sid)
        assert code(reply) == (400, "no_call")


@pytest.mark.parametrize("odd", [{"customParameters": ["x"]}, {"customParameters": {"token": 1}}, {"mediaFormat": "x"}])
async def test_a_stream_that_makes_no_sense_is_closed(handler: Handler, odd: dict[str, Any]) -> None:
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(STREAM, {})}
    url = handler.world.replace("http", "ws") + "/twilio/media"
    async with connect(url, proxy=None, additional_headers=headers) as socket, asyncio.timeout(20):
        await socket.send(json.dumps({"event": "start", "start": {"callSid": "CA1", "streamSid": "MZ1", **odd}}))
        await socket.wait_closed()
        assert socket.close_code == 1008


async def test_a_stream_comes_in_there(handler: Handler) -> None:
    sid = "CA" + uuid.uuid4().hex
    reply = await handler.signed("/twilio/voice?mode=stream", CallSid=sid)
    token = reply.text.split('name="token" value="')[1].split('"')[0]
    assert 'url="wss://calls.example.com/twilio/media"' in reply.text
    signature = RequestValidator(TOKEN).compute_signature(STREAM, {})
    url = handler.world.replace("http", "ws") + "/twilio/media"
    with pytest.raises(InvalidStatus):
        async with connect(url, proxy=None):
            pass
    headers = {"X-Twilio-Signature": signature}
    async with connect(url, proxy=None, additional_headers=headers) as socket, asyncio.timeout(20):
        start = {"callSid": sid, "streamSid": "MZ1", "customParameters": {"token": token, "caller": "+14155550123"}}
        await socket.send(json.dumps({"event": "start", "start": start}))
        assert json.loads(await socket.recv())["event"] == "media"
        await socket.send(json.dumps({"event": "stop"}))
        with contextlib.suppress(ConnectionClosed):
            while True:  # until the call is over, and its session at gateway with it
                await socket.recv()


@pytest.mark.parametrize("settings", [{}, {"public_url": PUBLIC}])
async def test_without_a_token_nobody_is_served_there(handler_at: Start, settings: dict[str, str]) -> None:
    """A proxy in front of it forwards strangers from loopback; whoever tries us out uses our own port."""
    made = await handler_at(**settings)
    reply = await made.http.post(made.world + "/twilio/voice", data={"CallSid": "CA1"})
    assert code(reply) == (403, "loopback_only")
    assert "serves nobody before TWILIO_AUTH_TOKEN is set" in reply.json()["error"]["message"]
    with pytest.raises(InvalidStatus):
        async with connect(made.world.replace("http", "ws") + "/twilio/media", proxy=None):
            pass
    own = await made.http.post(made.url + "/twilio/voice", data={"CallSid": "CA1"})
    assert own.status_code == (403 if settings else 200)
    assert ("use port" in reply.json()["error"]["message"]) == (not settings), "what would serve is named"
    assert not settings or "TWILIO_AUTH_TOKEN is set" in own.json()["error"]["message"]


async def test_a_port_that_is_taken_is_said_and_the_rest_works(handler_at: Start) -> None:
    first = await handler_at()
    second = await handler_at(public_port=int(first.world.rsplit(":", 1)[1]))
    health = (await second.http.get(second.url + "/health")).json()
    assert health["status"] == "degraded"
    assert "cannot be had" in health["checks"]["public_port"]["detail"]
    assert (await first.http.get(first.url + "/health")).json()["checks"]["public_port"]["ok"]


@pytest.mark.parametrize("settings", [{"public_url": PUBLIC}, {"twilio_auth_token": TOKEN}])
async def test_our_lines_need_a_token_once_strangers_may_come(handler_at: Start, settings: dict[str, str]) -> None:
    closed, opened = await handler_at(**settings), await handler_at(calls_token="lines", **settings)
    for line in LINES:
        reply = await ask(closed.http, closed.url, line)
        assert code(reply) == (403, "calls_token_wanted"), line
        assert "CALLS_TOKEN" in reply.json()["error"]["message"]
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer"}, {"cookie": "lines=1"}):
            assert code(await ask(opened.http, opened.url, line, **headers)) == (401, "not_authorized"), line
        let = await ask(opened.http, opened.url, line, authorization="Bearer lines")
        assert let.status_code not in (401, 403), line
    for made in (closed, opened):
        with pytest.raises(InvalidStatus):
            async with connect(made.url.replace("http", "ws") + "/browser/media", proxy=None):
                pass


async def test_recordings_are_thrown_away_for_the_mesh_alone(handler_at: Start) -> None:
    made, body = await handler_at(calls_token="lines"), {"sessions": ["s-1"], "phone": "+14155550123"}
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Bearer lines"}, 200),
    ):
        reply = await made.http.post(f"{made.url}/recordings/drop", json=body, headers=headers)
        assert reply.status_code == status, headers


async def test_with_neither_they_are_this_machines(handler_at: Start) -> None:
    made = await handler_at()
    for line in LINES:
        assert (await ask(made.http, made.url, line)).status_code not in (401, 403)
        for header in ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"):
            assert code(await ask(made.http, made.url, line, **{header: "203.0.113.9"})) == (403, "loopback_only")


async def test_the_browsers_page_is_opened_by_the_token(handler: Handler) -> None:
    url = handler.url + "/browser"
    html = {"accept": "text/html,*/*"}
    asked = await handler.http.get(url, headers=html)
    assert asked.status_code == 401
    assert 'name="token"' in asked.text
    assert (await handler.http.post(url, data={"token": "wrong"})).status_code == 401
    foreign = await handler.http.post(url, data={"token": "lines"}, headers={"origin": "https://evil.example"})
    assert code(foreign) == (403, "foreign_origin")
    let = await handler.http.post(url, data={"token": "lines"})
    assert (let.status_code, let.headers["location"]) == (303, "/browser")
    crumbs = let.headers["set-cookie"]
    assert "HttpOnly" in crumbs
    assert "SameSite=strict" in crumbs
    assert "Path=/browser" in crumbs
    assert "lines." not in crumbs, "the token itself is not in it"
    cookie = crumbs.split(";")[0]
    handler.http.cookies.clear()
    page = await handler.http.get(url, headers={**html, "cookie": cookie})
    assert page.status_code == 200
    assert 'id="hangup"' in page.text
    async with connect(url.replace("http", "ws") + "/media", proxy=None, additional_headers={"Cookie": cookie}):
        pass
    later = f"{int(time.time()) + 9_999}.{cookie.split('.', 1)[1]}"
    for bad in (cookie + "0", f"lines={later}", "lines=9999999999.0", "lines=²²²²²²²²²².0", "lines=."):
        reply = await handler.http.get(url, headers={"accept": "*/*", "cookie": bad.encode()})
        assert code(reply) == (401, "not_authorized")
    assert code(
        await handler.http.post(handler.url + "/calls", json={"to": "+14155550150"}, headers={"cookie": cookie})
    ) == (
        401,
        "not_authorized",
    ), "the page's cookie places no calls"


@asynccontextmanager
async def nginx(folder: Path, *places: str) -> AsyncIterator[str]:
    """A real nginx with these lines in its server block; its address."""
    if NGINX is None:
        pytest.skip("apt-get install nginx")
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;\n"
        "events {}\nhttp { access_log off;\n"
        + "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
        + f"server {{ listen 127.0.0.1:{port};\n"
        + "\n".join(places)
        + "\n} }\n"
    )
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


async def test_a_plain_proxy_pass_opens_nothing(handler_at: Start, tmp_path: Path, http: httpx2.AsyncClient) -> None:
    """nginx says nothing of itself: Host is 127.0.0.1 and no header tells. To our own port, the wrong one, at that."""
    for settings in (
        {"public_url": PUBLIC},
        {"twilio_auth_token": TOKEN},
        {"twilio_auth_token": TOKEN, "calls_token": "l"},
    ):
        made = await handler_at(**settings)
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        async with nginx(folder, f"location / {{ proxy_pass {made.url}; }}") as proxy:
            for line in LINES:
                assert (await ask(http, proxy, line)).status_code in (401, 403), line
            for path in ("/twilio/voice", "/twilio/turn", "/twilio/status", "/twilio/next", "/api/v1/voice"):
                form = {"CallSid": "CA1", "CallStatus": "completed"}
                assert (await http.post(proxy + path, data=form)).status_code == 403


PLACE = """location / {{
    proxy_pass {world};
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_read_timeout 1h;
}}"""
"""What call_handler/README.md says that a proxy must do."""


def test_the_readme_has_these_lines() -> None:
    text = Path("call_handler/README.md").read_text(encoding="utf-8")
    for line in PLACE.format(world="http://127.0.0.1:8009").splitlines()[1:-1]:
        assert line.strip() in text


async def test_calls_come_in_through_nginx(handler: Handler, tmp_path: Path, http: httpx2.AsyncClient) -> None:
    async with nginx(tmp_path, PLACE.format(world=handler.world)) as proxy:
        through = Handler(handler.url, int(proxy.rsplit(":", 1)[1]), 0, http)
        for path in ("/health", "/process", "/calls", "/docs"):
            assert code(await http.post(proxy + path)) == (404, "not_found")
        reply = await through.signed("/twilio/voice?language=en", CallSid="CA" + uuid.uuid4().hex)
        assert reply.status_code == 200
        await test_a_stream_comes_in_there(through)


async def test_a_whole_call_through_the_worlds_port(handler_at: Start, mesh: Mesh) -> None:
    made = await handler_at(twilio_auth_token=TOKEN, twilio_mode="gather")
    lines = iter(["Hello, my name is Anna", "", "4155550123", "Yalta", "from 1 to 10 July", "yes"])
    twilio = Twilio(made.world, token=TOKEN)
    call = await twilio.call(lambda: next(lines, None))
    await twilio.aclose()
    assert call.hung_up_by == "us"
    leads = await made.http.get(mesh.url("lead_sender") + "/leads", params={"session_id": call.sid})
    assert leads.json()["leads"][0]["partial"] is False
