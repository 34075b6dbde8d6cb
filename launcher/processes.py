"""Which services of this folder run, found by their command lines: pid files go stale, processes do not.

Who starts the mesh holds a lock on run/lock, which ends with its process, however that ends.
"""

import fcntl
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from launcher.venvs import python_of
from mesh.addresses import SERVER, setting
from mesh.settings import port_offset, ports

RUN = Path("run")
PROC = Path("/proc")
LOCK_S = 1.0
# Seconds that a service may take to finish what it does; the others have 10.
GRACE_S = {"call_handler": 30, "gateway": 25}
DRAIN_S = 15.0
"""Of which a call in progress has so many, where DRAIN_S does not say otherwise; then it is said goodbye, and saved."""
_SECONDS = r"\d+(\.\d+)?"


def grace_s(service: str) -> int:
    """How long a service may take to finish what it does once it was asked to stop."""
    return GRACE_S.get(service, 10)


def waited_for(service: str) -> str:
    """What keeps a service that was asked to stop, and how long it may."""
    if service not in GRACE_S:
        return f"requests in progress, {grace_s(service)} s at most"
    given = setting(service, "DRAIN_S")
    return f"calls in progress, {float(given) if re.fullmatch(_SECONDS, given) else DRAIN_S:g} s at most"


def command(service: str) -> list[str]:
    """The command line of a service. --app-dir names this folder in it, by which `running` knows its own."""
    where = ["--app-dir", str(Path.cwd()), "--host", "127.0.0.1", "--port", str(ports()[service])]
    options = ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", str(grace_s(service))]
    return [str(python_of(service)), "-m", "uvicorn", f"{service}.main:app", *where, *SERVER, *options]


def running() -> dict[str, int]:
    """Process numbers of this folder's services, whoever started them by `command`."""
    found: dict[str, int] = {}
    for pid, line in _command_lines():
        found |= {service: pid for service in ports() if _mark(service) in line}
    return found


def alive(service: str, pid: int) -> bool:
    """Whether this process is that service still: numbers are used again, and a zombie has no command line."""
    return _mark(service) in _command_line(pid)


def lock() -> IO[str] | None:
    """Become the one who starts the mesh here: the lock to hold, or nothing where somebody else has it."""
    file = (RUN / "lock").open("a+")
    deadline = time.monotonic() + LOCK_S
    while not _try(file):  # `supervisor` holds it for a moment when it looks
        if time.monotonic() > deadline:
            file.close()
            return None
        time.sleep(0.02)
    file.truncate(0)
    file.write(f"{os.getpid()} {port_offset()}")
    file.flush()
    return file


def supervisor() -> int | None:
    """The process that has started the mesh here and watches over it."""
    found = _in_lock()
    return found[0] if found else None


def adopt_offset() -> None:
    """What runs here is asked where it listens, whatever terminal asks; an offset that is set there is meant."""
    found = _in_lock()
    if found and "MESH_PORT_OFFSET" not in os.environ:
        os.environ["MESH_PORT_OFFSET"] = str(found[1])


def _in_lock() -> tuple[int, int] | None:
    """Process and offset of the mesh that runs here."""
    try:
        with (RUN / "lock").open("r+") as file:
            pid, offset = (0, 0) if _try(file) else map(int, file.read().split())
    except (OSError, ValueError):
        return None
    return (pid, offset) if pid else None


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _mark(service: str) -> str:
    return f" {service}.main:app --app-dir {Path.cwd()} --host "


def _command_lines() -> Iterator[tuple[int, str]]:
    if PROC.joinpath("self/cmdline").exists():
        for folder in PROC.iterdir():
            if folder.name.isdigit():
                yield int(folder.name), _command_line(int(folder.name))
        return
    for row in _ps("-axww", "-o", "pid=,command=").splitlines():
        pid, _, line = row.strip().partition(" ")
        yield int(pid), line


def _command_line(pid: int) -> str:
    if not PROC.joinpath("self/cmdline").exists():
        return _ps("-ww", "-o", "command=", "-p", str(pid))
    try:
        return PROC.joinpath(str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it ended meanwhile
        return ""


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
