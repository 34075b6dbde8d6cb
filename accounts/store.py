"""All the SQL of users and log-ins; keys.py has that of API keys and of the feed, attempts.py and erasure.py theirs."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from accounts import keys, usage
from accounts.tables import erasures, families, users
from mesh.errors import ApiError, BadInput
from mesh.kept.db import Database
from mesh.wire.accounts import User, Users


@dataclass(frozen=True, slots=True)
class Known:
    """A user, with what nobody is shown."""

    user: User
    password: str


@dataclass(frozen=True, slots=True)
class Family:
    """A log-in as it stands."""

    id: str
    user_id: str
    number: int
    created_at: float
    expires_at: float


async def add(db: Database, values: dict[str, Any]) -> User:
    """Make an account. Raises ApiError 409 username_taken, email_taken."""
    made = {"id": secrets.token_hex(16), "role": "user", "disabled": False, "created_at": time.time(), **values}
    try:
        async with db.write() as connection:
            await connection.execute(users.insert().values(made))
    except IntegrityError:
        raise await _taken(db, made) from None
    return _user(made)


async def by_key(db: Database, *, username_key: str, email_key: str) -> Known | None:
    """The user of a name or an address; empty ones are nobody's."""
    which = sa.or_(
        sa.and_(users.c.username_key == username_key, sa.literal(bool(username_key))),
        sa.and_(users.c.email_key == email_key, sa.literal(bool(email_key))),
    )
    return await _one(db, which)


async def by_id(db: Database, user_id: str) -> Known | None:
    """The user of an id."""
    return await _one(db, users.c.id == user_id)


async def page(db: Database, *, after: str | None, limit: int) -> Users:
    """Users, oldest first, from a place on."""
    query = sa.select(users).where(keys.beyond(users, after)).order_by(users.c.created_at, users.c.id)
    async with db.read() as connection:
        rows = (await connection.execute(query.limit(limit + 1))).mappings().all()
    next_one = keys.place(rows[limit - 1]) if len(rows) > limit else None
    return Users(users=[_user(row) for row in rows[:limit]], next=next_one)


async def change(db: Database, user_id: str, values: dict[str, Any], *, keep: str | None = None) -> User:
    """Change a user. A new password, role or state ends the log-ins, but for the family to `keep`.

    Raises ApiError 404, 409 username_taken, email_taken, last_admin.
    """
    try:
        async with db.write() as connection:
            before = await _locked(connection, user_id)
            after = {**before, **values}
            if before["role"] == "admin" and (after["role"] != "admin" or after["disabled"]):
                await _not_the_last(connection, user_id)
            if values:
                await connection.execute(users.update().where(users.c.id == user_id).values(values))
            if after["role"] != before["role"] or after["disabled"] != before["disabled"]:
                await keys.touch(connection, user_id)
                await end_all(connection, user_id)
            elif "password" in values:
                await end_all(connection, user_id, keep=keep)
            return _user(after)
    except IntegrityError:
        raise await _taken(db, {"id": user_id, **values}) from None


async def change_hash(db: Database, user_id: str, before: str, after: str) -> None:
    """Keep a better hash of the same password, unless it was changed meanwhile."""
    async with db.write() as connection:
        same = sa.and_(users.c.id == user_id, users.c.password == before)
        await connection.execute(users.update().where(same).values(password=after))


async def delete(db: Database, user_id: str) -> None:
    """Delete a user with log-ins and keys, and write down that the other services are to delete what is theirs.

    Raises ApiError 404, 409 last_admin.
    """
    async with db.write() as connection:
        before = await _locked(connection, user_id)
        if before["role"] == "admin":
            await _not_the_last(connection, user_id)
        await keys.void(connection, f"user:{user_id}")
        await keys.revoke_all(connection, user_id)
        await usage.forget(connection, f"user:{user_id}")
        await connection.execute(users.delete().where(users.c.id == user_id))
        await connection.execute(erasures.insert().values(owner=f"user:{user_id}", since=time.time(), error=""))


