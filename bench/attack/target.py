"""What is attacked: a mesh of its own in a temporary folder, watched from outside."""

import asyncio
import json
import os
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulator.processes import Mesh

HANG_S = 20.0
SETTLED_S = 45.0
"""Connections between services are kept for 30 s, and until their client asks again: they are no growth."""
GROWTH_MB, GROWTH_FDS = 200.0, 20


@dataclass
class Findings:
    """What did harm, by kind; `sent` counts the inputs by road."""

    sent: Counter[str] = field(default_factory=Counter)
    harm: list[tuple[str, str]] = field(default_factory=list)

    def harmed(self, kind: str, what: str) -> None:
        """One input did harm."""
        self.harm.append((kind, what))

    def report(self) -> str:
        """A table, and every input that did harm."""
        kinds = Counter(kind for kind, _ in self.harm)
        lines = [f"{sum(self.sent.values())} inputs: " + ", ".join(f"{k} {n}" for k, n in sorted(self.sent.items()))]
        lines += [f"  {kind:12} {number}" for kind, number in kinds.most_common()] or ["  no harm"]
        return "\n".join([*lines, *(f"    {kind}: {what}" for kind, what in self.harm[:400])])


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer as far as it came."""

    status: int
    head: bytes
    body: bytes


async def request(
    port: int, method: str, target: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()
) -> Reply | None:
    """One request by hand, so that nothing is tidied up on its way; None when no answer came within HANG_S.

    A connection that closes without an answer has status 0.
    """
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [] if "host" in names else [f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [] if "content-length" in names or "transfer-encoding" in names else [f"Content-Length: {len(body)}"]
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8", "surrogateescape")
    try:
        async with asyncio.timeout(HANG_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await _exchange(reader, writer, head + body)
            finally:
                writer.close()
    except TimeoutError:
        return None
    except ConnectionError:
        return Reply(0, b"", b"")


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> Reply:
    received = bytearray()

    async def read() -> None:
        while piece := await reader.read(65_536):
            received.extend(piece)
            del received[8_000_000:]

    reading = asyncio.create_task(read())
    try:
        writer.write(data)
        await writer.drain()
        await reading
    except ConnectionError:
        reading.cancel()
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    first = head.split(b" ", 2)
    return Reply(int(first[1]) if len(first) > 2 and first[1].isdigit() else 0, head, body)


class Watch:
    """Memory and open files of every service, a file that nobody may read, a port to which nobody may connect."""

    def __init__(self, mesh: Mesh, folder: Path) -> None:
        self.mesh = mesh
        self.secret = folder / "secret.wav"
        self.secret.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\0" * 20)
        os.utime(self.secret, (1, 1_000_000_000))  # a read would move its time of access (relatime)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.before = self.now()

    @property
    def trap(self) -> str:
        """An address that no service may fetch."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/trap"

    def now(self) -> dict[str, tuple[float, int]]:
        """Resident MB and open files of each service."""
        page = os.sysconf("SC_PAGE_SIZE") / 1048576
        found = {}
        for name, process in self.mesh.running.items():
            root = Path(f"/proc/{process.pid}")
            if process.poll() is None:
                resident = int((root / "statm").read_text().split()[1]) * page
                found[name] = (resident, len(list((root / "fd").iterdir())))
        return found

    async def settle(self) -> None:
        """Wait until no service holds more files than it may, as long as kept connections take to end."""
        until = time.monotonic() + SETTLED_S
        while time.monotonic() < until:
            after = self.now()
            if all(after[name][1] - self.before[name][1] <= GROWTH_FDS for name in after):
                return
            await request(int(self.mesh.url("gateway").rsplit(":", 1)[1]), "GET", "/status")
            await asyncio.sleep(2)

    def judge(self, findings: Findings) -> None:
        """Note what grew, died, was read or was connected to."""
        after = self.now()
        for name, (memory, files) in self.before.items():
            if name not in after:
                findings.harmed("died", name)
                continue
            grown, opened = after[name][0] - memory, after[name][1] - files
            print(f"  {name:13} {memory:6.0f} -> {after[name][0]:6.0f} MB, {files} -> {after[name][1]} files")
            if grown > GROWTH_MB:
                findings.harmed("growth", f"{name}: {grown:.0f} MB")
            if opened > GROWTH_FDS:
                findings.harmed("growth", f"{name}: {opened} files")
        if self.secret.stat().st_atime > 1:
            findings.harmed("file read", str(self.secret))
        try:
            _, peer = self.listener.accept()
            findings.harmed("connected", f"from {peer}")
        except BlockingIOError:
            pass  # nobody came: as it should be
        for name in self.mesh.running:
            for what, times in Counter(_crashes(self.mesh.log(name))).items():
                findings.harmed("crash logged", f"{name}: {what} ({times} times)")


def _crashes(log: str) -> Iterator[str]:
    """The last line of each traceback, whether it was logged as JSON or printed."""
    for line in log.splitlines():
        if '"exception"' in line:
            yield str(json.loads(line)["exception"]).strip().rsplit("\n", 1)[-1][:200]
        elif re.match(r"[A-Za-z_.]+(Error|Exception)\b", line):
            yield line[:200]
