"""Alembic's environment."""

from lead_sender.outbox import metadata
from mesh.db import run_migrations

run_migrations("lead_sender", metadata)
