"""The mesh as real processes, on free ports, with data of their own: nothing of the user's is touched."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from mesh.addresses import SERVER
from mesh.settings import load_yaml

ROOT = Path(__file__).parent.parent
BASE: dict[str, int] = load_yaml("config.yaml")["services"]
WORLD, AUDIOSOCKET = 8009, 9092
KEPT = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""What such a mesh has of our environment."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_offset() -> int:
    """An offset at which all of the mesh's ports are free; two runs at once begin their search in different places.

    All of them lie below 32768: from there on the system takes ports for connections as it likes.
    """
    offsets: list[int] = list(range(11_000, 23_600, 23))
    first = os.getpid() * 7 % len(offsets)
    for offset in offsets[first:] + offsets[:first]:
        sockets = []
        try:
            for port in (*BASE.values(), WORLD, AUDIOSOCKET):
                probe = socket.socket()
                sockets.append(probe)
                probe.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        else:
            return offset
        finally:
            for probe in sockets:
                probe.close()
    raise RuntimeError("no free ports")


def own_environment(folder: str | Path) -> dict[str, str]:
    """The environment of a service that must not touch the user's data, nor deliver anything."""
    return {
        **{name: value for name, value in os.environ.items() if name in KEPT},
        "MESH_ENV_FILE": os.devnull,
        "STORAGE_DIR": f"{folder}/objects",
        "RECORDINGS_DIR": f"{folder}/recordings",
        "SPOOL_DIR": f"{folder}/spool",
        "SCENARIOS_KEPT_DIR": f"{folder}/scenarios",
        "TEXTS_FILE": f"{folder}/texts.db",
        "RESPONSES_FILE": f"{folder}/responses.db",
    }


def command(app: str, port: int, level: str = "warning") -> list[str]:
    """The command line of an app, as start_all.sh serves the mesh's."""
    uvicorn = [sys.executable, "-m", "uvicorn", app, "--port", str(port)]
    return [*uvicorn, *SERVER, "--no-access-log", "--log-level", level]


class Mesh:
    """Services run by uvicorn, as start_all.sh runs them."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder, self.offset = folder, free_offset()
        self.env = {
            **own_environment(folder),
            "MESH_PORT_OFFSET": str(self.offset),
            "MODELS_DIR": str(folder / "models"),
            "FETCH_ALLOWED_HOSTS": '["files.test"]',
            **env,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{BASE[service] + self.offset}"

    def start(self, *services: str, files: int | None = None, **env: str) -> None:
        """Start services (all, when none is named) and wait until they are healthy; `files`: as many may they open."""
        names = services or tuple(BASE)
        for name in names:
            database = {"DATABASE_URL": f"sqlite:///{self.folder}/{name}.db"}
            limit = ["prlimit", f"--nofile={files}:{files}"] if files else []
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [*limit, *command(f"{name}.main:app", BASE[name] + self.offset)],
                    cwd=ROOT,
                    env={**database, **self.env, **env},
                    stdout=log,
                    stderr=log,
                )
        for name in names:
            self.wait(name)

    def wait(self, service: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                httpx2.get(self.url(service) + "/health", trust_env=False, timeout=2).raise_for_status()
            except httpx2.HTTPError:
                if time.monotonic() > deadline or self.running[service].poll() is not None:
                    raise AssertionError(f"{service} did not start:\n{self.log(service)}") from None
                time.sleep(0.05)
            else:
                return

    @property
    def world(self) -> str:
        """call_handler's port for the world."""
        return f"http://127.0.0.1:{WORLD + self.offset}"

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text()

    def kill(self, *services: str) -> None:
        """End them at once, by SIGKILL."""
        for name in services:
            process = self.running.pop(name)
            process.send_signal(signal.SIGKILL)
            process.wait()

    def freeze(self, service: str) -> None:
        """The process lives and its port is open, but nothing answers."""
        self.running[service].send_signal(signal.SIGSTOP)

    def thaw(self, service: str) -> None:
        self.running[service].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=20)
        self.running.clear()


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Await `check()` again and again until it is true."""
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.05)
