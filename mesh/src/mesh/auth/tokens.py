"""JWTs: HS256 by JWT_SECRET, and nothing else (RFC 8725, 3.1). What a token is for is its audience.

| audience   | who has it                                  | lives                  |
| ---------- | ------------------------------------------- | ---------------------- |
| voiceblock | a user who has logged in                    | minutes                |
| refresh    | the same, to get the next pair of tokens    | days, one use          |
| realtime   | a browser, for one socket: `ek_` before it  | a minute or so         |
| mesh       | a service that calls another                | SERVICE_S, made anew   |
"""

import secrets
import time
from typing import Any, Literal

import jwt

from mesh.addresses import setting
from mesh.auth import Unauthorized

ISSUER = "voiceblock"
Audience = Literal["voiceblock", "refresh", "realtime", "mesh"]
SERVICE_S = 300.0
MAKE_ONE = 'echo "JWT_SECRET=$(openssl rand -hex 32)" >> .env'
"""Here, by hand."""


class Tokens:
    """Makes and reads them."""

    def __init__(self, secret: str) -> None:
        self.use(secret)

    def use(self, secret: str) -> None:
        """Another secret from now on."""
        self._key = secret.encode()

    def make(self, audience: Audience, subject: str, role: str, ttl_s: float, **claims: object) -> str:
        """A token for so many seconds; claims that are None are left out."""
        now = time.time()
        always = {"iss": ISSUER, "aud": audience, "sub": subject, "role": role, "iat": now, "exp": now + ttl_s}
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({**always, "jti": secrets.token_hex(12), **given}, self._key, algorithm="HS256")

    def read(self, token: str, audience: Audience) -> dict[str, Any]:
        """The claims. Raises Unauthorized, which does not tell what is wrong but for a token that is too old."""
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                audience=audience,
                issuer=ISSUER,
                options={"require": ["iss", "aud", "sub", "role", "iat", "exp", "jti"], "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("token_expired", "The token has expired.") from None
        except (jwt.InvalidTokenError, ValueError, OverflowError):  # a number that is none
            raise Unauthorized("invalid_token", "The token is not valid.") from None


class Pass:
    """What a service shows to others."""

    def __init__(self, tokens: Tokens, name: str) -> None:
        self._tokens, self._name = tokens, name
        self._token, self._until = "", 0.0

    def token(self) -> str:
        """The token for now."""
        if time.time() > self._until:
            self._token = self._tokens.make("mesh", f"service:{self._name}", "service", SERVICE_S)
            self._until = time.time() + SERVICE_S * 0.8
        return self._token

    def headers(self) -> dict[str, str]:
        """The header of a request that is sent now."""
        return {"authorization": f"Bearer {self.token()}"}


def pass_of(name: str) -> Pass | None:
    """The pass of the service, or tool, `name`; None where no secret is set."""
    secret = setting(name, "JWT_SECRET")
    return Pass(Tokens(secret), name) if secret else None
