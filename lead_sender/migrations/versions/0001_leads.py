"""Leads, and the idempotency keys under which they were posted."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "leads",
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
    )
    op.create_index("leads_phone", "leads", ["phone"])
    op.create_index("leads_created_at", "leads", ["created_at"])
    op.create_table(
        "lead_posts",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("lead_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    for name in ("lead_posts", "leads"):
        op.drop_table(name)
