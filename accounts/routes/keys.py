"""API keys; and for the other services what has changed of them, and which are in use."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlalchemy.exc import IntegrityError

from accounts import keys, store
from accounts.parts import Asking, Wired
from mesh.auth import Principal
from mesh.errors import ApiError, BadInput
from mesh.service import serve
from mesh.wire.accounts import (
    CHANGE_KEY,
    CHANGES,
    KEY_ID,
    KEYS,
    MAKE_KEY,
    REVOKE_KEY,
    SCOPES,
    USED,
    USER_ID,
    ApiKey,
    ApiKeys,
    Deleted,
    KeyChange,
    KeyChanges,
    MadeKey,
    NewKey,
    Noted,
    UsedKeys,
)

routes = APIRouter(tags=["accounts"])
Id = Annotated[str, Path(pattern=KEY_ID)]
HERE = "local"
"""The application of keys that are made on this machine by nobody who has logged in."""


@serve(routes, CHANGES, summary="What has changed of keys and log-ins; a service's", include_in_schema=False)
async def changes(
    parts: Wired, since: Annotated[int, Query(ge=0, lt=2**62)] = 0, wait: Annotated[float, Query(ge=0, le=30)] = 0.0
) -> KeyChanges:
    return await parts.feed.since(since, wait)


@serve(routes, USED, summary="Which keys are in use; a service's", include_in_schema=False)
async def used(body: UsedKeys, parts: Wired) -> Noted:
    return Noted(noted=await keys.note_used(parts.db, body))


@serve(routes, KEYS, summary="Your API keys; for an admin those of a user, of an application, or all")
async def list_keys(
    asking: Asking,
    parts: Wired,
    *,
    user_id: Annotated[str | None, Query(pattern=USER_ID)] = None,
    application: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ApiKeys:
    if asking.role == "user":
        which = {"user_id": str(asking.user_id)}
    else:
        which = {name: value for name, value in (("user_id", user_id), ("application", application)) if value}
    return await keys.page(parts.db, which, after=after, limit=limit)


@serve(routes, MAKE_KEY, summary="Make an API key, which is shown this once", status_code=201)
async def make_key(body: NewKey, asking: Asking, parts: Wired) -> MadeKey:
    owner = _owner(body, asking)
    target_role = "admin"
    if owner["user_id"]:
        known = await store.by_id(parts.db, owner["user_id"])
        if known is None:
            raise ApiError(404, "not_found", "There is no such user.")
        target_role = known.user.role
    scopes = _scopes(body.scopes, "admin" if asking.role != "user" and target_role == "admin" else "user")
    budget = body.budget.model_dump(exclude_none=True) if body.budget else None
    values = {"name": body.name, "scopes": scopes, "budget": budget, "expires_at": _future(body.expires_at), **owner}
    try:
        return await keys.make(parts.db, values, parts.settings.max_keys)
    except IntegrityError:  # the user was deleted a moment ago
        raise ApiError(404, "not_found", "There is no such user.") from None


@serve(routes, CHANGE_KEY, summary="Change an API key")
async def change_key(key_id: Id, body: KeyChange, asking: Asking, parts: Wired) -> ApiKey:
    values: dict[str, Any] = {}
    if body.name is not None:
        values["name"] = body.name
    if body.scopes is not None:
        values["scopes"] = _scopes(body.scopes, "user" if asking.role == "user" else "admin")
    if "expires_at" in body.model_fields_set:
        values["expires_at"] = _future(body.expires_at)
    if "budget" in body.model_fields_set:
        values["budget"] = body.budget.model_dump(exclude_none=True) if body.budget else None
    return await keys.change(parts.db, key_id, _limited_to(asking), values)


@serve(routes, REVOKE_KEY, summary="Revoke an API key: it counts no more within a second")
async def revoke_key(key_id: Id, asking: Asking, parts: Wired) -> Deleted:
    await keys.revoke(parts.db, key_id, _limited_to(asking))
    return Deleted(deleted=1)


def _limited_to(asking: Principal) -> str | None:
    """Whose keys it has to be; None: anybody's."""
    return str(asking.user_id) if asking.role == "user" else None


def _owner(body: NewKey, asking: Principal) -> dict[str, str | None]:
    if asking.role == "user" and (body.application or body.user_id not in (None, asking.user_id)):
        raise ApiError(403, "forbidden", "Only an admin may make a key for another user, or for an application.")
    if body.user_id and body.application:
        raise BadInput("invalid_request", "A key is of a user or of an application.")
    if body.application:
        return {"user_id": None, "application": body.application}
    user_id = body.user_id or asking.user_id
    return {"user_id": user_id, "application": None if user_id else HERE}


def _scopes(wanted: Sequence[str] | None, most: str) -> list[str]:
    if wanted is None:
        return [one for one in SCOPES if one != "admin"]
    if "admin" in wanted and most != "admin":
        raise ApiError(403, "forbidden", "Only an admin may have the scope admin.")
    return [one for one in SCOPES if one in wanted]


def _future(at: float | None) -> float | None:
    if at is not None and at <= time.time():
        raise BadInput("invalid_request", "expires_at: it is over already.")
    return at
