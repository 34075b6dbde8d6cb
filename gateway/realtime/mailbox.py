"""What is on its way between one client and us, both ways, within bounds."""

import asyncio
from collections.abc import Callable

from fastapi import WebSocket, WebSocketDisconnect

from mesh.wire.realtime import ServerEvent

MAX_UNSENT = 4 * 1024 * 1024
"""Bytes that wait for a client that does not read, before it is let go: a minute of audio as base64."""
EACH = 256
"""Bytes that an event costs beside its text."""
BURST_EVENTS, EVENTS_S = 1_000, 200
BURST_BYTES, BYTES_S = 8 * 1024 * 1024, 512 * 1024
"""What a client may send at once, and for good: eight times the speed of speech. Faster ones are read slower."""


class Mailbox:
    """Events and audio on their way to one client, in order. `on_full` is told when it holds more than it may."""

    def __init__(self, on_full: Callable[[], None]) -> None:
        self._waiting: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._on_full = on_full
        self._unsent = 0
        self.full = False

    def event(self, event: ServerEvent) -> None:
        """One server event."""
        self._put(event.model_dump_json())

    def audio(self, data: bytes) -> None:
        """Audio as a binary frame."""
        self._put(data)

    async def deliver(self, socket: WebSocket) -> None:
        """Until the socket is closed."""
        while True:
            item = await self._waiting.get()
            try:
                await (socket.send_bytes(item) if isinstance(item, bytes) else socket.send_text(item))
            except (RuntimeError, WebSocketDisconnect):
                return
            self._unsent -= len(item) + EACH

    def _put(self, item: str | bytes) -> None:
        if self.full:
            return
        self._unsent += len(item) + EACH
        if self._unsent > MAX_UNSENT:
            self.full = True
            self._waiting = asyncio.Queue()  # nobody will read it
            self._on_full()
            return
        self._waiting.put_nowait(item)


class Intake:
    """How fast one client may send: a bucket of events and one of bytes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._at = clock, clock()
        self._events, self._bytes = float(BURST_EVENTS), float(BURST_BYTES)

    def took(self, size: int) -> float:
        """One message more; seconds until the next is read."""
        now = self._clock()
        passed, self._at = now - self._at, now
        self._events = min(BURST_EVENTS, self._events + passed * EVENTS_S) - 1
        self._bytes = min(BURST_BYTES, self._bytes + passed * BYTES_S) - size
        return max(0.0, -self._events / EVENTS_S, -self._bytes / BYTES_S)
