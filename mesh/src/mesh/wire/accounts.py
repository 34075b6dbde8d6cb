"""accounts: users, tokens, API keys, and the feed by which others know them without asking."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from mesh.wire.common import Count, Seconds
from mesh.wire.model import Model
from mesh.wire.route import Route

USER_ID = "^[0-9a-f]{32}$"
KEY_ID = "^[a-z2-7]{8}$"
Role = Literal["user", "admin"]
Scope = Literal["chat", "embeddings", "audio", "realtime", "sessions", "leads", "admin"]
SCOPES: tuple[Scope, ...] = ("chat", "embeddings", "audio", "realtime", "sessions", "leads", "admin")
Username = Annotated[str, Field(min_length=1, max_length=64, examples=["anna"])]
Email = Annotated[str, Field(min_length=3, max_length=254, examples=["anna@example.com"])]
Password = Annotated[str, Field(min_length=1, max_length=256, examples=["correct horse battery staple"])]
Amount = Annotated[int, Field(ge=0, lt=2**53)]
UnixTime = Annotated[float, Field(ge=0, lt=2**40)]


class Budget(Model):
    """What a key may use up in a day, UTC; absent: as much as there is."""

    tokens: Count | None = None
    audio_s: Seconds | None = None
    characters: Count | None = None


class RegisterRequest(Model):
    """Body of POST /auth/register."""

    username: Username
    email: Email
    password: Password


class User(Model):
    """An account. There is no field for a password, nor for its hash."""

    id: str = Field(pattern=USER_ID)
    username: str
    email: str
    role: Role
    disabled: bool = False
    created_at: float


class Users(Model):
    """Reply of GET /users, oldest first; `next` is the `after` of the next page, absent on the last."""

    users: list[User]
    next: str | None = None


class MeChange(Model):
    """Body of PATCH /users/me. A new `password` or `email` wants the present password as `old_password`."""

    username: Username | None = None
    email: Email | None = None
    password: Password | None = None
    old_password: Password | None = None


class UserChange(Model):
    """Body of PATCH /users/{id}, an admin's."""

    username: Username | None = None
    email: Email | None = None
    password: Password | None = None
    role: Role | None = None
    disabled: bool | None = None


