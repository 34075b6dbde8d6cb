"""The tables of lead_sender."""

import sqlalchemy as sa

from mesh.kept import tombstones

metadata = sa.MetaData()

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("lead_id", sa.String(32), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("sink", sa.String(16), nullable=False),
    sa.Column("event", sa.String(16), nullable=False),
    sa.Column("lead", sa.JSON(), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("next_at", sa.Float(53), nullable=False),
    sa.Column("give_up_at", sa.Float(53), nullable=False),
    sa.Column("error", sa.String(300), nullable=False),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("updated_at", sa.Float(53), nullable=False),
    sa.Index("deliveries_due", "status", "next_at"),
    sa.Index("deliveries_order", "lead_id", "sink", "revision"),
)

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("updated_at", sa.Float(53), nullable=False),
    sa.Column("session_id", sa.String(64), unique=True),
    sa.Column("scenario", sa.String(64)),
    sa.Column("phone", sa.String(32)),
    sa.Column("partial", sa.Boolean(), nullable=False),
    sa.Column("simulated", sa.Boolean(), nullable=False),
    sa.Column("fields", sa.JSON(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("heard", sa.JSON(), nullable=False),
    sa.Column("call", sa.JSON(none_as_null=True)),
    sa.Column("deliver_at", sa.Float(53)),
    sa.Column("owner", sa.String(80)),
    sa.Index("leads_phone", "phone"),
    sa.Index("leads_created_at", "created_at"),
    sa.Index("leads_deliver_at", "deliver_at"),
    sa.Index("leads_owner", "owner"),
)

posts = sa.Table(
    "lead_posts",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("lead_id", sa.String(32), nullable=False),
    sa.Column("created_at", sa.Float(53), nullable=False),
)

marks = tombstones.table(metadata, "lead_sender")
