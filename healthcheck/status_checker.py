"""Polls every service of config/config.yaml and prints a table, or JSON. Any Python from 3.11 on runs it, by itself.

    python healthcheck/status_checker.py [--json] [--watch [SECONDS]] [--wait SECONDS] [--only a,b] [--log FILE]

Exit code: 0 all are ok, 2 all answer but some are degraded, 1 some are down.
"""

import argparse
import asyncio
import json
import logging
import ssl
import sys
import time
from collections.abc import Container
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

if __package__ in (None, ""):  # run as a file: mesh.addresses needs no more than we do
    sys.path.insert(0, str(Path(__file__).parent.parent / "mesh" / "src"))

from mesh.addresses import peer_url, ports

DEADLINE_S = 2.0
MAX_BYTES = 1 << 20
NOTHING = "nothing listens there"
log = logging.getLogger("status_checker")


@dataclass(frozen=True, slots=True)
class State:
    """A service as it answered. `state` is ok, degraded or down."""

    name: str
    url: str
    state: str
    version: str = ""
    engine: str = ""
    latency_ms: float | None = None
    detail: str = ""


async def check(name: str) -> State:
    """Ask one service for its /health."""
    url, started = peer_url(name), time.perf_counter()
    try:
        async with asyncio.timeout(DEADLINE_S):
            status, body = await _get(f"{url}/health")
    except TimeoutError:
        return State(name, url, "down", detail=f"no answer within {DEADLINE_S:g} s")
    except ConnectionRefusedError:
        return State(name, url, "down", detail=NOTHING)
    except OSError as error:
        return State(name, url, "down", detail=error.strerror or type(error).__name__)
    except (ValueError, asyncio.IncompleteReadError):
        return State(name, url, "down", detail="something else answers at this address")
    latency = round((time.perf_counter() - started) * 1000, 1)
    if status != 200:
        return State(name, url, "down", detail=f"HTTP {status}")
    return _state(name, url, body, latency)


def _state(name: str, url: str, body: bytes, latency: float) -> State:
    try:
        health: dict[str, Any] = json.loads(body)
        checks: dict[str, dict[str, Any]] = health["checks"]
        engine = str(checks["engine"]["detail"]).split(";")[0] if "engine" in checks else ""
        trouble = "; ".join(f"{key}: {check['detail']}" for key, check in checks.items() if not check["ok"])
        service, status, version = health["service"], health["status"], health["version"]
    except (ValueError, LookupError, TypeError, AttributeError):
        return State(name, url, "down", detail="something else answers at this address")
    if service != name:
        return State(name, url, "down", detail=f"{service} answers at this address")
    return State(name, url, str(status), str(version), engine, latency, trouble)


async def _get(url: str) -> tuple[int, bytes]:
    """Status and body. HTTP/1.0, so that the answer comes in one piece and ends with the connection."""
    parts = urlsplit(url)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=MAX_BYTES)
    try:
        writer.write(f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = b""
        while len(body) < MAX_BYTES and (piece := await reader.read(1 << 16)):
            body += piece
        return int(head.split(" ", 2)[1]), body
    except (asyncio.LimitOverrunError, IndexError) as error:
        raise ValueError("no HTTP") from error
    finally:
        writer.close()


async def check_all(names: list[str]) -> list[State]:
    """Ask all at the same time."""
    return list(await asyncio.gather(*(check(name) for name in names)))


async def wait(names: list[str], seconds: float, given_up: Container[str] = ()) -> list[State]:
    """Ask until none is down but those given up, for at most so many seconds; the last answers."""
    deadline = time.monotonic() + seconds
    while True:
        states = await check_all(names)
        if all(state.state != "down" or state.name in given_up for state in states) or time.monotonic() > deadline:
            return states
        await asyncio.sleep(0.2)


def table(states: list[State]) -> str:
    """The states for people."""
    rows = [("SERVICE", "STATE", "VERSION", "ENGINE", "LATENCY", "ADDRESS")]
    for s in states:
        latency = "" if s.latency_ms is None else f"{s.latency_ms:g} ms"
        rows.append((s.name, s.state, s.version, s.engine, latency, s.url + (f"  ({s.detail})" if s.detail else "")))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[5]]) for row in rows)


def exit_code(states: list[State]) -> int:
    """0 all ok, 1 some down, 2 some degraded."""
    kinds = {state.state for state in states}
    return 1 if "down" in kinds else 2 if "degraded" in kinds else 0


def show(states: list[State], *, as_json: bool) -> None:
    """Print the states."""
    if as_json:
        shown = {"services": [asdict(state) for state in states]}
        print(json.dumps(shown, ensure_ascii=False, separators=(",", ":")), flush=True)
    else:
        print(table(states), flush=True)


async def watch(names: list[str], interval_s: float, *, as_json: bool) -> None:
    """Print at every interval, and log every change of a state, until interrupted."""
    before: dict[str, str] = {}
    while True:
        states = await check_all(names)
        if sys.stdout.isatty() and not as_json:
            print("\033[2J\033[H", end="")
        show(states, as_json=as_json)
        for state in states:
            if before.get(state.name, state.state) != state.state:
                log.warning("%s: %s -> %s %s", state.name, before[state.name], state.state, state.detail)
            before[state.name] = state.state
        await asyncio.sleep(interval_s)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="status_checker", description="Is every service there, and with what?")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--watch", nargs="?", const=2.0, type=float, metavar="SECONDS", help="print again and again")
    parser.add_argument("--wait", type=float, metavar="SECONDS", help="wait until none is down")
    parser.add_argument("--only", default="", metavar="A,B", help="only these services")
    parser.add_argument("--log", metavar="FILE", help="append what is found to this file")
    options = parser.parse_args(arguments)
    try:
        ports()
    except ValueError as error:
        parser.error(str(error))
    names = [name for name in options.only.split(",") if name] or list(ports())
    unknown = [name for name in names if name not in ports()]
    if unknown:
        parser.error(f"no such service: {', '.join(unknown)}; there are {', '.join(ports())}")
    shape = "%(asctime)s %(levelname)s %(message)s"
    handler = logging.FileHandler(options.log) if options.log else logging.StreamHandler()
    logging.basicConfig(level=logging.INFO, handlers=[handler], format=shape)
    if options.watch is not None:
        try:
            asyncio.run(watch(names, options.watch, as_json=options.json))
        except KeyboardInterrupt:
            return 0
    states = asyncio.run(wait(names, options.wait) if options.wait else check_all(names))
    if options.log:
        for state in states:
            log.info("%s %s %s", state.name, state.state, state.detail)
    show(states, as_json=options.json)
    if all(state.detail == NOTHING for state in states) and len(states) == len(ports()):
        print("Nothing runs here: ./start_all.sh", file=sys.stderr)
    return exit_code(states)


if __name__ == "__main__":
    sys.exit(main())
