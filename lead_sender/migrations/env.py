"""Alembic's environment."""

from mesh.db import run_migrations

from lead_sender.store import metadata

run_migrations("lead_sender", metadata)
