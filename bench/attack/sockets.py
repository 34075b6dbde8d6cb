"""Sockets: after every message that makes no sense the next one must still be answered."""

import asyncio
import base64
import json
import random
import struct
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bench.attack import values
from bench.attack.target import HANG_S, Findings, Watch, request

AUDIO = base64.b64encode(b"\0" * 960).decode()
REALTIME: tuple[dict[str, Any], ...] = (
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "instructions": "x",
            "output_modalities": ["text"],
            "max_output_tokens": 10,
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}],
            "tool_choice": "auto",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24000},
                    "turn_detection": {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 500},
                    "transcription": {"language": "en"},
                },
                "output": {"format": {"type": "audio/pcm"}, "voice": "v", "speed": 1.0},
            },
        },
    },
    {"type": "input_audio_buffer.append", "audio": AUDIO},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "output_audio_buffer.clear"},
    {
        "type": "conversation.item.create",
        "previous_item_id": "root",
        "item": {"id": "i", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
    },
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "c", "output": "{}"},
    },
    {"type": "conversation.item.retrieve", "item_id": "i"},
    {"type": "conversation.item.delete", "item_id": "i"},
    {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1},
    {
        "type": "response.create",
        "response": {"instructions": "x", "output_modalities": ["text"], "metadata": {"a": "b"}},
    },
    {"type": "response.cancel", "response_id": "r"},
    {"type": "output_audio_buffer.played", "item_id": "i", "audio_end_ms": 1.5, "done": True},
    {"type": "voiceblock.dtmf", "digit": "1"},
)
MEDIA: tuple[dict[str, Any], ...] = (
    {"event": "media", "sequenceNumber": "3", "media": {"track": "inbound", "chunk": "2", "payload": "AAAA"}},
    {"event": "mark", "mark": {"name": "m"}},
    {"event": "dtmf", "dtmf": {"digit": "1", "track": "inbound_track"}},
    {"event": "connected", "protocol": "Call", "version": "1.0.0"},
)
BROWSER: tuple[dict[str, Any], ...] = ({"event": "mark", "name": "m"}, {"event": "dtmf", "digit": "1"})


async def attack(watch: Watch, findings: Findings, *, seed: int, least: int) -> None:
    """All sockets, one after the other."""
    await _realtime(watch, findings, seed, least)
    await _queries(watch, findings)
    await _media(watch, findings, seed, least)
    await _browser(watch, findings, seed, least)
    await _audiosocket(watch, findings, seed)


def _bad(kinds: tuple[dict[str, Any], ...], seed: int, least: int) -> Iterator[str | bytes]:
    for number, valid in enumerate(kinds):
        for body in values.bodies(valid, seed + number, least):
            if len(body) < 1_000_000:  # larger messages close a socket, rightly
                try:
                    yield body.decode()
                except UnicodeDecodeError:
                    yield body
    yield from (b"", b"\x00", b"\xff" * 1_001, b"x" * 100_000)


async def _realtime(watch: Watch, findings: Findings, seed: int, least: int) -> None:
    """Each message is followed by a question whose answer shows that the socket lives."""
    url = watch.mesh.url("gateway").replace("http", "ws") + "/v1/realtime?model=generic"
    for phone in ("", "&phone=true"):
        socket: ClientConnection | None = None
        for number, message in enumerate(_bad(REALTIME, seed, least)):
            try:
                socket = socket or await connect(url + phone, compression=None, proxy=None)
                await socket.send(message)
                question = {"type": "conversation.item.retrieve", "item_id": "nothing", "event_id": f"n{number}"}
                await socket.send(json.dumps(question))
                async with asyncio.timeout(HANG_S):
                    while f'"event_id":"n{number}"' not in str(await socket.recv()):
                        pass
            except TimeoutError:
                findings.harmed("hang", f"realtime{phone} {message[:120]!r}")
                socket = None
            except (ConnectionClosed, WebSocketException, OSError) as error:
                findings.harmed("lost socket", f"realtime{phone} {message[:120]!r}: {error!s:.80}")
                socket = None
            findings.sent["WebSocket"] += 1
        if socket is not None:
            await socket.close()


async def _queries(watch: Watch, findings: Findings) -> None:
    """The upgrade itself."""
    handshake = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    )
    port = int(watch.mesh.url("gateway").rsplit(":", 1)[1])
    for query in (
        "session_id=%00",
        "session_id=%C2%B2",
        "scenario=%ED%A0%80",
        "language=xx",
        "phone=NaN",
        "a=" * 9_000,
    ):
        await _upgrade(findings, port, f"/v1/realtime?{query}", handshake)
    for extra in (("Origin", "http://evil.example"), ("Host", "evil.example"), ("Origin", "null")):
        await _upgrade(findings, port, "/v1/realtime", (*handshake, extra), stranger=True)
    for headers in (handshake[:3], handshake[:2], (*handshake[:3], ("Sec-WebSocket-Key", "\u00b2"))):
        await _upgrade(findings, port, "/v1/realtime", headers)


