"""Alembic's environment."""

from logger.tables import metadata
from mesh.kept.db import run_migrations

run_migrations("logger", metadata)
