"""The tables of accounts. Times are Unix seconds; `changed` is the number of the change, as `feed` counts them."""

import sqlalchemy as sa

metadata = sa.MetaData()

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("username", sa.String(64), nullable=False),
    sa.Column("username_key", sa.String(255), nullable=False, unique=True),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("email_key", sa.String(512), nullable=False, unique=True),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("disabled", sa.Boolean(), nullable=False),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Index("users_page", "created_at", "id"),
)
"""`…_key` is what must be unique: the name as everybody reads it."""

families = sa.Table(
    "families",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("expires_at", sa.Float(53), nullable=False, index=True),
)
"""A log-in, and the number of its refresh token that counts."""

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    sa.Column("application", sa.String(64)),
    sa.Column("scopes", sa.JSON(), nullable=False),
    sa.Column("budget", sa.JSON(none_as_null=True)),
    sa.Column("created_at", sa.Float(53), nullable=False),
    sa.Column("expires_at", sa.Float(53)),
    sa.Column("last_used_at", sa.Float(53)),
    sa.Column("changed", sa.BigInteger(), nullable=False, index=True),
    sa.Index("api_keys_page", "created_at", "id"),
)

voids = sa.Table(
    "voids",
    metadata,
    sa.Column("subject", sa.String(80), primary_key=True),
    sa.Column("before", sa.Float(53), nullable=False),
    sa.Column("changed", sa.BigInteger(), nullable=False, index=True),
)

feed = sa.Table(
    "accounts_feed",
    metadata,
    sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("now", sa.BigInteger(), nullable=False),
    sa.Column("floor", sa.BigInteger(), nullable=False),
)
"""One row. `floor`: voids up to there may have been swept, whoever knows less is told all."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
    sa.Column("trusted", sa.Boolean(), nullable=False),
)
"""Log-ins that failed, by a keyed hash of whom and whence."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("owner", sa.String(80), primary_key=True),
    sa.Column("since", sa.Float(53), nullable=False),
    sa.Column("error", sa.String(300), nullable=False),
)
"""Owners that are gone here, and of whom the other services have yet to delete what is theirs."""

usage = sa.Table(
    "usage",
    metadata,
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
    sa.Index("usage_day", "day"),
    sa.Index("usage_key", "key_id", "day"),
)

usage_batches = sa.Table(
    "usage_batches",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
)
"""Batches that were added: one that comes again, because its reply was lost, is not."""
