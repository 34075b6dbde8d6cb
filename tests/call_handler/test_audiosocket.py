"""AudioSocket as a stranger meets it: only a call that was announced is served, once, and nobody waits in its door."""

import asyncio
import struct
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from call_handler.providers import audiosocket
from tests.call_handler.conftest import Handler

BYE = b"\0\0\0"


def hello(key: str) -> bytes:
    return struct.pack(">BH", 1, 16) + uuid.UUID(key).bytes


async def said(handler: Handler, first: bytes, seconds: float = 10) -> bytes:
    """All that is answered until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", handler.lines)
    try:
        writer.write(first)
        async with asyncio.timeout(seconds):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def calls(handler: Handler) -> str:
    health = (await handler.http.get(handler.url + "/health")).json()
    return str(health["checks"]["calls"]["detail"])


@pytest.fixture
async def handler(handler_at: Callable[..., Any]) -> Handler:
    made: Handler = await handler_at(max_calls=5)
    return made


async def test_a_call_that_nobody_announced_is_closed_at_once(handler: Handler) -> None:
    for key in (str(uuid.uuid4()), str(uuid.UUID(int=0))):
        assert await said(handler, hello(key)) == BYE
    assert (await calls(handler)).startswith("0 of")


async def test_an_announced_call_is_served_once(handler: Handler) -> None:
    key = (await handler.http.post(handler.url + "/audiosocket/calls", data={"caller": "+14155550123"})).text
    reader, writer = await asyncio.open_connection("127.0.0.1", handler.lines)
    writer.write(hello(key))
    async with asyncio.timeout(20):
        assert (await reader.readexactly(3))[0] == 0x10, "we greet"
    assert await said(handler, hello(key)) == BYE
    assert (await calls(handler)).startswith("1 of")
    writer.close()


async def test_an_announcement_is_good_for_a_time(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiosocket, "ANNOUNCED_S", -1.0)
    key = (await handler.http.post(handler.url + "/audiosocket/calls", data={})).text
    assert await said(handler, hello(key)) == BYE


@pytest.mark.parametrize(
    "first",
    [b"GET / HTTP/1.1\r\n\r\n" + bytes(20_000), b"\x01\x00\x02ab", b"\x10\x00\x04abcd", b"\x01\xff\xff", b"\xff\0\0",
     b"\0\0\0", b"\x01\x00\x11" + bytes(17)],
)  # fmt: skip
async def test_what_is_no_call_is_closed_without_being_read(handler: Handler, first: bytes) -> None:
    assert await said(handler, first) in (b"", BYE)


async def test_who_says_nothing_is_let_go(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiosocket, "FIRST_S", 0.2)
    for first in (b"", b"\x01", hello(str(uuid.uuid4()))[:10]):
        assert await said(handler, first) == b""


async def test_who_falls_silent_in_a_call_is_let_go(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiosocket, "IDLE_S", 0.5)
    key = (await handler.http.post(handler.url + "/audiosocket/calls", data={})).text
    await said(handler, hello(key), 30)
    assert (await calls(handler)).startswith("0 of")


async def test_a_crowd_at_the_door_keeps_nobody_out(handler: Handler) -> None:
    """The oldest of those who say nothing give way; a call that was announced comes through."""
    crowd = [await asyncio.open_connection("127.0.0.1", handler.lines) for _ in range(90)]
    key = (await handler.http.post(handler.url + "/audiosocket/calls", data={})).text
    reader, writer = await asyncio.open_connection("127.0.0.1", handler.lines)
    writer.write(hello(key))
    async with asyncio.timeout(20):
        assert (await reader.readexactly(3))[0] == 0x10
        gone = await asyncio.gather(*[one.read() for one, _ in crowd[: 90 - audiosocket.MAX_STRANGERS]])
    assert set(gone) == {b""}
    for _, one in [*crowd, (reader, writer)]:
        one.close()


@pytest.mark.parametrize("kind", audiosocket.RATES)
def test_every_rate_of_asterisk_is_the_same_sound(kind: int) -> None:
    """A tone of 400 Hz there and back: as long as it was, and as loud, whatever pieces it came in."""
    rate, codec, played = audiosocket.RATES[kind], audiosocket.Codec(), b""
    tone = (8_000 * np.sin(2 * np.pi * 400 * np.arange(rate) / rate)).astype("<i2").tobytes()
    for at in range(0, len(tone), rate // 25 & ~1):
        told = codec.encode(codec.decode(kind, tone[at : at + (rate // 25 & ~1)]))
        assert told[0] == kind
        assert int.from_bytes(told[1:3]) == len(told) - 3
        played += told[3:]
    heard = np.frombuffer(played, "<i2").astype(float)
    assert abs(len(heard) - rate) < rate / 100
    assert 0.9 < np.sqrt(np.mean(heard**2)) / (8_000 / np.sqrt(2)) < 1.1
