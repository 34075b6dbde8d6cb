"""Users, log-ins, API keys, what is revoked, and what is still to be erased elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("username_key", sa.String(255), nullable=False, unique=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(512), nullable=False, unique=True),
        sa.Column("password", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
    )
    op.create_index("users_page", "users", ["created_at", "id"])
    op.create_table(
        "families",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("expires_at", sa.Float(53), nullable=False),
    )
    op.create_index("ix_families_user_id", "families", ["user_id"])
    op.create_index("ix_families_expires_at", "families", ["expires_at"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("application", sa.String(64)),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("budget", sa.JSON()),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("expires_at", sa.Float(53)),
        sa.Column("last_used_at", sa.Float(53)),
        sa.Column("changed", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_index("ix_api_keys_changed", "api_keys", ["changed"])
    op.create_index("api_keys_page", "api_keys", ["created_at", "id"])
    op.create_table(
        "voids",
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("before", sa.Float(53), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_voids_changed", "voids", ["changed"])
    feed = op.create_table(
        "accounts_feed",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("now", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(feed, [{"id": 1, "now": 1, "floor": 0}])
    op.create_table(
        "attempts",
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_table(
        "erasures",
        sa.Column("owner", sa.String(80), primary_key=True),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
    )
    op.create_table(
        "accounts_state",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    for name in ("erasures", "attempts", "voids", "api_keys", "families", "users", "accounts_feed", "accounts_state"):
        op.drop_table(name)
