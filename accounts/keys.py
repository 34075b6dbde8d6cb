"""All the SQL of API keys, and of the feed by which the other services know them and what is revoked.

Each change takes the next number, in its own transaction: whoever else changes something waits for its end, so that who
has read up to a number has seen all before it.
"""

import asyncio
import hashlib
import re
import secrets
import string
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from accounts.tables import api_keys, feed, users, voids
from mesh.errors import ApiError, BadInput
from mesh.kept.db import Database
from mesh.wire.accounts import SCOPES, ApiKey, ApiKeys, KeyChanges, KeyRecord, MadeKey, UsedKeys, Void

MOST = 1_000
"""Changes in one answer; one change touches fewer rows than that."""
LOOK_S = 0.3
"""Whoever waits for a change hears of it after so long, whichever replica made it."""
KEPT_S = 86_400.0
"""A void is kept for so long: far longer than what it voids lives."""
_BASE32, _BASE62 = "abcdefghijklmnopqrstuvwxyz234567", string.ascii_letters + string.digits
_PLACE = re.compile(r"([0-9]{1,12}\.[0-9]{1,9})_([0-9a-z]{1,32})")
_HINT = len("vb_12345678")


class Feed:
    """What has changed, told to those who wait for it."""

    def __init__(self, db: Database) -> None:
        self._db, self.waiting = db, 0
        self.ending: Callable[[], bool] = lambda: False
        """Whether the process is about to end: nobody is let wait then."""

    async def since(self, since: int, wait_s: float) -> KeyChanges:
        """What has changed since a number; all there is, where too little is known of what was before."""
        self.waiting += 1
        try:
            return await self._since(since, time.monotonic() + wait_s)
        finally:
            self.waiting -= 1

    async def _since(self, since: int, until: float) -> KeyChanges:
        while True:
            async with self._db.read() as connection:
                now, floor = (await connection.execute(sa.select(feed.c.now, feed.c.floor))).one()
                if since != now:
                    return await _changes(connection, since, now, whole=not floor <= since <= now or since == 0)
            left = until - time.monotonic()
            if left <= 0 or self.ending():
                return KeyChanges(now=now)
            await asyncio.sleep(min(left, LOOK_S))

    async def sweep(self) -> None:
        """Forget voids of what has ended by itself, long ago."""
        async with self._db.write() as connection:
            old = voids.c.before < time.time() - KEPT_S
            floor = (await connection.execute(sa.select(sa.func.max(voids.c.changed)).where(old))).scalar()
            if floor is not None:
                await connection.execute(voids.delete().where(old))
                await connection.execute(feed.update().where(feed.c.floor < floor).values(floor=floor))


async def _changes(connection: AsyncConnection, since: int, now: int, *, whole: bool) -> KeyChanges:
    after = 0 if whole else since
    keys = await _rows(
        connection, sa.select(*api_keys.c, users.c.role, users.c.disabled).outerjoin(users), api_keys, after, now
    )
    gone = await _rows(connection, sa.select(voids), voids, after, now)
    # Of what was cut off in the middle of a number, that number comes with the next answer.
    ends = [rows[MOST]["changed"] - 1 for rows in (keys, gone) if len(rows) > MOST]
    end = min(ends, default=now)
    return KeyChanges(
        now=end,
        whole=whole,
        more=bool(ends),
        keys=[_record(row) for row in keys if row["changed"] <= end],
        voids=[Void(subject=row["subject"], before=row["before"]) for row in gone if row["changed"] <= end],
    )


async def _rows(connection: AsyncConnection, query: Any, table: sa.Table, after: int, now: int) -> Any:  # noqa: ANN401
    wanted = query.where(table.c.changed > after, table.c.changed <= now).order_by(table.c.changed)
    return (await connection.execute(wanted.limit(MOST + 1))).mappings().all()


async def bump(connection: AsyncConnection) -> int:
    """The number of this transaction's change."""
    return int((await connection.execute(feed.update().values(now=feed.c.now + 1).returning(feed.c.now))).scalar_one())


async def void(connection: AsyncConnection, subject: str) -> None:
    """What was issued to a subject until now counts no more."""
    number = await bump(connection)
    await connection.execute(voids.delete().where(voids.c.subject == subject))
    await connection.execute(voids.insert().values(subject=subject, before=time.time(), changed=number))


async def touch(connection: AsyncConnection, user_id: str) -> None:
    """The keys of a user mean something else from now on."""
    mine = api_keys.c.user_id == user_id
    await connection.execute(api_keys.update().where(mine).values(changed=await bump(connection)))


async def revoke_all(connection: AsyncConnection, user_id: str) -> None:
    """Delete the keys of a user."""
    mine = api_keys.c.user_id == user_id
    for key_id in (await connection.execute(sa.select(api_keys.c.id).where(mine))).scalars().all():
        await void(connection, f"key:{key_id}")
    await connection.execute(api_keys.delete().where(mine))