async def begin_family(db: Database, user_id: str, ttl_s: float) -> Family:
    """Log in. Raises ApiError 404 when the user has just been deleted."""
    now = time.time()
    made = Family(secrets.token_hex(16), user_id, 1, now, now + ttl_s)
    async with db.write() as connection:
        await _locked(connection, user_id)
        await connection.execute(families.delete().where(families.c.expires_at < now))
        await connection.execute(
            families.insert().values(id=made.id, user_id=user_id, number=1, created_at=now, expires_at=made.expires_at)
        )
    return made


async def next_of_family(db: Database, family_id: str, number: int, *, ttl_s: float, longest_s: float) -> Family | None:
    """Take a refresh token for the next one; None: it does not count. One that was taken before ends the log-in."""
    now = time.time()
    async with db.write() as connection:
        mine = families.c.id == family_id
        row = (await connection.execute(sa.select(families).where(mine).with_for_update())).mappings().first()
        if row is None or row["expires_at"] <= now:
            return None
        if row["number"] != number:
            await _end(connection, family_id)
            return None
        until = min(now + ttl_s, row["created_at"] + longest_s)
        await connection.execute(families.update().where(mine).values(number=number + 1, expires_at=until))
        return Family(family_id, row["user_id"], number + 1, row["created_at"], until)


async def end_family(db: Database, family_id: str) -> int:
    """Log out; how many log-ins that ended."""
    async with db.write() as connection:
        return await _end(connection, family_id)


async def end_user(db: Database, user_id: str) -> int:
    """Log out everywhere; how many log-ins that ended."""
    async with db.write() as connection:
        return await end_all(connection, user_id)


async def end_all(connection: AsyncConnection, user_id: str, *, keep: str | None = None) -> int:
    """End all log-ins of a user but one."""
    which = sa.and_(families.c.user_id == user_id, families.c.id != (keep or ""))
    found = (await connection.execute(sa.select(families.c.id).where(which))).scalars().all()
    if keep is None:
        await keys.void(connection, f"user:{user_id}")
        await connection.execute(families.delete().where(which))
        return len(found)
    return sum([await _end(connection, family_id) for family_id in found])


async def _end(connection: AsyncConnection, family_id: str) -> int:
    await keys.void(connection, f"family:{family_id}")
    return int((await connection.execute(families.delete().where(families.c.id == family_id))).rowcount)


async def _one(db: Database, which: sa.ColumnElement[bool]) -> Known | None:
    async with db.read() as connection:
        row = (await connection.execute(sa.select(users).where(which).limit(1))).mappings().first()
    return Known(_user(row), row["password"]) if row else None


async def _locked(connection: AsyncConnection, user_id: str) -> dict[str, Any]:
    row = (await connection.execute(sa.select(users).where(users.c.id == user_id).with_for_update())).mappings().first()
    if row is None:
        raise ApiError(404, "not_found", "There is no such user.")
    return dict(row)


async def _not_the_last(connection: AsyncConnection, user_id: str) -> None:
    others = sa.select(users.c.id).where(users.c.role == "admin", users.c.disabled.is_(False), users.c.id != user_id)
    if not (await connection.execute(others.with_for_update())).first():
        raise ApiError(409, "last_admin", "This is the last admin: make another one first.")


async def _taken(db: Database, values: dict[str, Any]) -> ApiError:
    for what in ("username", "email"):
        found = await _one(db, sa.and_(users.c[f"{what}_key"] == values.get(f"{what}_key"), users.c.id != values["id"]))
        if found:
            return ApiError(
                409, f"{what}_taken", f"{what}: there is an account with this one, or one that looks like it."
            )
    return BadInput("conflict", "Somebody else changed the same account; try again.", 409)


def _user(row: Any) -> User:  # noqa: ANN401 (a row of users)
    return User.model_validate({name: row[name] for name in User.model_fields})
