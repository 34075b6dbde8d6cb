"""Who is asking. tokens.py makes and reads JWTs, keys.py knows every credential, guard.py stands before the routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mesh.errors import ApiError
from mesh.wire.accounts import SCOPES, Budget

__all__ = ["ADDRESS", "ALL_BUT_ADMIN", "LOCAL", "PASS", "Budget", "Principal", "Unauthorized", "principal"]

ADDRESS, PASS = "x-client-address", "x-service-pass"
"""What a service says for whom it asks, and shows that it is one, where the bearer's place is another's."""
ALL_BUT_ADMIN: frozenset[str] = frozenset(SCOPES) - {"admin"}
"""What a key may do of which nothing else was said."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, and what they may do.

    `id` is `user:<id>` (a log-in), `key:<id>` (a stored key's id, the name of one from API_KEYS), `service:<name>` or
    `local`; it is never given to another.
    """

    id: str
    role: Literal["user", "admin", "service"]
    name: str = ""
    key_id: str | None = None
    user_id: str | None = None
    scopes: frozenset[str] = ALL_BUT_ADMIN
    budget: Budget | None = None
    expires_at: float | None = None
    """Unix time at which the credential ends; None: it does not."""
    application: str | None = None
    family: str | None = None
    """The log-in that the token is of."""
    issued_at: float = 0.0

    @property
    def owner(self) -> str | None:
        """Whose it is what this one makes, `user:…`, `application:…` or `key:…`; None: the house's."""
        if self.role != "user":
            return None
        if self.user_id:
            return f"user:{self.user_id}"
        return f"application:{self.application}" if self.application else self.id

    def may(self, scope: str) -> bool:
        """Whether a scope is among those that this one has."""
        return scope in self.scopes or "*" in self.scopes

    def sees(self, owner: str | None) -> bool:
        """Whether what belongs to `owner` is this one's to see: the house sees all, others what is theirs."""
        return self.role != "user" or (owner is not None and owner == self.owner)


LOCAL = Principal("local", "admin", scopes=frozenset({"*"}))
"""Whoever asks where no secret is set, which is on loopback alone."""


class Unauthorized(ApiError):
    """401: no credential, or one that does not count."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(401, code, message)

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6750, 3: what is wanted."""
        return {"WWW-Authenticate": 'Bearer realm="voiceblock"'}


def principal(scope: Mapping[str, Any]) -> Principal:
    """Who asks, in an ASGI scope that has passed the guard. Raises Unauthorized on a path that is open to anybody."""
    found = scope.get("state", {}).get("principal")
    if not isinstance(found, Principal):
        raise Unauthorized("unauthorized", "Authorization: Bearer with a token or an API key is wanted.")
    return found
