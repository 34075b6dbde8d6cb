"""Alembic's environment."""

from lead_sender.tables import metadata
from mesh.kept.db import run_migrations

run_migrations("lead_sender", metadata)
