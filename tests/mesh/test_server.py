"""Connections that say nothing, say half, or do not read: each has an end, and others are served meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse

from mesh import middleware, server
from mesh.service import create_app
from mesh.settings import ServiceSettings
from simulator.processes import Mesh

HEAD = b"POST /echo HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
WAIT_S = 10


class Settings(ServiceSettings):
    service: ClassVar[str] = "lang"


def app() -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def probe() -> dict[str, Any]:
        return {}

    made = create_app(Settings(max_body_mb=4), "A test", lifespan=lifespan, probe=probe)
    made.state.ended = asyncio.Event()

    @made.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @made.get("/endless")
    async def endless() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    await asyncio.sleep(0)
                    yield bytes(1 << 16)
            finally:
                made.state.ended.set()

        return StreamingResponse(pieces())

    @made.websocket("/socket")
    async def socket(opened: WebSocket) -> None:
        await opened.accept()
        while (await opened.receive())["type"] != "websocket.disconnect":
            pass
        made.state.ended.set()

    return made


class Peer:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, url: str, limit: int = 1 << 16) -> "Peer":
        host, _, port = url.removeprefix("http://").partition(":")
        return cls(*await asyncio.open_connection(host, int(port), limit=limit))

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def rest(self) -> bytes:
        """All that comes until the connection ends."""
        try:
            return await asyncio.wait_for(self.reader.read(), WAIT_S)
        except ConnectionError:
            return b""
        finally:
            self.writer.close()


async def test_a_head_that_does_not_come_is_not_waited_for(
    serve_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    url = await serve_app(app())
    for said in (
        b"",
        b"GET /hea",
        b"GET /health HTTP/1.1\r\nhost: 127",
        b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nGET /he",
    ):
        peer = await Peer.open(url)
        peer.say(said)
        assert (b"200 OK" in await peer.rest()) == (b"\r\n\r\n" in said)


async def test_a_body_that_was_not_waited_for_is_no_head(serve_app: Callable[..., Any]) -> None:
    """What is answered early may come whole: a proxy sends the next one's request after it, on the same connection."""
    peer = await Peer.open(await serve_app(app()))
    peer.say(b"POST /nowhere HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200000\r\n\r\n")
    assert b"404" in await peer.reader.readuntil(b"}}")
    for _ in range(20):
        peer.say(b"a" * 10_000)
        await asyncio.sleep(0)
    peer.say(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    assert (await peer.rest()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("rest", [b"", b"a" * 100])
async def test_a_body_that_was_not_waited_for_has_an_end(
    serve_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    peer = await Peer.open(await serve_app(app()))
    peer.say(b"POST /nowhere HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200000\r\n\r\n" + rest)
    assert (await peer.rest()).startswith(b"HTTP/1.1 404")


UPGRADE = b"host: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"GET /socket?" + b"a" * 9_000 + b" HTTP/1.1\r\n",
        b"GET /socket HTTP/1.1\r\n" + b"x: 1\r\n" * 200,
        b"GET /socket HTTP/1.1\r\nx: " + b"a" * 9_000 + b"\r\n",
        b"GET /socket HTTP/1.1\r\ncontent-length: 5\r\n",
        b"GET /socket HTTP/1.1\r\ntransfer-encoding: chunked\r\n",
        b"POST /socket HTTP/1.1\r\n",
    ],
)
async def test_an_upgrade_that_cannot_be_read_is_answered(serve_app: Callable[..., Any], head: bytes) -> None:
    """Its connection would be nobody's: without a deadline, and in an honest one's place."""
    peer = await Peer.open(await serve_app(app()))
    peer.say(head + UPGRADE + b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    assert (await peer.rest()).startswith(b"HTTP/1.1 4")


async def test_a_head_has_a_size(serve_app: Callable[..., Any]) -> None:
    peer = await Peer.open(await serve_app(app()))
    peer.say(b"GET /health HTTP/1.1\r\n")
    refused = asyncio.create_task(peer.rest())
    for number in range(2_000):
        if refused.done():
            break
        peer.say(f"x-{number}: {'a' * 1_000}\r\n".encode())
        await asyncio.sleep(0)
    assert (await refused).startswith(b"HTTP/1.1 431") or number < 1_999


async def test_a_body_that_does_not_come_is_408(serve_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "BODY_S", 0.2)
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    peer = await Peer.open(await serve_app(app()))
    peer.say(HEAD + b'{"text')
    reply = await peer.rest()
    assert reply.startswith(b"HTTP/1.1 408")
    assert b'"code":"too_slow"' in reply


async def test_all_bodies_together_have_a_bound(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight half bodies of 3 MB each are on their way; small requests are served all the same."""
    monkeypatch.setattr(middleware, "MAX_HELD", 10 << 20)
    url = await serve_app(app())
    peers = [await Peer.open(url) for _ in range(8)]
    for peer in peers:
        peer.say(HEAD.replace(b"100", b"4000000") + bytes(3 << 20))
    answers = [asyncio.create_task(peer.reader.readuntil(b"}}")) for peer in peers]
    refused, half = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED, timeout=WAIT_S)
    assert all(b'"code":"busy"' in answer.result() for answer in refused)
    assert refused
    assert middleware._Exchange.held <= 11 << 20
    assert (await http.post(f"{url}/echo", content=b"hello")).json() == 5
    for answer in half:
        answer.cancel()
    for peer in peers:
        peer.writer.close()


async def test_the_silent_make_room_for_those_who_speak(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.Http, "_room", 20)
    url = await serve_app(app())
    silent = [await Peer.open(url) for _ in range(60)]
    for peer in silent:
        peer.say(b"POST /echo HTTP/1.1\r\nhost: ")
    assert (await http.get(f"{url}/health")).status_code == 200
    assert await silent[0].rest() == b""
    for peer in silent:
        peer.writer.close()


async def test_who_does_not_read_an_answer_is_cut_off(
    serve_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_S", 0.2)
    service = app()
    peer = await Peer.open(await serve_app(service))
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    peer.say(b"GET /endless HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    await asyncio.wait_for(service.state.ended.wait(), WAIT_S)
    peer.writer.close()


async def test_who_pings_and_does_not_read_is_cut_off(
    serve_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_S", 60.0)
    service = app()
    peer = await Peer.open(await serve_app(service))
    peer.say(
        b"GET /socket HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b"101" in await peer.reader.readuntil(b"\r\n\r\n")
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    pings = (b"\x89\xfd\0\0\0\0" + bytes(125)) * 2_000
    for _ in range(200):  # 50 MB
        if service.state.ended.is_set():
            break
        peer.say(pings)
        try:
            await asyncio.wait_for(peer.writer.drain(), 2)
        except (ConnectionError, TimeoutError):
            break
    await asyncio.wait_for(service.state.ended.wait(), WAIT_S)
    peer.writer.close()


async def test_a_thousand_requests_at_once_on_one_connection_are_too_many(serve_app: Callable[..., Any]) -> None:
    peer = await Peer.open(await serve_app(app()))
    peer.say(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" * 1_000)
    assert (await peer.rest()).count(b"200 OK") < 100


async def test_half_requests_do_not_take_all_of_a_services_files(http: httpx2.AsyncClient, tmp_path: Path) -> None:
    """256 files are what macOS gives a process: 239 half requests were all that call_handler could take."""
    mesh = Mesh(tmp_path)
    try:
        await asyncio.to_thread(mesh.start, "lang", files=256)
        url = mesh.url("lang")
        peers = [await Peer.open(url) for _ in range(400)]
        for peer in peers:
            peer.say(HEAD.replace(b"/echo", b"/process") + b'{"te')
        for _ in range(5):
            assert (await http.get(f"{url}/health")).status_code == 200
        assert len(list(Path(f"/proc/{mesh.running['lang'].pid}/fd").iterdir())) < 250
        for peer in peers:
            peer.writer.close()
    finally:
        mesh.stop()


async def test_a_head_and_its_body_come_together(serve_app: Callable[..., Any]) -> None:
    peer = await Peer.open(await serve_app(app()))
    for _ in range(20):
        peer.say(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello")
        reply = await asyncio.wait_for(peer.reader.read(1 << 16), WAIT_S)
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert reply.endswith(b"\r\n\r\n5"), "one system call, one packet"
    peer.say(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    await peer.rest()