async def make(db: Database, values: dict[str, Any], most: int) -> MadeKey:
    """Make a key for `user_id` or `application`. Raises ApiError 409 too_many_keys."""
    key_id = "".join(secrets.choice(_BASE32) for _ in range(8))
    key = f"vb_{key_id}_" + "".join(secrets.choice(_BASE62) for _ in range(43))
    row = {"id": key_id, "digest": hashlib.sha256(key.encode()).hexdigest(), "created_at": time.time(), **values}
    owner = "user_id" if values.get("user_id") else "application"
    async with db.write() as connection:
        row["changed"] = await bump(connection)
        mine = sa.select(sa.func.count()).where(api_keys.c[owner] == values[owner])
        if (await connection.execute(mine)).scalar_one() >= most:
            raise ApiError(409, "too_many_keys", f"There are {most} keys already: delete one first.")
        await connection.execute(api_keys.insert().values(row))
    return MadeKey(**_shown(row).model_dump(), key=key)


async def page(db: Database, which: dict[str, str], *, after: str | None, limit: int) -> ApiKeys:
    """Keys of a user, of an application, or all, oldest first, from the one after an id on."""
    conditions = [api_keys.c[name] == value for name, value in which.items()]
    query = sa.select(api_keys).where(*conditions, beyond(api_keys, after))
    query = query.order_by(api_keys.c.created_at, api_keys.c.id).limit(limit + 1)
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    shown = [_shown(row) for row in rows[:limit]]
    return ApiKeys(keys=shown, next=place(rows[limit - 1]) if len(rows) > limit else None)


async def change(db: Database, key_id: str, owner: str | None, values: dict[str, Any]) -> ApiKey:
    """Change a key, of this user where one is given. Raises ApiError 404."""
    async with db.write() as connection:
        number = await bump(connection)
        which = _mine(key_id, owner)
        row = (await connection.execute(sa.select(api_keys).where(which).with_for_update())).mappings().first()
        if row is None:
            raise _no_key()
        await connection.execute(api_keys.update().where(which).values({**values, "changed": number}))
        return _shown({**row, **values})


async def revoke(db: Database, key_id: str, owner: str | None) -> None:
    """Delete a key, of this user where one is given. Raises ApiError 404."""
    async with db.write() as connection:
        await void(connection, f"key:{key_id}")
        if not (await connection.execute(api_keys.delete().where(_mine(key_id, owner)))).rowcount:
            raise _no_key()


async def note_used(db: Database, used: UsedKeys) -> int:
    """When keys were used last; how many of them there are."""
    noted = 0
    async with db.write() as connection:
        for one in sorted(used.keys, key=lambda one: one.id):
            later = sa.or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < one.at)
            change = api_keys.update().where(api_keys.c.id == one.id, later).values(last_used_at=one.at)
            noted += (await connection.execute(change)).rowcount
    return noted


def place(row: Any) -> str:  # noqa: ANN401 (a row with `created_at` and `id`)
    """Where a page ends, as its reader gives it back for the next."""
    return f"{row['created_at']!r}_{row['id']}"


def beyond(table: sa.Table, after: str | None) -> sa.ColumnElement[bool]:
    """What comes after a `place`. Raises BadInput for one that none of our pages gave."""
    if not after:
        return sa.true()
    found = _PLACE.fullmatch(after)
    if not found:
        raise BadInput("invalid_request", "after: give what `next` of the page before was.")
    return sa.tuple_(table.c.created_at, table.c.id) > sa.tuple_(sa.literal(float(found[1])), sa.literal(found[2]))


def _mine(key_id: str, owner: str | None) -> sa.ColumnElement[bool]:
    mine = api_keys.c.id == key_id
    return mine if owner is None else sa.and_(mine, api_keys.c.user_id == owner)


def _no_key() -> ApiError:
    return ApiError(404, "not_found", "There is no such key.")


def _shown(row: Any) -> ApiKey:  # noqa: ANN401 (a row of api_keys)
    names = ApiKey.model_fields.keys() - {"hint"}
    return ApiKey.model_validate({"hint": f"vb_{row['id']}…"[: _HINT + 1], **{name: row.get(name) for name in names}})


def _record(row: Any) -> KeyRecord:  # noqa: ANN401 (a row of api_keys, and its user's role and state)
    role = row["role"] or "admin"  # what an application may do, an admin has said
    scopes = [one for one in SCOPES if one in row["scopes"] and (one != "admin" or role == "admin")]
    same = ("id", "name", "digest", "user_id", "application", "budget", "expires_at")
    return KeyRecord.model_validate(
        {"role": role, "scopes": scopes, "disabled": bool(row["disabled"]), **{name: row[name] for name in same}}
    )
