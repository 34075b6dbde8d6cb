"""What is to be sent about a lead, and what is known of its call."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("leads", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("leads", sa.Column("heard", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("leads", sa.Column("call", sa.JSON()))
    op.add_column("leads", sa.Column("deliver_at", sa.Float(53)))
    op.create_index("leads_deliver_at", "leads", ["deliver_at"])
    op.create_table(
        "deliveries",
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
    )
    op.create_index("deliveries_due", "deliveries", ["status", "next_at"])
    op.create_index("deliveries_order", "deliveries", ["lead_id", "sink", "revision"])


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_index("leads_deliver_at", "leads")
    with op.batch_alter_table("leads") as leads:
        for name in ("deliver_at", "call", "heard", "revision"):
            leads.drop_column(name)
