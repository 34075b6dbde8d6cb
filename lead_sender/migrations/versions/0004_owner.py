"""Whose session a lead is of, where it is not the house's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("leads", sa.Column("owner", sa.String(80)))
    op.create_index("leads_owner", "leads", ["owner"])


def downgrade() -> None:
    op.drop_index("leads_owner", "leads")
    with op.batch_alter_table("leads") as leads:
        leads.drop_column("owner")
