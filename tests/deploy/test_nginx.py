"""The world's door: a real nginx with the configuration that docker compose gives it, before real servers."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest
import websockets
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse

pytestmark = [
    pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx: apt-get install nginx"),
    pytest.mark.slow,
]
ENTRY = Path("deploy/nginx/entry.sh").resolve()
Serve = Callable[[FastAPI], Awaitable[str]]


class Door:
    """One nginx."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.config = folder / "nginx.conf"
        user = "user root; " if os.geteuid() == 0 else ""  # pytest's folders are their owner's alone
        self.config.write_text(
            f"{user}pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
            f"events {{}}\nhttp {{ client_body_temp_path {folder}/body; include {folder}/voiceblock.conf; }}\n"
        )
        self.env = dict(os.environ) | {
            "RUN": f"{folder}/run",
            "CONF": f"{folder}/voiceblock.conf",
            "TLS_DIR": f"{folder}/certs",
            "PORT": str(self.port),
            "WATCH_S": "0.2",
            "NGINX_OPTIONS": f"-c {self.config}",
            **settings,
        }
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE

    def start(self) -> None:
        """As the image's entrypoint does: the script, then nginx in its place."""
        command = f'"{ENTRY}" && exec nginx -c {self.config} -g "daemon off;"'
        with (self.folder / "out").open("wb") as out:
            self.process = subprocess.Popen(
                ["sh", "-c", command], env=self.env, start_new_session=True, stdout=out, stderr=out
            )

    async def ready(self) -> None:
        """It listens."""
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    assert self.process.poll() is None, (self.folder / "out").read_text()
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return

    def stop(self) -> None:
        """The watcher beside it, too."""
        os.killpg(self.process.pid, 15)
        self.process.wait(10)

    def client(self, scheme: str = "https", *, http2: bool = False) -> httpx2.AsyncClient:
        """What speaks to it."""
        url = f"{scheme}://localhost:{self.port}"
        return httpx2.AsyncClient(base_url=url, verify=self.tls, http2=http2, trust_env=False, timeout=20)


