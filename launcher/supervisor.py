"""Starts the services as processes, restarts what dies, stops everything in the order in which calls drain."""

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from launcher import processes, rotation
from launcher.processes import RUN
from launcher.screen import say
from mesh.settings import ports

MIN_DISK_MB = 200
FIRST_DELAY_S, MAX_DELAY_S, STEADY_S = 0.5, 30.0, 60.0
# Each stage ends before the next is asked to: what it still sends must find somebody. Services that are not named here
# end with the engines.
STAGES = (("call_handler", "admin_panel"), ("gateway",), (), ("lead_sender",), ("logger",), ("storage",))
ENGINES = 2
KILL_S, HURRY_S, SAY_S = 4.0, 2.0, 1.5
LAST_BYTES = 4096


class StartError(Exception):
    """The mesh cannot start; the message says why, and what to do."""


def log_file(service: str) -> Path:
    """Where a service's lines go."""
    return RUN / "logs" / f"{service}.log"


def pid_file(name: str) -> Path:
    """Where a process's number is, for people; who runs is found by `processes.running`."""
    return RUN / f"{name}.pid"


def check_machine(services: list[str]) -> None:
    """Raise StartError for what would stop the start: a taken port, a full disk."""
    free_mb = shutil.disk_usage(".").free // 1048576
    if free_mb < MIN_DISK_MB:
        raise StartError(f"The disk is nearly full: {free_mb} MiB are free, {MIN_DISK_MB} are wanted. Make room first.")
    for service in services:
        check_port(ports()[service], service)


def check_port(port: int, service: str) -> None:
    """Raise StartError where somebody listens there already."""
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
        self._stopping = False
        self.given_up: set[str] = set()
        """What a wrong setting keeps from starting."""

    def start(self) -> None:
        """Start every service and watch over it."""
        self._tasks = [asyncio.create_task(self._keep(service)) for service in self._services]
        self._tasks.append(asyncio.create_task(rotation.keep_small([log_file(name) for name in self._services])))

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop all, stage by stage."""
        self._stopping = True
        await stop_in_order(processes.running(), hurry)
        for task in self._tasks:
            task.cancel()
        for name in self._services:
            pid_file(name).unlink(missing_ok=True)

    async def _keep(self, service: str) -> None:
        delay = FIRST_DELAY_S
        while not self._stopping:
            began = time.monotonic()
            code = await self._run(service)
            if self._stopping:
                return
            if code == os.EX_CONFIG:
                self.given_up.add(service)
                say(f"{_last_line(log_file(service))}\nIt is not tried again: mend the setting, stop, and start anew.")
                return
            if time.monotonic() - began > STEADY_S:
                delay = FIRST_DELAY_S
            say(f"{service} died ({_how(code)}); started again in {delay:g} s. Its log: {log_file(service)}")
            await asyncio.sleep(delay)
            delay = min(MAX_DELAY_S, delay * 2)

    async def _run(self, service: str) -> int:
        with rotation.open_log(log_file(service)) as log:
            process = await asyncio.create_subprocess_exec(
                *processes.command(service),
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._extra.get(service, {})},
                start_new_session=True,  # Ctrl-C reaches the supervisor, which stops them in order
            )
        pid_file(service).write_text(str(process.pid))
        return await process.wait()


async def stop_in_order(running: Mapping[str, int], hurry: asyncio.Event) -> None:
    """Ask each stage's services to end, wait as long as they may take, then insist. `hurry` cuts the waiting short."""
    for stage in _stages(running):
        living = {name: running[name] for name in stage if processes.alive(name, running[name])}
        _signal(living, signal.SIGTERM)
        asked = time.monotonic()
        patience = max((processes.grace_s(name) for name in living), default=0) + KILL_S
        said = False
        while living := {name: pid for name, pid in living.items() if processes.alive(name, pid)}:
            waited = time.monotonic() - asked
            limit = min(HURRY_S, patience) if hurry.is_set() else patience
            if waited > limit + KILL_S:
                break  # not even a kill ends it: the system holds it
            if waited > limit:
                _signal(living, signal.SIGKILL)
            elif waited > SAY_S and not said:
                said = True
                waits = "; ".join(f"{name} waits for {processes.waited_for(name)}" for name in living)
                say(f"{waits}. Ctrl-C again hurries.")
            await asyncio.sleep(0.05)


def _stages(names: Iterable[str]) -> list[list[str]]:
    place = {name: number for number, stage in enumerate(STAGES) for name in stage}
    return [[name for name in names if place.get(name, ENGINES) == number] for number in range(len(STAGES))]


def _signal(pids: Mapping[str, int], number: signal.Signals) -> None:
    for pid in pids.values():
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # it ended by itself meanwhile


def _last_line(path: Path) -> str:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - LAST_BYTES))
        return log.read().decode(errors="replace").rstrip().rpartition("\n")[2]


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
