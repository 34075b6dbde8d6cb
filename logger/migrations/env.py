"""Alembic's environment."""

from logger.tables import metadata
from mesh.db import run_migrations

run_migrations("logger", metadata)
