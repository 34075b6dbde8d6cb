"""Registering, logging in, going on, logging out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field

from accounts import store
from accounts.parts import Address, Wired, asked_by
from mesh.auth.guard import credential
from mesh.errors import ApiError, BadInput
from mesh.service import serve
from mesh.wire.accounts import (
    LOGOUT,
    REGISTER,
    TOKEN,
    LoggedOut,
    LogoutRequest,
    RegisterRequest,
    TokenReply,
    User,
)

routes = APIRouter(prefix="", tags=["accounts"])


class TokenForm(BaseModel):
    """OAuth2's form (RFC 6749, 4.3.2 and 6); what else may stand there is passed over."""

    grant_type: Literal["password", "refresh_token"] = "password"
    username: Annotated[str, Field(max_length=320)] = ""
    password: Annotated[str, Field(max_length=1_024)] = ""
    refresh_token: Annotated[str, Field(max_length=2_000)] = ""


@serve(routes, REGISTER, summary="Make an account", status_code=201)
async def register(body: RegisterRequest, request: Request, parts: Wired) -> User:
    if parts.settings.registration == "closed":
        asking = await asked_by(request, parts) if credential(request.scope) else None
        if asking is None or asking.role == "user":
            raise ApiError(403, "registration_closed", "Accounts are made by an admin here.")
    return await parts.logins.register(body)


@serve(routes, TOKEN, summary="Log in, or get the next pair of tokens")
async def token(form: Annotated[TokenForm, Form()], parts: Wired, address: Address) -> TokenReply:
    if form.grant_type == "refresh_token":
        return await parts.logins.refresh(form.refresh_token)
    if not form.username or not form.password:
        raise BadInput("invalid_request", "username and password are wanted, as a form.")
    return await parts.logins.log_in(form.username, form.password, address)


@serve(routes, LOGOUT, summary="Log out, here or everywhere")
async def logout(body: LogoutRequest, request: Request, parts: Wired) -> LoggedOut:
    if body.refresh_token and not body.everywhere:
        return LoggedOut(ended=await parts.logins.end(body.refresh_token))
    asking = await asked_by(request, parts)
    if asking.user_id is None or asking.family is None:
        raise ApiError(404, "no_account", "This is not the token of a user who has logged in.")
    if body.everywhere:
        return LoggedOut(ended=await store.end_user(parts.db, asking.user_id))
    return LoggedOut(ended=await store.end_family(parts.db, asking.family))
