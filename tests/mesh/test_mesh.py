"""The library: client, fetch, service, logs, engines."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import Field

from mesh import fetch as fetching
from mesh import logs, tracing
from mesh.client import Client
from mesh.engines import Engines, Spec
from mesh.errors import ApiError, BadInput, Busy, EngineError, PeerDown, PeerInvalid, PeerRefused, PeerTimeout
from mesh.fetch import fetch
from mesh.service import create_app, serve
from mesh.settings import ServiceSettings
from mesh.wire.common import Check
from mesh.wire.model import Model
from mesh.wire.route import Route


class Ask(Model):
    text: str = Field(min_length=1)


class Told(Model):
    text: str
    headers: dict[str, str] = Field(default_factory=dict)


ECHO = Route("POST", "/echo", Ask, Told, deadline_s=1.0, idempotent=True)
ONCE = Route("POST", "/once", Ask, Told, deadline_s=1.0)


class Settings(ServiceSettings):
    service: ClassVar[str] = "lang"  # any service that has a VERSION.txt


def make(**settings: Any) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        yield

    async def probe() -> dict[str, Check]:
        return {"engine": Check(ok=app.state.ok, detail="x")}

    app = create_app(Settings(**settings), "A test", lifespan=lifespan, probe=probe)
    app.state.ok = True
    app.state.busy = 0
    app.state.seen = []

    @serve(app, ECHO)
    async def echo(ask: Ask) -> Told:
        app.state.seen.append(ask.text)
        if ask.text == "crash":
            raise RuntimeError("a secret detail")
        if ask.text == "crash with a number":
            raise RuntimeError("nobody has +1 415 555 0123")
        if ask.text == "refuse":
            raise BadInput("no_way", "Not like this.")
        if ask.text == "slow":
            await asyncio.sleep(1)
        if ask.text == "busy" and app.state.busy:
            app.state.busy -= 1
            raise Busy("later", 3)
        return Told(text=ask.text, headers=tracing.current().headers())

    @serve(app, ONCE)
    async def once(ask: Ask) -> Told:
        app.state.seen.append(ask.text)
        raise Busy("never")

    return app


@pytest.fixture
async def app() -> FastAPI:
    return make()


@pytest.fixture
async def url(app: FastAPI, serve_app: Callable[..., Any]) -> Any:
    return await serve_app(app)


async def test_a_call_and_its_trace(url: str) -> None:
    client = Client("echo", url, caller="test")
    outer = tracing.begin("req-1", "00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    told = await client.call(ECHO, Ask(text="hi"))
    assert told.text == "hi"
    assert told.headers["x-request-id"] == "req-1"
    trace, span = told.headers["traceparent"].split("-")[1:3]
    assert trace == "a" * 32
    assert span not in (outer.span_id, "b" * 16)
    await client.aclose()


@pytest.mark.parametrize("bad", [None, "", "00-zz", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", "x" * 500])
def test_a_broken_traceparent_begins_a_new_trace(bad: str | None) -> None:
    trace = tracing.begin("not a valid id!", bad)
    assert len(trace.trace_id) == 32
    assert trace.trace_id != "0" * 32
    assert trace.request_id != "not a valid id!"


async def test_the_errors_of_a_peer_are_typed(url: str) -> None:
    client = Client("echo", url, caller="test")
    with pytest.raises(PeerRefused) as refused:
        await client.call(ECHO, Ask(text="refuse"))
    assert (refused.value.status, refused.value.code, refused.value.message) == (422, "no_way", "Not like this.")
    with pytest.raises(PeerDown) as broken:
        await client.call(ECHO, Ask(text="crash"))
    assert "secret" not in broken.value.message
    with pytest.raises(PeerTimeout):
        await client.call(ECHO, Ask(text="slow"), deadline_s=0.2)
    await client.aclose()
    nobody = Client("nobody", "http://127.0.0.1:9", caller="test")
    with pytest.raises(PeerDown, match="nobody is unavailable"):
        await nobody.call(ECHO, Ask(text="hi"))
    lies = httpx2.MockTransport(lambda _: httpx2.Response(200, content=b'{"wrong": 1}'))
    liar = Client("liar", "http://liar", caller="test", transport=lies)
    with pytest.raises(PeerInvalid, match="liar gave an answer that makes no sense"):
        await liar.call(ECHO, Ask(text="hi"))


async def test_only_idempotent_calls_are_tried_again(app: FastAPI, url: str) -> None:
    client = Client("echo", url, caller="test")
    app.state.busy = 2
    assert (await client.call(ECHO, Ask(text="busy"))).text == "busy"
    assert app.state.seen == ["busy"] * 3
    with pytest.raises(PeerDown):
        await client.call(ONCE, Ask(text="one"))
    assert app.state.seen.count("one") == 1
    await client.aclose()


async def test_the_envelope(url: str, http: httpx2.AsyncClient) -> None:
    cases = [
        ("POST", "/echo", b"{", 400, "malformed_json"),
        ("POST", "/echo", b"", 422, "invalid_request"),
        ("POST", "/echo", b'{"text": 5}', 422, "invalid_request"),
        ("POST", "/echo", b'{"text": "crash"}', 500, "internal"),
        ("GET", "/echo", None, 405, "method_not_allowed"),
        ("GET", "/nothing", None, 404, "not_found"),
        ("POST", "/echo", b" " * 3_000_000, 413, "too_large"),
    ]
    for method, path, body, status, code in cases:
        reply = await http.request(
            method, url + path, content=body, headers={"content-type": "application/json", "x-request-id": "r-7"}
        )
        error = reply.json()["error"]
        assert (reply.status_code, error["code"], error["request_id"]) == (status, code, "r-7"), path
        assert reply.headers["x-request-id"] == "r-7"
        assert "secret" not in reply.text


async def test_a_body_without_a_length_is_limited_too(url: str, http: httpx2.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 100_000

    reply = await http.post(f"{url}/echo", content=endless(), headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")


async def test_metrics_and_health(app: FastAPI, url: str, http: httpx2.AsyncClient) -> None:
    await http.post(f"{url}/echo", json={"text": "hi"})
    await http.get(f"{url}/no/such/path")
    text = (await http.get(f"{url}/metrics")).text
    assert 'mesh_requests_total{method="POST",route="/echo",service="lang",status="200"}' in text
    assert 'route="unmatched"' in text
    assert "/no/such/path" not in text
    assert 'mesh_errors_total{code="not_found",service="lang"}' in text
    assert (await http.get(f"{url}/health")).json()["status"] == "ok"
    app.state.ok = False
    assert (await http.get(f"{url}/health")).json()["status"] == "degraded"


async def test_metrics_have_a_second_name_each(url: str, http: httpx2.AsyncClient) -> None:
    await http.post(f"{url}/echo", json={"text": "hi"})
    await http.get(f"{url}/no/such/path")
    lines = (await http.get(f"{url}/metrics")).text.splitlines()
    for ours, other in (
        ("mesh_requests_total", "app_requests_total"),
        ("mesh_request_seconds", "app_request_latency_seconds"),
        ("mesh_errors_total", "app_errors_total"),
    ):
        shown = [line for line in lines if line.startswith(ours) and "created" not in line]
        assert shown
        assert [line for line in lines if line.startswith(other) and "created" not in line] == [
            line.replace(ours, other, 1) for line in shown
        ]


async def test_home_says_what_this_is(url: str, http: httpx2.AsyncClient) -> None:
    shown = (await http.get(url)).json()
    assert (shown["service"], shown["docs"]) == ("lang", "/docs")
    assert re.fullmatch(r"\d+\.\d+\.\d+", shown["version"])
    for name in ("docs", "openapi", "health", "metrics"):
        assert (await http.get(url + shown[name])).status_code == 200
    page = await http.get(url, headers={"accept": "text/html,application/xhtml+xml"})
    assert (page.status_code, page.headers["location"]) == (307, "/docs")


async def test_docs_need_no_internet(url: str, http: httpx2.AsyncClient) -> None:
    page = (await http.get(f"{url}/docs")).text
    parts = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(parts) >= 3
    for part in parts:
        assert part.startswith("/"), "nothing is loaded from elsewhere"
        assert len((await http.get(url + part)).content) > 1000
    assert "openapi.json" in page


def test_a_handler_that_breaks_its_route_stops_the_start() -> None:
    app = FastAPI()
    with pytest.raises(TypeError):

        @serve(app, ECHO)
        async def wrong(ask: Ask) -> Ask:
            return ask


async def test_dev_mode_logs_what_went_in_and_out_masked(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    url = await serve_app(make(is_dev=True))
    capfd.readouterr()
    await http.post(f"{url}/echo", json={"text": "call +1 415 555 0123", "api_key": "sk-verysecret123"})
    served = [json.loads(line) for line in capfd.readouterr().err.splitlines() if '"served"' in line]
    assert served[0]["came_in"] == {"text": "call ***23", "api_key": "***"}
    assert served[0]["went_out"]["text"] == "call ***23"
    assert served[0]["ms"] >= 0
    await http.post(f"{url}/echo", data={"From": "+14155550123", "To": "+1 (800) 555-0199"})
    line = next(line for line in capfd.readouterr().err.splitlines() if '"served"' in line)
    assert json.loads(line)["came_in"] == "From=***23&To=***99"


async def test_a_traceback_is_masked_too(url: str, http: httpx2.AsyncClient, capfd: pytest.CaptureFixture[str]) -> None:
    await http.post(f"{url}/echo", json={"text": "crash with a number"})
    line = next(line for line in capfd.readouterr().err.splitlines() if '"crashed"' in line)
    assert "nobody has ***23" in json.loads(line)["exception"]
    assert "555 0123" not in line


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my number is +7 (903) 123-45-67.", "my number is ***67."),
        ("from 2027-07-01 on", "from 2027-07-01 on"),
        ("key sk-abcdef123456", "key sk-***"),
        ("Bearer abcdef.ghi", "Bearer-***"),
        ("room 12, floor 3", "room 12, floor 3"),
    ],
)
def test_masking(text: str, masked: str) -> None:
    assert logs.mask(text) == masked


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:{port}/", "forbidden_url"),
        ("http://localhost:{port}/", "forbidden_url"),
        ("http://[::1]:{port}/", "forbidden_url"),
        ("http://[::ffff:127.0.0.1]:{port}/", "forbidden_url"),
        ("http://0.0.0.0:{port}/", "forbidden_url"),
        ("http://10.0.0.1/", "forbidden_url"),
        ("http://192.168.1.1/x", "forbidden_url"),
        ("http://172.16.0.1/x", "forbidden_url"),
        ("http://169.254.169.254/latest/meta-data/", "forbidden_url"),
        ("http://2130706433/", "forbidden_url"),
        ("http://0x7f.1/", "forbidden_url"),
        ("http://224.0.0.1/", "forbidden_url"),
        ("file:///etc/passwd", "bad_url"),
        ("gopher://example.com/", "bad_url"),
        ("http://", "bad_url"),
        ("not a url", "bad_url"),
        ("http://no-such-host.invalid/", "fetch_failed"),
    ],
)
async def test_fetch_refuses_what_is_not_public(url: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        await fetch(url.format(port=8000), max_bytes=1000, deadline_s=2)
    assert refused.value.code == code


async def test_fetch_limits_and_redirects(serve_app: Callable[..., Any]) -> None:
    from fastapi.responses import RedirectResponse, Response

    site = FastAPI()
    site.get("/small")(lambda: Response(b"abc"))
    site.get("/large")(lambda: Response(b"x" * 5000))
    site.get("/inside")(lambda: RedirectResponse("http://127.0.0.1:1/private"))
    site.get("/loop")(lambda: RedirectResponse("/loop"))
    base = await serve_app(site)
    host = base.removeprefix("http://")

    async def get(path: str) -> bytes:
        return await fetch(base + path, max_bytes=1000, deadline_s=2, allowed_hosts=[host])

    assert await get("/small") == b"abc"
    for path, code in (
        ("/large", "too_large"),
        ("/inside", "forbidden_url"),
        ("/loop", "fetch_failed"),
        ("/none", "fetch_failed"),
    ):
        with pytest.raises(BadInput) as refused:
            await get(path)
        assert refused.value.code == code, path


async def test_fetch_connects_to_the_address_that_it_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to a public address first and to ours afterwards gains nothing."""
    asked: list[str] = []

    async def resolve(target: httpx2.URL) -> str:
        asked.append(target.host)
        return "203.0.113.1"

    monkeypatch.setattr(fetching, "_public_address", resolve)
    with pytest.raises(BadInput) as failed:
        await fetch("http://rebind.test/", max_bytes=10, deadline_s=0.3)
    assert (asked, failed.value.code) == (["rebind.test"], "fetch_failed")