class TokenReply(Model):
    """Reply of POST /auth/token (RFC 6749, 5.1). The refresh token is good for one use."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 (its kind)
    expires_in: int
    """Seconds."""
    refresh_token: str
    scope: str = ""


class LogoutRequest(Model):
    """Body of POST /auth/logout: one of the log-ins by its refresh token, or with an access token this one, or all."""

    refresh_token: str | None = Field(default=None, max_length=2_000)
    everywhere: bool = False


class LoggedOut(Model):
    """Reply of POST /auth/logout: how many log-ins have ended."""

    ended: int


class NewKey(Model):
    """Body of POST /keys. An admin may make one for another user, or for an application of that name."""

    name: str = Field(min_length=1, max_length=64, examples=["laptop"])
    scopes: list[Scope] | None = None
    """Absent: all but admin."""
    expires_at: UnixTime | None = None
    budget: Budget | None = None
    user_id: str | None = Field(default=None, pattern=USER_ID)
    application: str | None = Field(default=None, pattern="^[A-Za-z0-9._-]{1,64}$")


class KeyChange(Model):
    """Body of PATCH /keys/{id}. What is absent stays; `expires_at` and `budget` may be null: without."""

    name: str | None = Field(default=None, min_length=1, max_length=64)
    scopes: list[Scope] | None = None
    expires_at: UnixTime | None = None
    budget: Budget | None = None


class ApiKey(Model):
    """An API key as it is shown."""

    id: str = Field(pattern=KEY_ID)
    name: str
    hint: str
    """How it begins."""
    user_id: str | None = None
    application: str | None = None
    scopes: list[Scope]
    budget: Budget | None = None
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None


class MadeKey(ApiKey):
    """Reply of POST /keys: `key` is shown this once."""

    key: str


class ApiKeys(Model):
    """Reply of GET /keys, oldest first; `next` is the `after` of the next page, absent on the last."""

    keys: list[ApiKey]
    next: str | None = None


class Deleted(Model):
    """Reply of DELETE. Of an account, what is left in other services is deleted as soon as they answer."""

    deleted: int
    waiting: list[str] = Field(default_factory=list)
    """Services that have not answered yet."""


class KeyRecord(Model):
    """An API key as those that check it know it."""

    id: str
    name: str
    digest: str
    """SHA-256 of the whole key, hex."""
    role: Role
    scopes: list[Scope]
    disabled: bool = False
    """Its user is."""
    user_id: str | None = None
    application: str | None = None
    budget: Budget | None = None
    expires_at: float | None = None


class Void(Model):
    """What was issued to a subject up to a Unix time counts no more: `user:ID`, `family:ID` (a log-in), `key:ID`."""

    subject: str
    before: float


class KeyChanges(Model):
    """Reply of GET /keys/changes: what has changed since `since`, up to `now`."""

    now: int
    whole: bool = False
    """These are all there are: what is not among them is gone."""
    more: bool = False
    """There are more at once; ask again from `now`."""
    keys: list[KeyRecord] = Field(default_factory=list)
    voids: list[Void] = Field(default_factory=list)


class Used(Model):
    """A key was used last at a Unix time."""

    id: str = Field(pattern=KEY_ID)
    at: UnixTime


class UsedKeys(Model):
    """Body of POST /keys/used."""

    keys: list[Used] = Field(max_length=10_000)


class Noted(Model):
    """Reply of POST /keys/used."""

    noted: int


REGISTER = Route("POST", "/auth/register", RegisterRequest, User, deadline_s=10.0)
TOKEN = Route("POST", "/auth/token", type(None), TokenReply, deadline_s=10.0)
LOGOUT = Route("POST", "/auth/logout", LogoutRequest, LoggedOut, deadline_s=5.0, idempotent=True)
ME = Route("GET", "/users/me", type(None), User, idempotent=True)
CHANGE_ME = Route("PATCH", "/users/me", MeChange, User, deadline_s=10.0)
DELETE_ME = Route("DELETE", "/users/me", type(None), Deleted, deadline_s=30.0, idempotent=True)
USERS = Route("GET", "/users", type(None), Users, idempotent=True)
USER = Route("GET", "/users/{user_id}", type(None), User, idempotent=True)
CHANGE_USER = Route("PATCH", "/users/{user_id}", UserChange, User, deadline_s=10.0)
DELETE_USER = Route("DELETE", "/users/{user_id}", type(None), Deleted, deadline_s=30.0, idempotent=True)
KEYS = Route("GET", "/keys", type(None), ApiKeys, idempotent=True)
MAKE_KEY = Route("POST", "/keys", NewKey, MadeKey)
CHANGE_KEY = Route("PATCH", "/keys/{key_id}", KeyChange, ApiKey)
REVOKE_KEY = Route("DELETE", "/keys/{key_id}", type(None), Deleted, idempotent=True)
CHANGES = Route("GET", "/keys/changes", type(None), KeyChanges, deadline_s=35.0, idempotent=True)
USED = Route("POST", "/keys/used", UsedKeys, Noted, idempotent=True)


class Amounts(Model):
    """What models have done. `estimated`: some of it was counted by us, for the model's server did not say."""

    requests: Amount = 0
    prompt_tokens: Amount = 0
    completion_tokens: Amount = 0
    audio_s: float = Field(default=0.0, ge=0, lt=2**53)
    characters: Amount = 0
    estimated: bool = False


class UsageRow(Amounts):
    """Of one owner with one key and one model on one day (UTC, `2026-11-22`). `key_id` "": a log-in."""

    owner: str = Field(min_length=1, max_length=80)
    key_id: str = Field(default="", max_length=64)
    model: str = Field(max_length=256)
    day: date


class UsageBatch(Model):
    """Body of POST /usage, from a gateway: what to add. One of the same `id` was added before."""

    id: str = Field(pattern="^[0-9a-f]{32}$")
    rows: list[UsageRow] = Field(max_length=2_000)


class Spent(Model):
    """Today's sums of a subject: an owner (`user:…`) or a key (`key:…`)."""

    tokens: Amount = 0
    audio_s: float = 0.0
    characters: Amount = 0


class Added(Model):
    """Reply of POST /usage: what the subjects of the batch have spent today, with it."""

    added: bool
    spent: dict[str, Spent] = Field(default_factory=dict)


class UsageReply(Model):
    """Reply of GET /usage, the latest day first; `total` is of all rows that were asked for, also those left out."""

    rows: list[UsageRow]
    total: Amounts
    truncated: bool = False


ADD_USAGE = Route("POST", "/usage", UsageBatch, Added, deadline_s=5.0, idempotent=True)
SPENT = Route("GET", "/usage/today", type(None), Spent, deadline_s=1.0, idempotent=True)
USAGE = Route("GET", "/usage", type(None), UsageReply, idempotent=True)
