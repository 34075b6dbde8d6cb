"""Starts the services as processes, restarts what dies, stops everything at the end."""

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from launcher.venvs import python_of
from mesh.settings import ports

RUN = Path("run")
MIN_DISK_MB = 200
MAX_LOG_MB = 20
FIRST_DELAY_S, MAX_DELAY_S, STEADY_S = 0.5, 30.0, 60.0
STOP_S = 12.0
SERVER = (
    *("--http", "mesh.server:Http", "--ws", "mesh.server:Socket"),
    *("--ws-max-size", "2200000", "--ws-per-message-deflate", "false"),
)
"""Deadlines and limits of connections; the largest message of a WebSocket, bytes."""


class StartError(Exception):
    """The mesh cannot start; the message says why, and what to do."""


def log_file(service: str) -> Path:
    """Where a service's lines go."""
    return RUN / "logs" / f"{service}.log"


def pid_file(name: str) -> Path:
    """Where a process's number is."""
    return RUN / f"{name}.pid"


def running_pid() -> int | None:
    """The supervisor that runs here already."""
    return _alive("supervisor", "launcher")


def check_machine(services: list[str]) -> None:
    """Raise StartError for what would stop the start: a taken port, a full disk."""
    free_mb = shutil.disk_usage(".").free // 1048576
    if free_mb < MIN_DISK_MB:
        raise StartError(f"The disk is nearly full: {free_mb} MiB are free, {MIN_DISK_MB} are wanted. Make room first.")
    for service in services:
        port = ports()[service]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise StartError(
                    f"Port {port}, which {service} needs, is taken. Stop what listens there "
                    f"(lsof -i :{port}), or move all ports: MESH_PORT_OFFSET=100 ./start_all.sh"
                ) from None


class Supervisor:
    """The processes of the mesh."""

    def __init__(self, services: list[str], extra_env: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._services, self._extra = services, extra_env or {}
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False

    def start(self) -> None:
        """Start every service and watch over it."""
        (RUN / "logs").mkdir(parents=True, exist_ok=True)
        pid_file("supervisor").write_text(str(os.getpid()))
        self._tasks = [asyncio.create_task(self._keep(service)) for service in self._services]

    async def stop(self) -> None:
        """Stop all: ask, wait, then insist."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        living = [process for process in self._processes.values() if process.returncode is None]
        for process in living:
            process.terminate()
        waiting = [asyncio.create_task(process.wait()) for process in living]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=STOP_S)
            if late:
                for process in living:
                    if process.returncode is None:
                        process.kill()
                await asyncio.wait(late)
        for name in ["supervisor", *self._services]:
            pid_file(name).unlink(missing_ok=True)

    async def _keep(self, service: str) -> None:
        delay = FIRST_DELAY_S
        while True:
            began = time.monotonic()
            code = await self._run(service)
            if self._stopping:
                return
            if time.monotonic() - began > STEADY_S:
                delay = FIRST_DELAY_S
            print(
                f"{service} died ({_how(code)}); started again in {delay:g} s. Its log: {log_file(service)}", flush=True
            )
            await asyncio.sleep(delay)
            delay = min(MAX_DELAY_S, delay * 2)

    async def _run(self, service: str) -> int:
        path = log_file(service)
        if path.exists() and path.stat().st_size > MAX_LOG_MB * 1048576:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command(service),
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._extra.get(service, {})},
                start_new_session=True,  # Ctrl-C reaches the supervisor, which stops them in order
            )
        self._processes[service] = process
        pid_file(service).write_text(str(process.pid))
        return await process.wait()


def command(service: str) -> list[str]:
    """The command line of a service."""
    options = ["--host", "127.0.0.1", "--port", str(ports()[service])]
    options += [*SERVER, "--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "10"]
    return [str(python_of(service)), "-m", "uvicorn", f"{service}.main:app", *options]


def stop_running(timeout_s: float = 20.0) -> bool:
    """Stop the mesh that runs in this folder, and what an earlier one left behind; whether there was anything."""
    pid = running_pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and running_pid() is not None:
            time.sleep(0.1)
    orphans = [found for service in ports() if (found := _alive(service, f"{service}.main:app"))]
    for orphan in orphans:
        os.kill(orphan, signal.SIGTERM)
    return pid is not None or bool(orphans)


def _alive(name: str, mark: str) -> int | None:
    """The process of a pid file, if it lives and its command line holds `mark` (numbers are used again)."""
    try:
        pid = int(pid_file(name).read_text())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    import subprocess

    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return pid if mark in shown.stdout else None


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
