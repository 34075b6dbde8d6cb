import asyncio
import os
import secrets
import shutil
import subprocess
import sys

# A developer's own settings must not decide what the tests see: before anything reads them.
os.environ["MESH_ENV_FILE"] = os.devnull
for name in [
    n for n in os.environ if n.endswith(("_ENGINE", "_BASE_URL", "_API_KEY", "_URL")) or n.startswith("TWILIO_")
]:
    del os.environ[name]

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
import uvicorn
import uvicorn.server
from fastapi import FastAPI

from simulator.processes import ROOT, Mesh

os.chdir(ROOT)
# uvicorn looks every 0.1 s whether it shall stop, and then whether it has: two of those at the end of every test.
uvicorn.server.asyncio = SimpleNamespace(  # type: ignore[attr-defined]
    **{**vars(asyncio), "sleep": lambda seconds: asyncio.sleep(min(seconds, 0.01))}
)
PROCESSES = {"bench", "launcher", "people", "realtime"}
"""Folders whose tests start processes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts services as processes is slow, and so is the second database; what else takes long says so itself."""
    for item in items:
        starts = hasattr(getattr(item, "module", None), "Mesh") or "mesh" in getattr(item, "fixturenames", ())
        if starts or "[postgresql" in item.name or PROCESSES & set(item.path.relative_to(ROOT).parts):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """The whole mesh, running. Tests that stop a service start it again."""
    running = Mesh(tmp_path_factory.mktemp("mesh"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], str]:
    """Makes a service's database at a path, as a copy of one: alembic, a process that takes seconds, runs once."""
    made: dict[str, Path] = {}

    def copy(service: str, path: Path) -> str:
        if service not in made:
            made[service] = tmp_path_factory.mktemp("databases") / f"{service}.db"
            options = ["-c", f"{service}/migrations/alembic.ini", "-x", f"url=sqlite:///{made[service]}"]
            command = [sys.executable, "-m", "alembic", *options, "upgrade", "head"]
            subprocess.run(command, check=True, capture_output=True)
        if not path.exists():
            shutil.copy(made[service], path)
        return f"sqlite:///{path}"

    return copy


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
async def serve_app() -> AsyncIterator[Callable[[FastAPI], "asyncio.Future[str]"]]:
    """Serves an app on a free port with its real server; gives its address."""
    async with AsyncExitStack() as stack:

        async def start(app: FastAPI) -> str:
            config = uvicorn.Config(
                app,
                port=0,
                log_config=None,
                lifespan="on",
                timeout_graceful_shutdown=15,  # what a failed test left waiting must not hold up all that follow
                http="mesh.server:Http",
                ws="mesh.server:Socket",
                ws_max_size=2_200_000,
                ws_per_message_deflate=False,
            )
            server = uvicorn.Server(config)
            task = asyncio.create_task(server.serve())
            while not server.started:
                assert not task.done(), task
                await asyncio.sleep(0.01)

            async def stop() -> None:
                server.should_exit = True
                await task

            stack.push_async_callback(stop)
            return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

        yield start  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _spool(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test leaves waiting is not for the next, nor in the developer's folder."""
    monkeypatch.setenv("SPOOL_DIR", str(tmp_path_factory.getbasetemp() / f"spool-{secrets.token_hex(4)}"))
    monkeypatch.setenv("SCENARIOS_KEPT_DIR", str(tmp_path_factory.getbasetemp() / f"scenarios-{secrets.token_hex(4)}"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
