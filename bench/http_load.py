"""A load of HTTP requests that costs little itself: the same bytes over kept connections, again and again."""

import asyncio
import time
from dataclasses import dataclass, field

import httptools


@dataclass(slots=True)
class Seen:
    """What connections have seen, seconds."""

    whole: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    """To the first bytes of the body."""
    wrong: int = 0
    until: float = 0.0


class _Connection(asyncio.Protocol):
    """One request after the other."""

    def __init__(self, request: bytes, seen: Seen, done: "asyncio.Future[None]") -> None:
        self._request, self._seen, self._done = request, seen, done
        self._began = self._first = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Part of a reply."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's)
        """Closed by the server: a failure, unless we are done."""
        if not self._done.done():
            self._seen.wrong += 1
            self._done.set_result(None)

    def on_body(self, body: bytes) -> None:  # noqa: ARG002 (httptools')
        """Its first bytes."""
        self._first = self._first or time.perf_counter()

    def on_message_complete(self) -> None:
        """The next, while there is time."""
        now = time.perf_counter()
        if self._parser.get_status_code() == 200:
            self._seen.whole.append(now - self._began)
            self._seen.first.append((self._first or now) - self._began)
        else:
            self._seen.wrong += 1
        if now < self._seen.until:
            self._ask()
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._first, self._began = 0.0, time.perf_counter()
        self._transport.write(self._request)


async def load(port: int, request: bytes, connections: int, seconds: float) -> Seen:
    """Ask 127.0.0.1 for so long, over so many connections."""
    loop, seen = asyncio.get_running_loop(), Seen(until=time.perf_counter() + seconds)
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: _Connection(request, seen, end), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait(ends, timeout=seconds + 30)
    return seen
