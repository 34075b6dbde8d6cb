"""Clients of /v1/realtime that take what they can: bounded, told why, and others are served meanwhile."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from simulator.processes import Mesh

GROWTH_MB = 60
ITEM: dict[str, Any] = {
    "type": "conversation.item.create",
    "item": {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "a" * 8_000}] * 32,
    },
}
SECONDS = base64.b64encode(bytes(48_000 * 10)).decode()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    mesh = Mesh(
        tmp_path_factory.mktemp("bounds"),
        MAX_SOCKETS="12",
        MAX_CLIENT_SOCKETS="8",
        FIRST_EVENT_S="3",
        CALLS_TOKEN="tok",
    )
    try:
        mesh.start("gateway")
        yield mesh
    finally:
        mesh.stop()


def memory_mb(mesh: Mesh) -> int:
    status = Path(f"/proc/{mesh.running['gateway'].pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def files(mesh: Mesh) -> int:
    return len(list(Path(f"/proc/{mesh.running['gateway'].pid}/fd").iterdir()))


async def nobody_is_connected(mesh: Mesh, http: httpx2.AsyncClient) -> bool:
    health = (await http.get(mesh.url("gateway") + "/health")).json()
    return bool(health["checks"]["realtime"]["detail"].startswith("0 of"))


@contextlib.asynccontextmanager
async def client(mesh: Mesh, query: str = "", **options: Any) -> AsyncIterator[ClientConnection]:
    url = mesh.url("gateway").replace("http", "ws") + "/v1/realtime" + query
    async with connect(url, max_size=None, compression=None, proxy=None, close_timeout=1, **options) as socket:
        yield socket


async def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(orjson.dumps({"type": kind, **fields}).decode())


async def until(socket: ClientConnection, kind: str, code: str = "") -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            event = orjson.loads(await socket.recv())
            if event["type"] == kind and (not code or event["error"]["code"] == code):
                return dict(event)


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """How the socket ends, whatever comes before."""
    async with asyncio.timeout(30):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


async def test_who_does_not_read_is_let_go(gateway: Mesh, http: httpx2.AsyncClient) -> None:
    """Each request of 80 bytes is answered by 256 kB that nobody takes."""
    async with client(gateway, max_queue=1) as socket:
        await say(socket, "conversation.item.create", item={**ITEM["item"], "id": "big"})
        before = memory_mb(gateway)
        for _ in range(2_000):
            await say(socket, "conversation.item.retrieve", item_id="big")
        async with asyncio.timeout(60):
            while not await nobody_is_connected(gateway, http):
                assert memory_mb(gateway) < before + GROWTH_MB
                await asyncio.sleep(0.02)
    async with client(gateway) as other:
        await until(other, "session.created")


async def test_audio_that_is_never_committed_has_a_bound(gateway: Mesh) -> None:
    async with client(gateway) as socket:
        await say(socket, "session.update", session={"audio": {"input": {"turn_detection": None}}})
        before = memory_mb(gateway)
        for _ in range(16):
            await say(socket, "input_audio_buffer.append", audio=SECONDS)
        await until(socket, "error", "input_audio_buffer_full")
        assert memory_mb(gateway) < before + GROWTH_MB
        await say(socket, "input_audio_buffer.clear")
        await until(socket, "input_audio_buffer.cleared")


async def test_items_have_a_bound_in_bytes(gateway: Mesh) -> None:
    async with client(gateway) as socket:
        for _ in range(10):
            await say(socket, ITEM["type"], item=ITEM["item"])
        await until(socket, "error", "too_many_items")


@pytest.mark.parametrize("role", ["user", "system"])
async def test_messages_that_are_made_and_deleted_leave_nothing(gateway: Mesh, role: str) -> None:
    part = {"type": "input_text", "text": "a" * 8_000}
    async with client(gateway) as socket:
        for number in range(12):
            item = {"id": f"i{number}", "type": "message", "role": role, "content": [part]}
            await say(socket, "conversation.item.create", item=item)
            await say(socket, "conversation.item.delete", item_id=f"i{number}")
        await until(socket, "error", "too_much_text")


async def test_tools_have_a_bound_in_bytes(gateway: Mesh) -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object", "description": "a" * 300_000}}
    async with client(gateway) as socket:
        await say(socket, "session.update", session={"tools": [tool]})
        assert "256 KiB" in (await until(socket, "error"))["error"]["message"]


async def test_numbers_that_no_json_writer_takes_cost_an_error(gateway: Mesh) -> None:
    async with client(gateway) as socket:
        for parameters in ('{"maximum": 18446744073709551616}', '{"enum": [[-18446744073709551616]]}'):
            tools = f'[{{"type": "function", "name": "f", "parameters": {parameters}}}]'
            await socket.send(f'{{"type": "session.update", "session": {{"tools": {tools}}}}}')
            assert "64 bits" in (await until(socket, "error"))["error"]["message"]


async def test_a_message_has_a_size(gateway: Mesh) -> None:
    async with client(gateway) as socket:
        with contextlib.suppress(ConnectionClosed):
            await say(socket, "input_audio_buffer.append", audio="A" * 3_000_000)
        assert (await closing(socket))[0] in (1009, 1006)


async def test_who_never_says_anything_is_let_go(gateway: Mesh) -> None:
    async with client(gateway) as silent, client(gateway) as nonsense:
        await nonsense.send("{}")
        assert await closing(silent) == (1008, "nothing was said")
        assert await closing(nonsense) == (1008, "nothing was said")


async def test_silent_sockets_leave_room_for_telephones(gateway: Mesh) -> None:
    ours = {"authorization": "Bearer tok"}
    async with contextlib.AsyncExitStack() as stack:
        for query in ["", "?phone=true"] * 4:  # saying so does not make a telephone of a client
            await until(await stack.enter_async_context(client(gateway, query)), "session.created")
        for query in ("", "?phone=true"):
            refused = await stack.enter_async_context(client(gateway, query))
            assert await closing(refused) == (1013, "too many sessions")
        phones = [
            await stack.enter_async_context(client(gateway, "?phone=true", additional_headers=ours)) for _ in range(4)
        ]
        for phone in phones:
            await until(phone, "voiceblock.session")
        one_more = await stack.enter_async_context(client(gateway, "?phone=true", additional_headers=ours))
        assert await closing(one_more) == (1013, "too many sessions")


async def test_what_is_gone_leaves_nothing(gateway: Mesh) -> None:
    async with client(gateway) as socket:
        await until(socket, "session.created")
    before = files(gateway)
    for _ in range(60):
        async with client(gateway) as socket:
            await socket.recv()

    async with asyncio.timeout(20):
        while files(gateway) > before + 2:
            await asyncio.sleep(0.05)
