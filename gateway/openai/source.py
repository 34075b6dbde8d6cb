"""Where the events of a response come from: a chat, or a server that writes responses itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

import aiohttp
import orjson

from gateway.openai.replies import MAX_EVENT
from gateway.openai.response import Event, Writer


class Source(Protocol):
    """Either. What makes no sense raises ValueError, LookupError, TypeError or AttributeError."""

    @property
    def response(self) -> dict[str, Any]:
        """As it is now."""
        ...

    def begin(self) -> list[Event]:
        """The events before the first chunk."""
        ...

    def whole(self, reply: dict[str, Any]) -> None:
        """The reply, not streamed."""
        ...

    def feed(self, chunk: dict[str, Any]) -> list[Event]:
        """What a chunk becomes."""
        ...

    def last(self) -> list[Event]:
        """The last events; none when the chunks have come to no end."""
        ...

    def fail(self, why: str) -> list[Event]:
        """The last events of one that broke off."""
        ...


class FromChat:
    """A response from a chat."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._finish: str | None = None
        self._usage: Any = None
        self._model: str | None = None

    @property
    def response(self) -> dict[str, Any]:
        """As it is now."""
        return self._writer.response

    def begin(self) -> list[Event]:
        return self._writer.begin()

    def whole(self, reply: dict[str, Any]) -> None:
        choice = reply["choices"][0]
        self._writer.delta(choice["message"])
        self._writer.end(choice.get("finish_reason"), reply.get("usage"), reply.get("model"))

    def feed(self, chunk: dict[str, Any]) -> list[Event]:
        if "error" in chunk:
            raise ValueError("an error event")
        self._usage, self._model = chunk.get("usage") or self._usage, chunk.get("model") or self._model
        events: list[Event] = []
        for choice in (chunk.get("choices") or [])[:1]:
            events += self._writer.delta(choice.get("delta") or {})
            self._finish = choice.get("finish_reason") or self._finish
        return events

    def last(self) -> list[Event]:
        return self._writer.end(self._finish, self._usage, self._model) if self._finish else []

    def fail(self, why: str) -> list[Event]:
        return self._writer.fail(why)


class Native:
    """A response as its server writes it; its last event is held until what it says is stored."""

    def __init__(self) -> None:
        self.response: dict[str, Any] = {}
        self._last: list[Event] = []

    def begin(self) -> list[Event]:
        return []

    def whole(self, reply: dict[str, Any]) -> None:
        assert isinstance(reply["output"], list)
        self.response = reply

    def feed(self, event: dict[str, Any]) -> list[Event]:
        if event.get("type") in ("response.completed", "response.incomplete"):
            self.response, self._last = event["response"], [event]
            return []
        return [event]

    def last(self) -> list[Event]:
        return self._last

    def fail(self, why: str) -> list[Event]:
        return [{"type": "error", "code": "server_error", "message": why, "param": None, "sequence_number": 0}]


async def chunks(
    response: aiohttp.ClientResponse, piece: bytes, late: asyncio.Timeout, stall_s: float, until: float
) -> AsyncIterator[dict[str, Any]]:
    """The data of server-sent events. What is done with one does not count as a stall."""
    rest, loop = b"", asyncio.get_running_loop()
    while piece:
        late.reschedule(None)
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            data = line.strip().removeprefix(b"data:").strip()
            if line.startswith(b"data:") and data != b"[DONE]":
                yield orjson.loads(data)
        if len(rest) > MAX_EVENT:
            raise ValueError("an event without an end")
        late.reschedule(min(until, loop.time() + stall_s))
        piece = await response.content.readany()
    late.reschedule(None)
