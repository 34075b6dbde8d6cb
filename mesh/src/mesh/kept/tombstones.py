"""Tombstones: who and which sessions have been erased, so that late writers do not bring them back.

A mark is a keyed hash, with the time of the erasure: without the service's database it says nothing of anybody.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mesh.kept.db import Database

AT_ONCE = 5_000
"""Values in one query; SQLite takes 32,766."""


def table(metadata: sa.MetaData, service: str) -> sa.Table:
    """The table, which the service's migrations make; `at` is Unix time."""
    mark = sa.Column("mark", sa.String(64), primary_key=True)
    return sa.Table(f"{service}_tombstones", metadata, mark, sa.Column("at", sa.Float(53), nullable=False))


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as one query takes, and the next, and so on."""
    for first in range(0, len(values), AT_ONCE):
        yield values[first : first + AT_ONCE]


class Tombstones:
    """Those of one service."""

    def __init__(self, db: Database, marks: sa.Table) -> None:
        self._db, self._table = db, marks
        self._key = b""
        self._looked = time.monotonic()

    async def open(self) -> None:
        """Read the key, or make it: before anything else is asked."""
        self._key = bytes.fromhex(await self._db.remember("tombstones_key", secrets.token_hex(32), over=False))

    async def bury(self, connection: AsyncConnection, what: Iterable[str], at: float) -> None:
        """Mark sessions, or forms of a number, as erased."""
        self._looked = time.monotonic()
        marks = sorted({self._mark(one) for one in what})
        if marks:
            for some in parts(marks):
                await connection.execute(self._table.delete().where(self._table.c.mark.in_(some)))
            await connection.execute(self._table.insert(), [{"mark": mark, "at": at} for mark in marks])

    async def buried(self, connection: AsyncConnection, what: Iterable[str]) -> dict[str, float]:
        """Which of them are erased, and when they were.

        A mark from a time that is still to come was made by a clock that was wrong: whoever calls until then would be
        taken for somebody late. It is from before we looked here last.
        """
        now, looked, self._looked = time.time(), self._looked, time.monotonic()
        before = now - (self._looked - looked)
        marks = {self._mark(one): one for one in what}
        found: dict[str, float] = {}
        for some in parts(sorted(marks)):
            query = sa.select(self._table).where(self._table.c.mark.in_(some))
            found |= {marks[row.mark]: float(row.at) for row in (await connection.execute(query)).all()}
        if any(at > now for at in found.values()):
            await connection.execute(self._table.update().where(self._table.c.at > now).values(at=before))
        return {one: before if at > now else at for one, at in found.items()}

    async def forget(self, connection: AsyncConnection, before: float) -> None:
        """Delete those from before a Unix time."""
        await connection.execute(self._table.delete().where(self._table.c.at < before))

    def _mark(self, what: str) -> str:
        return hmac.new(self._key, what.encode(), hashlib.sha256).hexdigest()


class Aged:
    """Rows by a column of theirs, Unix time, as their retention sees them. Tombstones as old go with them: what is
    written so late is old itself. `delete` deletes the rows of which something is true, with all that belongs to them.
    """

    def __init__(
        self,
        db: Database,
        at: "sa.Column[float]",
        tombstones: Tombstones,
        delete: Callable[[AsyncConnection, sa.ColumnElement[bool]], Awaitable[int]],
    ) -> None:
        self._db, self._at, self._tombstones, self._delete = db, at, tombstones, delete

    async def ages(self, before: float) -> tuple[int, int, float]:
        """How many are from before a Unix time, how many there are, and when the newest is from."""
        older = sa.select(sa.func.count()).where(self._at < before)
        every = sa.select(sa.func.count(), sa.func.max(self._at))
        async with self._db.read() as connection:
            count, newest = (await connection.execute(every)).one()
            return int((await connection.execute(older)).scalar_one()), int(count), float(newest or 0)

    async def forget(self, before: float) -> int:
        """Delete those from before a Unix time; how many."""
        async with self._db.write() as connection:
            await self._tombstones.forget(connection, before)
            return await self._delete(connection, self._at < before)
