"""Log-ins that fail: who may try again, and when. It outlives a restart; addresses and names are kept as keyed hashes.

| what fails often                    | then                                                                        |
| ----------------------------------- | --------------------------------------------------------------------------- |
| one account from one address        | after FREE tries the wait doubles, to LONGEST; the right password ends it    |
| any accounts from one address       | the same, later: a house of people may be behind it                          |
| one account from many addresses     | a short wait for addresses from which its owner has never come: a stranger   |
|                                     | cannot lock its owner out, nor guess on with a thousand machines             |
"""

import hashlib
import hmac
import ipaddress
import secrets
import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from accounts.tables import attempts
from mesh.errors import ApiError
from mesh.kept.db import Database

QUIET_S = 3_600.0
"""After so long without a failure half of them are forgotten, and so on."""
KEPT_S = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free; then the wait doubles from a second to the longest."""

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        """How long after a failure the next try may come."""
        return min(self.longest_s, 2.0 ** min(failures - self.free, 30)) if failures >= self.free else 0.0


PAIR, ADDRESS, ACCOUNT = Limit(5, 900.0), Limit(30, 300.0), Limit(50, 20.0)


class Attempts:
    """Counts them."""

    def __init__(self, db: Database) -> None:
        self._db, self._key = db, b""

    async def open(self) -> None:
        """Read the key of the hashes, or make it: before anything else is asked."""
        self._key = bytes.fromhex(await self._db.remember("attempts_key", secrets.token_hex(32), over=False))

    async def begin(self, account: str, address: str) -> None:
        """Count a try before its password is looked at: of many at once, few are let through.

        Raises ApiError 429 too_many_attempts.
        """
        pair, limits = self._mark("pair", account, network(address)), self._limits(account, address)
        async with self._db.write() as connection:
            rows = await self._rows(connection, [*limits])
            trusted = rows[pair]["trusted"]
            wait_s = max(
                limit.wait_s(rows[mark]["failures"]) - (time.time() - rows[mark]["at"])
                for mark, limit in limits.items()
                if not (limit is ACCOUNT and trusted)
            )
            if wait_s <= 0:
                for mark in limits:
                    await self._write(connection, mark, failures=_faded(rows[mark]) + 1, at=time.time())
        if wait_s > 0:
            after = max(1, round(wait_s + 0.5))
            message = f"Too many log-ins have failed; try again in {after} seconds."
            raise ApiError(429, "too_many_attempts", message, retry_after_s=after)

    async def succeeded(self, account: str, address: str) -> None:
        """It was the right password: the owner has come from here."""
        limits = self._limits(account, address)
        async with self._db.write() as connection:
            rows = await self._rows(connection, [*limits])
            for mark, limit in limits.items():
                if limit is PAIR:
                    await self._write(connection, mark, failures=0, at=time.time(), trusted=True)
                else:
                    await self._write(connection, mark, failures=max(0, rows[mark]["failures"] - 1))

    async def sweep(self) -> None:
        """Forget what was long ago."""
        async with self._db.write() as connection:
            await connection.execute(attempts.delete().where(attempts.c.at < time.time() - KEPT_S))

    def _limits(self, account: str, address: str) -> dict[str, Limit]:
        where = network(address)
        return {
            self._mark("pair", account, where): PAIR,
            self._mark("address", "", where): ADDRESS,
            self._mark("account", account, ""): ACCOUNT,
        }

    def _mark(self, kind: str, account: str, where: str) -> str:
        text = f"{kind}\0{account}\0{where}"
        return hmac.new(self._key, text.encode(errors="replace"), hashlib.sha256).hexdigest()

    async def _rows(self, connection: AsyncConnection, marks: list[str]) -> dict[str, sa.RowMapping]:
        # There is a row to lock before it is read, and all lock in one order: none is passed by, none waits for ever.
        marks = sorted(marks)
        fresh = [{"subject": mark, "failures": 0, "at": time.time(), "trusted": False} for mark in marks]
        insert: Any = (sqlite if self._db.is_sqlite else postgresql).insert(attempts)
        await connection.execute(insert.values(fresh).on_conflict_do_nothing(index_elements=["subject"]))
        query = sa.select(attempts).where(attempts.c.subject.in_(marks)).order_by(attempts.c.subject).with_for_update()
        return {row["subject"]: row for row in (await connection.execute(query)).mappings()}

    async def _write(self, connection: AsyncConnection, mark: str, **values: object) -> None:
        await connection.execute(attempts.update().where(attempts.c.subject == mark).values(**values))


def network(address: str) -> str:
    """What one customer of a network has: an IPv4 address, or the first half of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


def _faded(row: sa.RowMapping) -> int:
    return int(row["failures"] / 2 ** min(60, max(0.0, time.time() - row["at"]) // QUIET_S))
