"""Which server answers next. Pure logic with a clock; nothing here opens a socket.

Sticky by prefix: requests that begin alike rank the servers alike (rendezvous hashing), so that vLLM finds their
prefix in its cache. Bounded load (https://arxiv.org/abs/1608.01350): who already has more than SPREAD times its share
is passed over for the next in rank. Without a prefix: the least busy.

| a server that                        | then                                                              |
| ------------------------------------ | ----------------------------------------------------------------- |
| cannot be reached, refuses our key   | is down at once: not asked for PAUSE_S, then one request probes it |
| fails FAILURES times running         | is down; each failed probe doubles the pause, up to MAX_PAUSE_S    |
| says 429 or 503 with Retry-After     | is left alone for so long                                          |
| has max_concurrent requests          | is passed over; where all have, 503 with Retry-After               |
| is down like all others              | is asked nonetheless: nothing else is left                         |
"""

import math
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from gateway.openai.catalogue import ANY, Catalogue, ServerEntry
from mesh.errors import ApiError, Busy

PAUSE_S, MAX_PAUSE_S, FAILURES = 1.0, 60.0, 3
SPREAD, FEW = 1.25, 4
"""A server may have so many times its share, and so many requests whatever the others have."""


@dataclass(slots=True)
class Server:
    """One server and how it is. It is one, whichever names lead to it."""

    entry: ServerEntry
    key: str = ""
    in_flight: int = 0
    failures: int = 0
    pause_s: float = 0.0
    down_until: float = 0.0
    probing: bool = False
    why: str = ""
    listed: tuple[str, ...] = ()
    """What it said that it has, where it was asked (`only_listed`)."""
    seed: int = field(init=False)

    def __post_init__(self) -> None:
        self.seed = zlib.crc32(f"{self.entry.base_url} {self.entry.model}".encode())

    @property
    def load(self) -> float:
        """Requests in progress, by its weight."""
        return self.in_flight / self.entry.weight

    def able(self, now: float) -> bool:
        """Whether a request may be sent to it: after a pause, one at a time until it has answered."""
        well = self.down_until <= now and not (self.pause_s and self.probing)
        return well and self.in_flight < self.entry.max_concurrent

    def rank(self, prefix: int) -> float:
        """How much it wants requests of this prefix (weighted rendezvous hashing)."""
        mixed = zlib.crc32(self.seed.to_bytes(4), prefix) * 0x9E3779B1 & 0xFFFFFFFF
        return -self.entry.weight / math.log((mixed + 0.5) / 2**32)


class Lease:
    """A request at a server; `model` is what it is asked for there.

    The first of `ok`, `failed`, `rest` and `left` ends it; what comes later is ignored.
    """

    __slots__ = ("_clock", "_open", "_probe", "model", "server")

    def __init__(self, server: Server, model: str, clock: Callable[[], float]) -> None:
        self.server, self.model, self._clock, self._open = server, model, clock, True
        self._probe = server.pause_s > 0
        server.in_flight += 1
        server.probing = server.probing or self._probe

    def _end(self) -> bool:
        if not self._open:
            return False
        self._open = False
        self.server.in_flight -= 1
        if self._probe:
            self.server.probing = False
        return True

    def ok(self) -> None:
        """It answered; also when it found the request at fault."""
        if self._end():
            self.server.failures, self.server.pause_s, self.server.down_until, self.server.why = 0, 0.0, 0.0, ""

    def left(self) -> None:
        """The client went away: that says nothing about the server."""
        self._end()

    def failed(self, why: str, *, gone: bool = False) -> None:
        """It broke. `gone`: there is no use in asking again before a pause."""
        if self._end():
            server = self.server
            server.failures += 1
            server.why = why
            if gone or server.failures >= FAILURES:
                server.pause_s = min(MAX_PAUSE_S, server.pause_s * 2 or PAUSE_S)
                server.down_until = self._clock() + server.pause_s

    def rest(self, seconds: float, why: str) -> None:
        """It wants to be left alone for so long."""
        if self._end():
            self.server.down_until, self.server.why = self._clock() + min(seconds, MAX_PAUSE_S), why


class Router:
    """All servers of a catalogue."""

    def __init__(self, catalogue: Catalogue, key_of: Callable[[ServerEntry], str], clock: Callable[[], float]) -> None:
        self._catalogue, self._clock, self._names = catalogue, clock, catalogue.by_alias
        made: dict[tuple[str, str], Server] = {}
        self._servers: dict[str, list[Server]] = {
            name: [made.setdefault((e.base_url, e.model), Server(e, key_of(e))) for e in entry.servers]
            for name, entry in catalogue.names.items()
        }
        self.servers = list(made.values())
        self._turn = 0

    def name_of(self, asked: str) -> str:
        """The name that answers. Raises ApiError 404 where none does."""
        name = self._names.get(asked) or self._catalogue.catch_all
        if not name:
            raise ApiError(
                404, "model_not_found", f"The model {asked[:100]!r} does not exist; GET /v1/models lists all."
            )
        return name

    def listing(self, asked: str) -> list[Server]:
        """Servers whose list decides what they are asked for."""
        name = self.name_of(asked)
        return [s for s in self._servers[name] if s.entry.only_listed and not s.entry.model] if name == ANY else []

    def all_serve_responses(self, asked: str) -> bool:
        """Whether every server that may answer serves /v1/responses itself."""
        return all(server.entry.responses for name in self.chain(asked) for server in self._servers[name])

    def names(self) -> Iterator[tuple[str, list[Server]]]:
        """Each name and alias, with its servers."""
        return ((alias, self._servers[name]) for alias, name in self._names.items())

    def chain(self, asked: str) -> list[str]:
        """The name that answers, and those that answer for it, each once."""
        found: list[str] = []
        ahead = [self.name_of(asked)]
        while ahead:
            if (name := ahead.pop(0)) not in found:
                found.append(name)
                ahead += self._catalogue.names[name].fallback
        return found

    def lease(self, asked: str, prefix: int | None = None, tried: Collection[int] = ()) -> Lease | None:
        """A server that was not `tried` (by id) yet. None when all were; raises Busy when those left are full."""
        chain = self.chain(asked)
        rest = [[s for s in self._servers[name] if id(s) not in tried] for name in chain]
        now = self._clock()
        for name, servers in zip(chain, rest, strict=True):
            able = [s for s in servers if s.able(now)]
            if able:
                return self._take(self._choose(able, prefix), name, asked)
        left = [s for servers in rest for s in servers]
        if not left:
            return None
        roomy = [s for s in left if s.in_flight < s.entry.max_concurrent]
        if not roomy:
            raise Busy("All servers of this model have as many requests as they take.")
        return None if tried else self._take(min(roomy, key=lambda s: s.down_until), chain[0], asked)

    def _take(self, server: Server, name: str, asked: str) -> Lease:
        known = not server.listed or asked in server.listed
        open_name = (asked if known else server.listed[0]) if name == ANY else name
        return Lease(server, server.entry.model or open_name, self._clock)

    def _choose(self, servers: list[Server], prefix: int | None) -> Server:
        if len(servers) == 1:
            return servers[0]
        if prefix is None:
            self._turn += 1
            return min(enumerate(servers), key=lambda one: (one[1].load, (one[0] + self._turn) % len(servers)))[1]
        share = SPREAD * (1 + sum(s.in_flight for s in servers)) / sum(s.entry.weight for s in servers)
        for server in sorted(servers, key=lambda s: -s.rank(prefix)):
            if server.in_flight < max(FEW, share * server.entry.weight):
                return server
        return min(servers, key=lambda s: s.load)
