"""Alembic's environment: the URL comes from `-x url=…`, the tables from store.py."""

from alembic import context
from mesh.db import version_table
from sqlalchemy import create_engine

from lead_sender.store import metadata

url = context.get_x_argument(as_dictionary=True)["url"].replace("+aiosqlite", "")
with create_engine(url).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=version_table("lead_sender"),
        include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