class Engine:
    def __init__(self, result: object) -> None:
        self.result, self.uses = result, 0

    async def use(self) -> object:
        self.uses += 1
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def aclose(self) -> None:
        pass


async def test_the_chain_of_engines() -> None:
    broken, fine = Engine(EngineError("broken")), Engine(42)
    specs = {
        "absent": Spec(lambda: "not installed", lambda: fine),
        "unloadable": Spec(lambda: "", lambda: 1 / 0),
        "broken": Spec(lambda: "", lambda: broken),
        "fine": Spec(lambda: "", lambda: fine),
    }
    engines: Engines[Any] = Engines("test", specs, wanted="auto", auto=["absent", "unloadable", "broken", "fine"])
    assert engines.chain() == ["unloadable", "broken", "fine"]
    assert await engines.run(lambda engine: engine.use()) == ("fine", 42)
    assert await engines.run(lambda engine: engine.use()) == ("fine", 42)
    assert broken.uses == 1
    check = engines.check()
    assert not check.ok
    assert re.match(
        r"fine; failing: unloadable \(EngineError: unloadable did not load: ZeroDivisionError \(division by zero\), "
        r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\), broken \(EngineError: broken, since ",
        check.detail,
    )
    assert "absent: not installed" in check.detail
    assert "; then" not in check.detail, "the others fail"


