"""`./start_all.sh logs`: the services' logs, merged, for people; follows them through rotation."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from launcher.screen import say

LAST, EVERY_S = 100, 0.25
TAIL_BYTES = 1 << 20
COLOURS = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "31"}
_SHOWN = {"timestamp", "level", "service", "event", "part", "trace_id", "span_id", "exception"}


class Tail:
    """One service's file, read as it grows."""

    def __init__(self, service: str, path: Path) -> None:
        self.service, self._path = service, path
        self._at, self._rest = 0, b""

    def last(self) -> list[str]:
        """The last lines there are; what comes later is given by `new`."""
        if not self._path.exists():
            return []
        size = self._path.stat().st_size
        self._at = max(0, size - TAIL_BYTES)
        lines = self._read()
        return lines[1:][-LAST:] if size > TAIL_BYTES else lines[-LAST:]

    def new(self) -> list[str]:
        """What has come since. A file that is shorter than it was has been rotated: its rest is in `.1`."""
        if not self._path.exists():
            return []
        if self._path.stat().st_size >= self._at:
            return self._read()
        rotated = Tail(self.service, self._path.with_name(f"{self._path.name}.1"))
        rotated._at, rotated._rest = self._at, self._rest
        before = rotated._read()
        self._at, self._rest = 0, b""
        return before + self._read()

    def _read(self) -> list[str]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return []
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


def lines(files: Mapping[str, Path], *, raw: bool, last: int = LAST, follow: bool = True) -> Iterator[str]:
    """The last lines of all, in the order of their times; where they are followed, then what comes, without end."""
    tails = [Tail(service, path) for service, path in files.items()]
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    batch = _merged((tail.service, line) for tail in tails for line in tail.last())
    batch = batch[len(batch) - min(last, len(batch)) :]
    while True:
        for service, line, event in batch:
            yield line if raw else readable(service, line, event, colour=colour)
        if not follow:
            return
        time.sleep(EVERY_S)
        batch = _merged((tail.service, line) for tail in tails for line in tail.new())


def show(files: Mapping[str, Path]) -> None:
    """Print what comes, for people, beside whatever else is going on."""

    def run() -> None:
        for line in lines(files, raw=False, last=0):
            say(line)

    threading.Thread(target=run, daemon=True).start()


def _merged(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str, dict[str, Any]]]:
    """By time; a line without one (a traceback's) stays behind the one before it."""
    found, times = [], []
    latest: dict[str, str] = {}
    for service, line in lines:
        event = _parsed(line)
        latest[service] = str(event.get("timestamp", "")) or latest.get(service, "")
        found.append((service, line, event))
        times.append(latest[service])
    return [found[number] for number in sorted(range(len(found)), key=times.__getitem__)]


def _parsed(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def readable(service: str, line: str, event: Mapping[str, Any], *, colour: bool) -> str:
    """A line for people: time, level, service, what happened, and its details as key=value."""
    if "event" not in event:
        return f"{'':23}{service:12} {line}"
    level = str(event.get("level", "info"))
    shown = f"\033[{COLOURS.get(level, '0')}m{level:7}\033[0m" if colour else f"{level:7}"
    clock = str(event.get("timestamp", ""))[11:23]
    details = "  ".join(f"{key}={_value(value)}" for key, value in event.items() if key not in _SHOWN)
    text = f"{clock:12}  {shown}  {event.get('service', service):12} {event['event']}  {details}".rstrip()
    return text + (f"\n{event['exception']}" if event.get("exception") else "")


def _value(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else json.dumps(value, ensure_ascii=False)
