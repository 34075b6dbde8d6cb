"""The tables of logger."""

import sqlalchemy as sa

from mesh.kept import tombstones

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("session_id", sa.String(64), nullable=False),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("data", sa.JSON(), nullable=False),
    sa.Index("events_session", "session_id", "seq"),
    sa.Index("events_at", "at"),
)

marks = tombstones.table(metadata, "logger")

orphans = sa.Table(
    "logger_orphans",
    metadata,
    sa.Column("bucket", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("since", sa.Float(53), nullable=False),
)
"""Objects of erased sessions, for storage to delete."""
