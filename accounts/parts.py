"""What accounts' routes work with, and who asks them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from accounts import store
from accounts.config import Settings
from accounts.erasure import Erasure
from accounts.keys import Feed
from accounts.logins import Logins
from mesh.auth import ADDRESS, ALL_BUT_ADMIN, LOCAL, PASS, Principal, Unauthorized, principal
from mesh.auth.guard import credential
from mesh.auth.keys import Keyring
from mesh.errors import ApiError
from mesh.kept.db import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process."""

    settings: Settings
    db: Database
    keyring: Keyring
    feed: Feed
    logins: Logins
    erasure: Erasure


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]


async def who_asks(request: Request, parts: Wired) -> Principal:
    """Who asks. Where no secret is set whoever is on this machine does, or who they say that they are."""
    token = credential(request.scope)
    found = principal(request.scope) if "principal" in request.scope.get("state", {}) else None
    if found is None or (found is LOCAL and token):
        if not token:
            raise Unauthorized("unauthorized", "Authorization: Bearer with a token is wanted.")
        found = await parts.keyring.identify(token)
    return found


async def asked_by(request: Request, parts: Wired) -> Principal:
    """Who asks, where it has to be a person who has logged in, or the house."""
    found = await who_asks(request, parts)
    if found.role == "user" and not (found.family and found.scopes >= ALL_BUT_ADMIN):
        raise ApiError(403, "log_in_wanted", "Accounts and keys are managed by who has logged in, not with an API key.")
    if found.user_id:  # what the token says was so when it was made
        known = await store.by_id(parts.db, found.user_id)
        if known is None or known.user.disabled:
            raise Unauthorized("revoked", "The token or key was revoked.")
        if found.role == "admin" and known.user.role != "admin":
            raise ApiError(403, "forbidden", "Only an admin may do this.")
    return found


async def _user_id(asking: Annotated[Principal, Depends(asked_by)]) -> str:
    if asking.user_id is None:
        raise ApiError(404, "no_account", "This is not the credential of a user: log in first.")
    return asking.user_id


async def _admin(asking: Annotated[Principal, Depends(asked_by)]) -> Principal:
    if asking.role == "user":
        raise ApiError(403, "forbidden", "Only an admin may do this.")
    return asking


async def _address(request: Request, parts: Wired) -> str:
    """The address of who asks; of whom gateway asks for, what it says, if it is gateway."""
    direct = request.client.host if request.client else ""
    told, shown = request.headers.get(ADDRESS, ""), request.headers.get(PASS, "")
    if not told:
        return direct
    if not parts.settings.jwt_secret:
        return told
    try:
        return told if (await parts.keyring.identify(shown)).role == "service" else direct
    except ApiError:
        return direct


Anyone = Annotated[Principal, Depends(who_asks)]
Asking = Annotated[Principal, Depends(asked_by)]
UserId = Annotated[str, Depends(_user_id)]
Admin = Annotated[Principal, Depends(_admin)]
Address = Annotated[str, Depends(_address)]