async def test_an_engine_that_crashes_is_followed_by_the_next() -> None:
    wild, other = Engine(KeyError("oops")), Engine(1)
    specs = {"a": Spec(lambda: "", lambda: wild), "b": Spec(lambda: "", lambda: other)}
    engines: Engines[Any] = Engines("test", specs, wanted="a,b", auto=[])
    assert await engines.run(lambda engine: engine.use()) == ("b", 1)
    wild.result = KeyError("oops")
    only: Engines[Any] = Engines("test", {"a": specs["a"]}, wanted="a", auto=[])
    with pytest.raises(EngineError, match="a broke"):
        await only.run(lambda engine: engine.use())


async def test_bad_input_is_not_an_engines_failure() -> None:
    wrong, other = Engine(BadInput("no", "no")), Engine(1)
    specs = {"a": Spec(lambda: "", lambda: wrong), "b": Spec(lambda: "", lambda: other)}
    engines: Engines[Any] = Engines("test", specs, wanted="a,b", auto=[])
    with pytest.raises(BadInput):
        await engines.run(lambda engine: engine.use())
    assert (other.uses, engines.check().ok) == (0, True)


def test_settings_come_from_the_environment_then_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Mine(ServiceSettings):
        service: ClassVar[str] = "stt"

    assert Mine().max_body_mb == 30  # config.yaml's section of the service
    monkeypatch.setenv("MAX_BODY_MB", "7")
    assert Mine().max_body_mb == 7
    monkeypatch.setenv("MAX_BODY_MB", "")
    assert Mine().max_body_mb == 30, "an empty variable, as compose passes it, is none"


def test_api_errors_carry_retry_after() -> None:
    assert ApiError(503, "x", "y", retry_after_s=4).headers == {"Retry-After": "4"}
