"""Who was erased, what storage has yet to delete of them, and what the service itself remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "logger_state",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "logger_tombstones",
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "logger_orphans",
        sa.Column("bucket", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("since", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    for name in ("logger_orphans", "logger_tombstones", "logger_state"):
        op.drop_table(name)
