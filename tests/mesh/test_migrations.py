"""Every service's migrations, up and down again, on both databases; what they make is what its tables.py says."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mesh.kept.db import async_url, version_table
from tests.postgres import drop, postgres

SERVICES = sorted(path.parent.parent.name for path in Path().glob("*/migrations/versions"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/x.db"
        return
    url = postgres()
    if url is None:
        pytest.skip("no PostgreSQL")
    yield url
    drop(url)


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_go_up_and_down(service: str, database: str) -> None:
    url = async_url(database, service)
    engine = sa.create_engine(url.replace("+aiosqlite", ""))
    command = [sys.executable, "-m", "alembic", "-c", f"{service}/migrations/alembic.ini", "-x", f"url={url}"]

    def run(*words: str) -> None:
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def tables() -> set[str]:
        return set(sa.inspect(engine).get_table_names())

    version = {version_table(service)}
    ours = set(importlib.import_module(f"{service}.tables").metadata.tables) | {f"{service}_state"}
    run("upgrade", "head")
    assert tables() == ours | version
    run("check")
    count = len(list(Path(service, "migrations/versions").glob("[0-9]*.py")))
    for _ in range(count):
        run("downgrade", "-1")
    assert tables() == version
    run("upgrade", "head")
    assert tables() == ours | version
    engine.dispose()
