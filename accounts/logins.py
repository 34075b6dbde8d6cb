"""Logging in, going on, logging out.

A log-in is a family of refresh tokens, each good for one use (RFC 9700, 4.14.2): one that comes a second time was
stolen, from its owner or by who has used it first, and ends the whole family; so does one whose answer was lost on the
way. An unknown user and a wrong password cost the same work and get the same answer.
"""

import time

from accounts import names, store
from accounts.attempts import Attempts
from accounts.config import Settings
from accounts.passwords import Passwords
from accounts.store import Family
from mesh import logs
from mesh.auth import Unauthorized
from mesh.auth.tokens import Tokens
from mesh.errors import BadInput
from mesh.kept.db import Database
from mesh.wire.accounts import RegisterRequest, TokenReply, User

DAY_S = 86_400.0
WRONG = ("invalid_grant", "Incorrect username or password.")
OVER = ("invalid_grant", "The refresh token does not count, or no more: log in again.")
log = logs.get("logins")


class Logins:
    """Of one process."""

    def __init__(
        self, settings: Settings, db: Database, tokens: Tokens, passwords: Passwords, attempts: Attempts
    ) -> None:
        self._settings, self._db, self._tokens = settings, db, tokens
        self._passwords, self._attempts = passwords, attempts

    async def register(self, request: RegisterRequest, role: str = "user") -> User:
        """Make an account. Raises BadInput, ApiError 409."""
        name, address = names.username(request.username), names.email(request.email)
        password = names.password(request.password, name=name, address=address)
        values = {**named(name), **addressed(address), "role": role}
        return await store.add(self._db, {**values, "password": await self._passwords.hash(password)})

    async def log_in(self, name: str, password: str, address: str) -> TokenReply:
        """By username or e-mail address, from a network address. Raises Unauthorized, ApiError 429, Busy."""
        keys = names.username_key(name), names.email_key(name)
        account = " ".join(keys).strip() or name
        await self._attempts.begin(account, address)
        known = await store.by_key(self._db, username_key=keys[0], email_key=keys[1])
        right, fresh = await self._passwords.check(names.normal(password), known.password if known else None)
        if known is None or not right or known.user.disabled:
            log.info("log-in refused", known=known is not None)
            raise Unauthorized(*WRONG)
        await self._attempts.succeeded(account, address)
        if fresh:
            await store.change_hash(self._db, known.user.id, known.password, fresh)
        life = self._settings.refresh_days * DAY_S
        return self._reply(known.user, await store.begin_family(self._db, known.user.id, life))

    async def refresh(self, token: str) -> TokenReply:
        """The next pair of tokens. Raises Unauthorized."""
        claims = self._claims(token)
        life, longest = self._settings.refresh_days * DAY_S, self._settings.login_days * DAY_S
        family = await store.next_of_family(self._db, claims[0], claims[1], ttl_s=life, longest_s=longest)
        known = await store.by_id(self._db, family.user_id) if family else None
        if family is None or known is None or known.user.disabled:
            raise Unauthorized(*OVER)
        return self._reply(known.user, family)

    async def end(self, token: str) -> int:
        """End the log-in of a refresh token, also of one that was used; how many that were."""
        return await store.end_family(self._db, self._claims(token)[0])

    async def confirmed(self, user_id: str, password: str | None, address: str) -> None:
        """That it is the present password; counted as a log-in is. Raises BadInput, Unauthorized, ApiError 429."""
        if password is None:
            raise BadInput("old_password_wanted", "old_password: give your present password.")
        await self._attempts.begin(user_id, address)
        known = await store.by_id(self._db, user_id)
        right, _ = await self._passwords.check(names.normal(password), known.password if known else None)
        if not right:
            raise Unauthorized("invalid_grant", "old_password: this is not your password.")
        await self._attempts.succeeded(user_id, address)

    async def hashed(self, password: str, user: User) -> str:
        """The hash of a user's new password. Raises BadInput weak_password."""
        return await self._passwords.hash(names.password(password, name=user.username, address=user.email))

    def _claims(self, token: str) -> tuple[str, int]:
        try:
            claims = self._tokens.read(token, "refresh")
        except Unauthorized:
            raise Unauthorized(*OVER) from None
        return str(claims.get("sid")), int(claims.get("n", 0))

    def _reply(self, user: User, family: Family) -> TokenReply:
        access = self._tokens.make(
            "voiceblock", user.id, user.role, self._settings.access_s, name=user.username, sid=family.id
        )
        left = family.expires_at - time.time()
        refresh = self._tokens.make("refresh", user.id, user.role, left, sid=family.id, n=family.number)
        return TokenReply(access_token=access, expires_in=int(self._settings.access_s), refresh_token=refresh)


def named(username: str) -> dict[str, str]:
    """The columns of a name."""
    return {"username": username, "username_key": names.username_key(username)}


def addressed(email: str) -> dict[str, str]:
    """The columns of an address."""
    return {"email": email, "email_key": names.email_key(email)}
