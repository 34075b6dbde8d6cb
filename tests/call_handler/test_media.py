"""The media stream's parts: playout by a clock of the test's own, order of frames, tokens, and what a stranger gets."""

import asyncio
import contextlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from call_handler.playout import FRAME, Playout
from call_handler.providers.twilio.media_stream import Frames, Tokens
from simulator.processes import Mesh


class Line:
    marks, lead_ms = True, 220

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send_audio(self, frame: bytes) -> None:
        self.sent.append("audio")

    async def send_mark(self, name: str) -> None:
        self.sent.append(name)

    async def send_clear(self) -> None:
        self.sent.append("clear")


class Played:
    """A playout whose clock is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.line = Line()
        self.reports: list[tuple[float, bool]] = []
        self.playout = Playout(
            self.line, lambda _item, ms, done: self.reports.append((ms, done)), lambda *_: None, lambda: self.now
        )

    async def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            if self.playout._due():
                await self.playout._send()
            self.playout._count_late()
            self.now += 0.02


async def test_playout_is_paced_marked_and_its_marks_are_the_truth() -> None:
    played = Played()
    played.playout.begin("a")
    played.playout.add(b"x" * FRAME * 50)
    played.playout.end()
    await played.run(0.02)
    assert played.line.sent.count("audio") == 11  # 220 ms ahead, no more
    await played.run(1.0)
    assert played.line.sent.count("audio") == 50
    assert played.line.sent[-1] == "a:1"
    assert not any(done for _, done in played.reports)
    played.playout.marked("a:1")
    assert played.reports[-1] == (1000.0, True)


async def test_a_pause_takes_back_what_was_not_heard_and_void_marks_do_not_count() -> None:
    played = Played()
    played.playout.begin("a")
    played.playout.add(b"x" * FRAME * 10)
    played.playout.clause()
    played.playout.add(b"y" * FRAME * 40)
    played.playout.end()
    await played.run(0.1)
    assert "a:1" in played.line.sent
    await played.playout.pause()
    assert played.line.sent[-1] == "clear"
    heard_ms = played.reports[-1][0]
    assert 80 <= heard_ms <= 120
    played.playout.marked("a:1")  # Twilio sends it back after the clear
    assert played.reports[-1][0] == heard_ms
    before = played.line.sent.count("audio")
    await played.run(1.0)
    assert played.line.sent.count("audio") == before
    played.playout.resume()
    await played.run(2.0)
    assert played.line.sent.count("audio") - before == 50 - heard_ms // 20
    assert played.line.sent.count("clear") == 1


async def test_a_mark_that_is_lost_counts_by_the_clock() -> None:
    played = Played()
    played.playout.begin("a")
    played.playout.add(b"x" * FRAME * 10)
    played.playout.end()
    await played.run(3.0)
    assert played.reports[-1] == (200.0, True)


def test_frames_are_put_in_order_and_lost_ones_become_silence() -> None:
    frames = Frames()
    assert frames.add(1, b"1") == [b"1"]
    assert frames.add(3, b"3") == []
    assert frames.add(2, b"2") == [b"2", b"3"]
    assert frames.add(2, b"2") == []
    assert [frames.add(n, b"%d" % n) for n in (5, 6, 7)] == [[], [], []]
    assert frames.add(8, b"8") == [b"\xff" * FRAME, b"5", b"6", b"7", b"8"]
    assert (frames.lost, frames.late) == (1, 1)


def test_a_token_is_of_one_call_and_good_once() -> None:
    tokens = Tokens("secret")
    token = tokens.issue("CA1")
    assert not tokens.redeem("CA2", token)
    assert tokens.redeem("CA1", token)
    assert not tokens.redeem("CA1", token)
    assert not tokens.redeem("CA1", "x.y.z")
    assert not Tokens("other").redeem("CA1", tokens.issue("CA1"))


@pytest.mark.parametrize(
    "first",
    ["not json", "[]", '{"event":"start"}', '{"event":"start","start":{"callSid":"CA1","streamSid":"MZ1"}}'],
)
async def test_a_stream_without_a_token_is_closed(mesh: Mesh, first: str) -> None:
    url = mesh.url("call_handler").replace("http", "ws") + "/twilio/media"
    async with connect(url, proxy=None) as socket:
        for _ in range(6):
            with contextlib.suppress(ConnectionClosed):
                await socket.send(first)
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(5):
                await socket.recv()
        assert socket.close_code == 1008


async def test_a_stream_from_another_machine_is_refused(mesh: Mesh) -> None:
    url = mesh.url("call_handler").replace("http", "ws") + "/twilio/media"
    with pytest.raises(InvalidStatus):
        async with connect(url, proxy=None, additional_headers={"X-Forwarded-For": "203.0.113.9"}):
            pass


async def test_a_page_of_another_site_gets_no_session(mesh: Mesh) -> None:
    url = mesh.url("gateway").replace("http", "ws") + "/v1/realtime"
    with pytest.raises(InvalidStatus):
        async with connect(url, proxy=None, origin="https://evil.example"):  # type: ignore[arg-type]
            pass
