"""Alembic's environment."""

from accounts.tables import metadata
from mesh.kept.db import run_migrations

run_migrations("accounts", metadata)
