"""What is left of deleted accounts in other services: a row for each owner, until gateway says that all of it is gone.

The row is written in the transaction that deletes the account: whatever dies then, it is done by the next process.

| gateway                                    | then                                                          |
| ------------------------------------------ | ------------------------------------------------------------- |
| down, slow, or a service behind it is      | the row stays, with what is wrong; it is asked again, AGAIN_S  |
| has done it, and its answer is lost        | it is asked again, which erases nothing more                   |
"""

import asyncio
import time
from contextlib import suppress

import sqlalchemy as sa

from accounts.tables import erasures
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError
from mesh.kept.db import Database
from mesh.repeat import repeat
from mesh.wire.common import Check
from mesh.wire.gateway import ERASE_OWNER

AGAIN_S = 15.0
log = logs.get("erasure")


class Erasure:
    """Sees to it."""

    def __init__(self, db: Database, gateway: Client) -> None:
        self._db, self._gateway = db, gateway
        self._more = asyncio.Event()
        self.waiting, self._oldest = 0, 0.0

    async def owner(self, owner: str) -> list[str]:
        """Try at once, for who waits; the services that have not answered."""
        if not await self._erase(owner):
            self._more.set()
            return ["gateway"]
        return []

    async def run(self) -> None:
        """Do what is left, again and again."""
        await repeat(self.work, self._pause, "erasures wait for the database")

    async def work(self) -> None:
        """Try all that is left once."""
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(erasures).order_by(erasures.c.since))).all()
        self.waiting, self._oldest = len(rows), rows[0].since if rows else 0.0
        for row in rows:
            self.waiting -= await self._erase(row.owner)

    def check(self) -> Check:
        """For /health: what waits; whether it has waited too long."""
        late = self.waiting and time.time() - self._oldest > 20 * AGAIN_S
        return Check(ok=not late, detail=f"{self.waiting} deleted accounts wait for other services")

    async def _erase(self, owner: str) -> bool:
        mine = erasures.c.owner == owner
        try:
            await self._gateway.call(ERASE_OWNER, path={"owner": owner})
        except PeerError as error:
            log.warning("an erasure waits", owner=owner, reason=error.message)
            async with self._db.write() as connection:
                await connection.execute(erasures.update().where(mine).values(error=error.message[:300]))
            return False
        async with self._db.write() as connection:
            await connection.execute(erasures.delete().where(mine))
        await self._db.scrub()
        log.info("an account is gone everywhere", owner=owner)
        return True

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S):
                await self._more.wait()
                await asyncio.sleep(1.0)
        self._more.clear()
