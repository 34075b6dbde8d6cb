"""The socket to gateway when gateway has no room."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from call_handler import link
from mesh.wire.realtime import ServerEvent, server


async def test_a_gateway_without_room_counts_as_down_and_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts the socket only to close it; the caller must not wait in silence for ever."""
    monkeypatch.setattr(link, "GIVE_UP_S", 0.5)
    monkeypatch.setattr(link, "RETRY_S", 0.05)
    asked: list[str] = []

    async def busy(socket: ServerConnection) -> None:
        asked.append(socket.request.headers.get("authorization", "") if socket.request else "")
        await socket.close(1013, "too many sessions")

    async def event(_: object) -> None:
        raise AssertionError("nothing was said")

    async with serve(busy, "127.0.0.1", 0) as serving:
        port = serving.sockets[0].getsockname()[1]
        call = link.Link(f"http://127.0.0.1:{port}", {"session_id": "s"}, event, lambda _: None, "tok")
        with pytest.raises(link.Lost):
            async with asyncio.timeout(20):
                await call.run()
    assert len(asked) > 1
    assert set(asked) == {"Bearer tok"}


async def test_a_gateway_that_finds_room_again_takes_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "RETRY_S", 0.05)
    events: list[object] = []
    tries = 0

    async def gateway(socket: ServerConnection) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            await socket.close(1013, "too many sessions")
            return
        await socket.send(server.Telephone(language="en").model_dump_json())
        await socket.wait_closed()

    async def event(given: ServerEvent) -> None:
        events.append(given.type)
        assert call.down_since is None
        await call.close("hangup", 0.0)

    async with serve(gateway, "127.0.0.1", 0) as serving:
        port = serving.sockets[0].getsockname()[1]
        call = link.Link(f"http://127.0.0.1:{port}", {"session_id": "s"}, event, lambda _: None)
        async with asyncio.timeout(20):
            await call.run()
    assert events == ["voiceblock.session"]
