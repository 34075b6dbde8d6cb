"""Erasing a person's leads, for good: what is written late of them is not taken."""

import time
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lead_sender.tables import deliveries, leads, marks, posts
from mesh import logs
from mesh.kept import person
from mesh.kept.db import Database
from mesh.kept.tombstones import Tombstones, parts
from mesh.wire.lead_sender import ErasedLeads
from mesh.wire.logger import EraseRequest

log = logs.get("erasure")


class Late(Protocol):
    """A lead on its way in, as the tombstones see it."""

    @property
    def fields(self) -> dict[str, str]:
        """Its values."""

    @property
    def session_id(self) -> str | None:
        """Its session."""

    @property
    def began(self) -> float | None:
        """When that began, Unix time."""

    @property
    def owned_by(self) -> str | None:
        """Whose it was."""


class Erasure:
    """Erases, and keeps erased."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.tombstones = Tombstones(db, marks)

    async def erase(self, request: EraseRequest) -> ErasedLeads:
        """Delete every lead of a person, with all that belongs to it; or only look which they are."""
        theirs, at = person.forms(request.phone) if request.phone else frozenset[str](), request.at or time.time()
        async with self._db.write() as connection:
            found = {
                row.id: row.session_id
                for column, values in (
                    (leads.c.id, await _mentioning(connection, theirs) if theirs else set[str]()),
                    (leads.c.owner, [request.owner] if request.owner else []),
                    (leads.c.session_id, request.sessions),
                )
                for some in parts(sorted(values))
                for row in await connection.execute(sa.select(leads.c.id, leads.c.session_id).where(column.in_(some)))
            }
            owner = [_owned(request.owner)] if request.owner else []
            sessions = sorted({*request.sessions, *filter(None, found.values())})
            if not request.look:
                for some in parts(sorted(found)):
                    await delete(connection, leads.c.id.in_(some))
                await self.tombstones.bury(connection, [*map(_session, sessions), *theirs, *owner], at)
        if not request.look:
            await self._db.scrub()
        return ErasedLeads(erased=len(found), sessions=sessions)

    async def is_late(self, connection: AsyncConnection, lead: Late) -> bool:
        """Whether a lead is of an owner or a session that was erased, or of one that began before and speaks of an
        erased person now.
        """
        session_id, began = lead.session_id, lead.began
        owner, session = _owned(lead.owned_by), _session(session_id)
        found = await self.tombstones.buried(connection, {*person.written(lead.fields), owner, session} - {""})
        if session_id is None or not found:
            return owner in found
        if session not in found:
            erased_at = max(found.values())
            if owner not in found and (began is None or began >= erased_at):
                return False
            await delete(connection, leads.c.session_id == session_id)
            await self.tombstones.bury(connection, [session], erased_at)
        log.info("a late lead of an erased person is dropped", session_id=session_id)
        return True


async def delete(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> int:
    """Delete leads with all that belongs to them; how many."""
    ids = sa.select(leads.c.id).where(which)
    await connection.execute(deliveries.delete().where(deliveries.c.lead_id.in_(ids)))
    await connection.execute(posts.delete().where(posts.c.lead_id.in_(ids)))
    return int((await connection.execute(leads.delete().where(which))).rowcount)


async def _mentioning(connection: AsyncConnection, theirs: frozenset[str]) -> set[str]:
    """The leads that mention a person, or did when they were sent. The database looks roughly, and Python closely."""
    shortest = min(theirs, key=len)
    found: set[str] = set()
    for lead_id, *columns in ((leads.c.id, leads.c.fields, leads.c.call), (deliveries.c.lead_id, deliveries.c.lead)):
        texts = [sa.func.lower(sa.cast(column, sa.Text())) for column in columns]
        # The digits in their order, whatever stands between them: "(415) 555-01 23".
        digits = "%" + "%".join(shortest) + "%"
        rough = [text.like(digits) if shortest.isdigit() else text.contains("caller") for text in texts]
        rows = await connection.stream(sa.select(lead_id, *columns).where(sa.or_(*rough)))
        found |= {row[0] async for row in rows if person.mentions(list(row[1:]), theirs)}
    return found


def _owned(owner: str | None) -> str:
    return f"owner {owner}" if owner else ""


def _session(session_id: str | None) -> str:
    return f"session {session_id}" if session_id else ""
