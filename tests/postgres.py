"""Databases of PostgreSQL's for tests, where there is one."""

import os
import secrets
import subprocess

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def postgres() -> str | None:
    """A fresh database, or None where there is no PostgreSQL."""
    name = f"t_{secrets.token_hex(6)}"
    try:
        subprocess.run(["psql", POSTGRES, "-qc", f"CREATE DATABASE {name}"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return POSTGRES.rsplit("/", 1)[0] + "/" + name


def drop(url: str) -> None:
    """Delete such a database."""
    statement = f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)"
    subprocess.run(["psql", POSTGRES, "-qc", statement], check=False, capture_output=True)
