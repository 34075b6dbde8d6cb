"""Alembic's environment."""

from mesh.db import run_migrations

from logger.store import metadata

run_migrations("logger", metadata)
