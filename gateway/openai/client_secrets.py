"""POST /v1/realtime/client_secrets: short-lived secrets for browsers, each bound to a session's settings.

https://platform.openai.com/docs/api-reference/realtime-sessions/create-realtime-client-secret; in this process's
memory: with several gateways a browser must come back to the one that gave it.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mesh.auth import Principal
from mesh.wire.realtime.client import SessionConfig

MAX_SECRETS = 10_000
"""The oldest go."""


class ExpiresAfter(BaseModel):
    """How long a secret begins sessions; one that has begun goes on."""

    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(default=600, ge=10, le=7_200)


class SecretRequest(BaseModel):
    """Body of the request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"session": {"type": "realtime"}}]})

    expires_after: ExpiresAfter = ExpiresAfter()
    session: SessionConfig = SessionConfig()


class SecretReply(BaseModel):
    """The secret, told once."""

    value: str
    expires_at: int
    session: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Secret:
    """What a secret stands for."""

    principal: Principal
    session: SessionConfig
    expires_at: float


class ClientSecrets:
    """Those that are valid."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: dict[bytes, Secret] = {}

    def make(self, request: SecretRequest, principal: Principal, value: str = "") -> SecretReply:
        """A new one; `value` is the credential, where somebody else makes these (mesh.auth's keyring)."""
        now = self._clock()
        self._known = {digest: one for digest, one in self._known.items() if one.expires_at > now}
        if len(self._known) >= MAX_SECRETS:
            del self._known[next(iter(self._known))]
        value = value or f"ek_{secrets.token_urlsafe(32)}"
        expires_at = int(now) + request.expires_after.seconds
        self._known[_digest(value)] = Secret(principal, request.session, expires_at)
        about = {"id": f"sess_{secrets.token_hex(12)}", "object": "realtime.session", "expires_at": expires_at}
        session = request.session.model_dump(exclude_none=True, mode="json") | about
        return SecretReply(value=value, expires_at=expires_at, session=session)

    def find(self, secret: str) -> Secret | None:
        """What it stands for, while it is valid."""
        found = self._known.get(_digest(secret))
        return found if found is not None and found.expires_at > self._clock() else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
