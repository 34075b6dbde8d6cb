"""Who was erased, and what the service itself remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "lead_sender_state",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "lead_sender_tombstones",
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("at", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    for name in ("lead_sender_tombstones", "lead_sender_state"):
        op.drop_table(name)
