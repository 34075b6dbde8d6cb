"""What has been used, by owner, key, model and day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("owner", sa.String(80), primary_key=True),
        sa.Column("key_id", sa.String(64), primary_key=True),
        sa.Column("model", sa.String(256), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("audio_s", sa.Float(53), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
    )
    op.create_index("usage_day", "usage", ["day"])
    op.create_index("usage_key", "usage", ["key_id", "day"])
    op.create_table(
        "usage_batches", sa.Column("id", sa.String(32), primary_key=True), sa.Column("at", sa.Float(53), nullable=False)
    )
    op.create_index("ix_usage_batches_at", "usage_batches", ["at"])


def downgrade() -> None:
    op.drop_table("usage_batches")
    op.drop_table("usage")
