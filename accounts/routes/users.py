"""Users: one's own account, and for admins all."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from accounts import names, store
from accounts.logins import addressed, named
from accounts.parts import Address, Admin, Asking, Parts, UserId, Wired
from mesh.errors import ApiError
from mesh.service import serve
from mesh.wire.accounts import (
    CHANGE_ME,
    CHANGE_USER,
    DELETE_ME,
    DELETE_USER,
    ME,
    USER,
    USER_ID,
    USERS,
    Deleted,
    MeChange,
    User,
    UserChange,
    Users,
)

routes = APIRouter(tags=["accounts"])
Id = Annotated[str, Path(pattern=USER_ID)]


@serve(routes, ME, summary="Your account")
async def me(user_id: UserId, parts: Wired) -> User:
    return await _found(parts, user_id)


@serve(routes, CHANGE_ME, summary="Change your account; a new password ends all other log-ins")
async def change_me(body: MeChange, user_id: UserId, asking: Asking, parts: Wired, address: Address) -> User:
    user, values = await _found(parts, user_id), _values(body)
    if body.password is not None or "email" in values:
        await parts.logins.confirmed(user_id, body.old_password, address)
    if body.password is not None:
        values["password"] = await parts.logins.hashed(body.password, user.model_copy(update=values))
    return await store.change(parts.db, user_id, values, keep=asking.family)


@serve(routes, DELETE_ME, summary="Delete your account, with all that is yours")
async def delete_me(user_id: UserId, parts: Wired, response: Response) -> Deleted:
    return await _delete(parts, user_id, response)


@serve(routes, USERS, summary="All users, oldest first; an admin's")
async def users(
    _: Admin,
    parts: Wired,
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Users:
    return await store.page(parts.db, after=after, limit=limit)


@serve(routes, USER, summary="A user; an admin's")
async def user(user_id: Id, _: Admin, parts: Wired) -> User:
    return await _found(parts, user_id)


@serve(routes, CHANGE_USER, summary="Change a user; an admin's")
async def change_user(body: UserChange, user_id: Id, _: Admin, parts: Wired) -> User:
    user, values = await _found(parts, user_id), _values(body)
    values |= body.model_dump(include={"role", "disabled"}, exclude_none=True)
    if body.password is not None:
        values["password"] = await parts.logins.hashed(body.password, user.model_copy(update=values))
    return await store.change(parts.db, user_id, values)


@serve(routes, DELETE_USER, summary="Delete a user, with all that is theirs; an admin's")
async def delete_user(user_id: Id, _: Admin, parts: Wired, response: Response) -> Deleted:
    return await _delete(parts, user_id, response)


def _values(body: MeChange | UserChange) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if body.username is not None:
        values |= named(names.username(body.username))
    if body.email is not None:
        values |= addressed(names.email(body.email))
    return values


async def _found(parts: Parts, user_id: str) -> User:
    known = await store.by_id(parts.db, user_id)
    if known is None:
        raise ApiError(404, "not_found", "There is no such user.")
    return known.user


async def _delete(parts: Parts, user_id: str, response: Response) -> Deleted:
    await store.delete(parts.db, user_id)
    waiting = await parts.erasure.owner(f"user:{user_id}")
    response.status_code = 202 if waiting else 200
    return Deleted(deleted=1, waiting=waiting)