async def _upgrade(
    findings: Findings, port: int, target: str, headers: tuple[tuple[str, str], ...], *, stranger: bool = False
) -> None:
    """Only the head of the answer is waited for: an upgrade that succeeds stays open."""
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    lines += [] if any(name == "Host" for name, _ in headers) else [f"Host: 127.0.0.1:{port}"]
    findings.sent["WebSocket"] += 1
    try:
        async with asyncio.timeout(HANG_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            first = await reader.readline()
            writer.close()
    except TimeoutError:
        findings.harmed("hang", f"upgrade {target[:80]} {headers[-1]}")
        return
    except ConnectionError:
        return
    if b" 5" in first[8:12]:
        findings.harmed("5xx", f"upgrade {target[:80]} {headers[-1]} -> {first!r}")
    if stranger and b" 101" in first:
        findings.harmed("stranger", f"upgrade {headers[-1]}")


async def _media(watch: Watch, findings: Findings, seed: int, least: int) -> None:
    """Twilio's socket: it answers nothing, so a mark of ours is what shows that it lives."""
    port = int(watch.mesh.url("call_handler").rsplit(":", 1)[1])
    messages = list(_bad(MEDIA, seed, least))
    random.Random(seed).shuffle(messages)
    for start in ('{"event":"start"}', '{"event":"start","start":{"callSid":1}}', "[]", "9" * 5_000, "NaN"):
        await _strange_start(findings, port, start)
    for strange in ("\u00b2.x.y", "9" * 5_000 + ".x.y", "..", "\U0001f600"):
        await _strange_start(findings, port, json.dumps(_start("CA00", strange)))
    for number in range(0, len(messages), 40):
        sid = f"CAatt{seed}{number}"
        token = await _token(port, sid)
        if token is None:
            findings.harmed("no stream", sid)
            return
        await _call(findings, port, sid, token, messages[number : number + 40])


def _start(sid: str, token: str) -> dict[str, Any]:
    start = {"streamSid": "MZ1", "callSid": sid, "customParameters": {"token": token}}
    return {"event": "start", "streamSid": "MZ1", "start": start}


async def _token(port: int, sid: str) -> str | None:
    body = f"CallSid={sid}&From=%2B14155550123&To=%2B14155550100".encode()
    kind = (("Content-Type", "application/x-www-form-urlencoded"),)
    reply = await request(port, "POST", "/twilio/voice?mode=stream", body, kind)
    text = reply.body.decode(errors="replace") if reply else ""
    _, found, rest = text.partition('name="token" value="')
    return rest.partition('"')[0] if found else None


async def _strange_start(findings: Findings, port: int, start: str) -> None:
    findings.sent["WebSocket"] += 1
    try:
        async with asyncio.timeout(HANG_S), connect(f"ws://127.0.0.1:{port}/twilio/media", proxy=None) as socket:
            await socket.send(start)
            await socket.wait_closed()
            if socket.close_code in (1011, 1006):
                findings.harmed("crash", f"media start {start[:80]!r} -> {socket.close_code}")
    except TimeoutError:
        findings.harmed("hang", f"media start {start[:80]!r}")
    except (WebSocketException, OSError) as error:
        findings.harmed("lost socket", f"media start {start[:80]!r}: {error!s:.80}")


async def _call(findings: Findings, port: int, sid: str, token: str, messages: list[str | bytes]) -> None:
    """A call into which messages are mixed; it must still speak after each."""
    sent = 0
    try:
        async with connect(f"ws://127.0.0.1:{port}/twilio/media", compression=None, proxy=None) as socket:
            await socket.send(json.dumps(_start(sid, token)))
            listening = asyncio.create_task(_listen(socket))
            for message in messages:
                await socket.send(message)
                sent += 1
                findings.sent["WebSocket"] += 1
                async with asyncio.timeout(HANG_S):
                    await (await socket.ping())
                await asyncio.sleep(0.01)
            await socket.send('{"event":"stop","stop":{}}')
            listening.cancel()
    except TimeoutError:
        findings.harmed("hang", f"media {messages[sent - 1][:120]!r}")
    except (WebSocketException, OSError) as error:
        findings.harmed("lost socket", f"media {messages[sent - 1][:120]!r}: {error!s:.80}")


async def _listen(socket: ClientConnection) -> None:
    """What is said to us; unread, it would hold up the answers to our pings."""
    async for _ in socket:
        pass


async def _browser(watch: Watch, findings: Findings, seed: int, least: int) -> None:
    url = watch.mesh.url("call_handler").replace("http", "ws") + "/browser/media"
    for message in _bad(BROWSER, seed, least):
        findings.sent["WebSocket"] += 1
        try:
            async with asyncio.timeout(HANG_S), connect(url, compression=None, proxy=None) as socket:
                await socket.send(message)
                await socket.send(b"\xff" * 160)
                await socket.recv()
        except TimeoutError:
            findings.harmed("hang", f"browser {message[:120]!r}")
        except (WebSocketException, OSError) as error:
            findings.harmed("lost socket", f"browser {message[:120]!r}: {error!s:.80}")


async def _audiosocket(watch: Watch, findings: Findings, seed: int) -> None:
    """What no Asterisk sends: each connection must be closed by the other side in time, none served a call."""
    port = 9092 + watch.mesh.offset
    rng = random.Random(seed)

    def message(kind: int, payload: bytes, length: int | None = None) -> bytes:
        return struct.pack(">BH", kind, len(payload) if length is None else length) + payload

    unknown = [message(1, rng.randbytes(16)) + message(0x10, b"\0" * 320) for _ in range(40)]
    wrong = [message(kind, rng.randbytes(rng.randrange(64))) for kind in range(0, 256, 3)]
    halves = [message(1, b"", 16), message(1, b"\0" * 8, 16), b"\x01", b"", message(0x18, b"", 65_535)]
    noise = [rng.randbytes(rng.randrange(1, 4_000)) for _ in range(60)]
    for data in [*unknown, *wrong, *halves, *noise]:
        findings.sent["AudioSocket"] += 1
        try:
            async with asyncio.timeout(HANG_S):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(data)
                got = await reader.read(100_000)
                if len(got) > 330:
                    findings.harmed("stranger", f"audiosocket served {data[:24].hex()}")
                writer.close()
        except TimeoutError:
            findings.harmed("hang", f"audiosocket {data[:24].hex()}")
        except ConnectionError:
            pass  # closed on us: as it should be