def replica(name: str) -> FastAPI:
    """Stands for a gateway, and tells what reached it."""
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, object]:
        return {"bytes": len(await request.body()), "headers": dict(request.headers), "replica": name}

    @app.get("/v1/sessions/{session}")
    async def session(session: str) -> str:
        return f"{name} {session}"

    @app.get("/twilio/x")
    async def twilio() -> str:
        return name

    @app.get("/ticks")
    async def ticks() -> StreamingResponse:
        async def events() -> AsyncIterator[bytes]:
            yield b"data: first\n\n"
            await app.state.go_on.wait()
            yield b"data: second\n\n"

        app.state.go_on = asyncio.Event()
        return StreamingResponse(events(), media_type="text/event-stream")

    @app.post("/upload")
    async def upload(request: Request) -> str:
        async for _ in request.stream():
            app.state.first.set()
        return "whole"

    @app.websocket("/v1/realtime")
    async def realtime(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(f"{name} heard {await socket.receive_text()}")

    app.state.first = asyncio.Event()
    return app


@pytest.fixture
async def door(tmp_path: Path, serve_app: Serve) -> AsyncIterator[Door]:
    peers = [(await serve_app(replica(name))).removeprefix("http://") for name in ("one", "two")]
    telephony = (await serve_app(replica("telephony"))).removeprefix("http://")
    door = Door(tmp_path, GATEWAY=" ".join(peers), TELEPHONY=telephony)
    door.start()
    try:
        await door.ready()
        yield door
    finally:
        door.stop()


async def test_https_and_http_share_a_port(door: Door) -> None:
    async with door.client() as client:
        secure = (await client.post("/echo", content=b"x" * 3_000_000)).json()
        assert secure["bytes"] == 3_000_000
        assert secure["headers"]["x-forwarded-proto"] == "https"
    async with door.client("http") as client:
        plain = (await client.post("/echo", content=b"x" * 3_000_000)).json()
        assert plain["bytes"] == 3_000_000
        assert plain["headers"]["x-forwarded-proto"] == "http"
        elsewhere = await client.post("/echo?a=1", headers={"host": "voice.example"})
        assert (elsewhere.status_code, elsewhere.headers["location"]) == (308, "https://voice.example/echo?a=1")


async def test_what_a_client_says_of_its_address_is_not_passed_on(door: Door) -> None:
    lies = {
        "x-forwarded-for": "6.6.6.6",
        "forwarded": "for=6.6.6.6",
        "x-forwarded-host": "evil",
        "x-real-ip": "6.6.6.6",
    }
    async with door.client() as client:
        headers = (await client.post("/echo", headers=lies)).json()["headers"]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "6.6.6.6" not in str(headers)
    assert "evil" not in str(headers)


async def test_http2(door: Door) -> None:
    ask = [
        "curl",
        "-sk",
        "-o",
        "/dev/null",
        "-w",
        "%{http_version}",
        "--http2",
        f"https://localhost:{door.port}/ticks0",
    ]
    process = await asyncio.create_subprocess_exec(*ask, stdout=subprocess.PIPE)
    assert (await process.communicate())[0] == b"2"


async def test_events_pass_as_they_come(tmp_path: Path, serve_app: Serve) -> None:
    app = replica("only")
    door = Door(tmp_path, GATEWAY=(await serve_app(app)).removeprefix("http://"))
    door.start()
    try:
        await door.ready()
        async with door.client() as client, client.stream("GET", "/ticks") as response:
            pieces = response.aiter_bytes()
            assert b"first" in await anext(pieces)  # the second is not even made
            app.state.go_on.set()
            assert b"second" in await anext(pieces)

        async def body() -> AsyncIterator[bytes]:
            yield b"beginning"
            await asyncio.wait_for(app.state.first.wait(), 10)  # it is there before the rest is sent
            yield b"end"

        async with door.client() as client:
            assert (await client.post("/upload", content=body())).json() == "whole"
    finally:
        door.stop()


async def test_websockets_with_and_without_tls(door: Door) -> None:
    for scheme, context in (("wss", door.tls), ("ws", None)):
        url = f"{scheme}://localhost:{door.port}/v1/realtime?session_id=a"
        async with websockets.connect(url, ssl=context) as client:
            await client.send("hello")
            assert str(await client.recv()).endswith("heard hello")


async def test_telephony_has_its_paths_and_no_more(door: Door) -> None:
    async with door.client() as client:
        assert (await client.get("/twilio/x")).json() == "telephony"
        assert (await client.get("/v1/sessions/a")).json().split()[0] in ("one", "two")


async def test_a_session_keeps_to_its_replica_and_all_are_used(door: Door) -> None:
    async with door.client() as client:
        where: dict[str, set[str]] = {}
        for number in range(60):
            name, session = (await client.get(f"/v1/sessions/s{number % 20}")).json().split()
            where.setdefault(session, set()).add(name)
    assert all(len(names) == 1 for names in where.values())
    assert {name for names in where.values() for name in names} == {"one", "two"}


async def test_a_lost_replica_is_left_out(tmp_path: Path, serve_app: Serve) -> None:
    alive = (await serve_app(replica("alive"))).removeprefix("http://")
    door = Door(tmp_path, GATEWAY=f"{alive} 127.0.0.1:1")
    door.start()
    try:
        await door.ready()
        async with door.client() as client:
            answers = [await client.get(f"/v1/sessions/s{number}") for number in range(40)]
    finally:
        door.stop()
    assert {answer.status_code for answer in answers} == {200}


async def test_no_replica_is_an_error_in_the_envelope(tmp_path: Path) -> None:
    door = Door(tmp_path, GATEWAY="127.0.0.1:1", MAX_BODY_MB="1")
    door.start()
    try:
        await door.ready()
        async with door.client() as client:
            down = await client.get("/v1/models")
            large = await client.post("/v1/x", content=b"x" * 2_000_000)
    finally:
        door.stop()
    assert (down.status_code, down.json()["error"]["code"], down.headers["retry-after"]) == (
        503,
        "gateway_unavailable",
        "2",
    )
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")


async def test_a_new_certificate_is_taken_and_half_of_one_is_not(door: Door) -> None:
    def served() -> bytes:
        return ssl.get_server_certificate(("127.0.0.1", door.port)).encode()

    def make(name: str) -> tuple[Path, Path]:
        key, cert = door.folder / f"{name}.key", door.folder / f"{name}.pem"
        options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}"]
        command = ["openssl", "req", "-x509", *options, "-keyout", str(key), "-out", str(cert)]
        subprocess.run(command, check=True, capture_output=True)
        return key, cert

    certs = door.folder / "certs"
    certs.mkdir()
    (key, cert), (_, later) = make("mine"), make("later")
    shutil.copy(key, certs / "privkey.pem")
    shutil.copy(cert, certs / "fullchain.pem")
    async with asyncio.timeout(20):
        while served().split() != cert.read_bytes().split():
            await asyncio.sleep(0.1)
    shutil.copy(later, certs / "fullchain.pem")  # its key is not there yet
    new = door.folder / "run" / "new.fullchain.pem"
    async with asyncio.timeout(20):
        while not (new.exists() and new.read_bytes() == later.read_bytes()):
            await asyncio.sleep(0.05)
    assert served().split() == cert.read_bytes().split()
    async with door.client() as client:
        assert (await client.get("/v1/sessions/a")).status_code == 200


async def test_a_challenge_of_the_authority_is_answered_without_tls(door: Door) -> None:
    challenge = door.folder / "run/acme/.well-known/acme-challenge/token-1"
    challenge.write_text("token-1.thumb")
    challenge.chmod(0o644)
    for scheme in ("http", "https"):
        async with door.client(scheme) as client:
            path, named = "/.well-known/acme-challenge/", {"host": "voice.example"}
            assert (await client.get(path + "token-1", headers=named)).text == "token-1.thumb"
            assert (await client.get(path + "..%2f..%2f..%2fprivkey.pem", headers=named)).status_code in (308, 400, 404)
