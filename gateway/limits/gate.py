"""Two stops on the way to the routes, pure ASGI: who comes from where, before the guard; how often, behind it.

| limit              | counts                                                                                   |
| ------------------ | ---------------------------------------------------------------------------------------- |
| RATE_PER_ADDRESS   | requests of one address (IPv6: one /64) that show no credential, and those whose          |
|                    | credential is wrong: nobody tries keys at full speed                                     |
| RATE_PER_KEY       | requests with one key, or one log-in's tokens                                            |
| RATE_PER_USER      | requests of one user or application, whatever key they show                              |

Services of the mesh are not counted. Where no secret is set only this machine is served, and is not counted either.
"""

import ipaddress
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.limits.rates import Rates, TooMany, Window, described, limits_of
from gateway.usage import Ledger
from mesh.auth import LOCAL, Principal
from mesh.auth.guard import credential, refuse
from mesh.errors import ApiError
from mesh.openai_errors import is_openais

OPEN = ("/health", "/metrics")
WRONG = (401, 403)


class Addresses:
    """Outside the guard: only some addresses are served at all, and an address that guesses is stopped."""

    def __init__(self, app: ASGIApp, *, rates: Rates, allowed: Sequence[str], per_address: str) -> None:
        """`allowed`: addresses and networks, none: all; `per_address`: limits. Raises ValueError."""
        self._app, self._rates = app, rates
        self._allowed = [ipaddress.ip_network(one, strict=False) for one in allowed]
        self._limits = limits_of(per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        address = address_of(scope)
        subject = _network(address)
        try:
            if self._allowed and not self._is_allowed(address):
                raise ApiError(403, "address_not_allowed", "This address is not served.")
            if not credential(scope):
                await self._check(subject)
        except ApiError as error:
            await refuse(scope, error, receive, send)
            return
        await self._app(scope, receive, self._counting(scope, receive, send, subject))

    async def _check(self, subject: str) -> None:
        for limit in self._limits:
            window = await self._rates.peek("address", subject, limit)
            if not window.left:
                raise TooMany(window)

    def _counting(self, scope: Scope, receive: Receive, send: Send, subject: str) -> Send:
        """Counts who is not known. A wrong credential is one too many only now: a right one is served all the same,
        whoever else guesses at that address.
        """
        refused = False

        async def counted(message: Message) -> None:
            nonlocal refused
            if message["type"].endswith("response.start") and _unknown(scope, message["status"]):
                try:
                    await self._rates.take([("address", subject, limit) for limit in self._limits])
                except TooMany as error:
                    if refused := scope["type"] == "http" and message["status"] in WRONG:
                        await refuse(scope, error, receive, send)
            if not refused:
                await send(message)

        return counted

    def _is_allowed(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in self._allowed)


class Requests:
    """Inside the guard: how often one key and one user may ask, and whether their day has anything left."""

    def __init__(self, app: ASGIApp, *, rates: Rates, ledger: Ledger, per_key: str, per_user: str) -> None:
        """Raises ValueError for limits that cannot be read."""
        self._app, self._rates, self._ledger = app, rates, ledger
        self._per_key, self._per_user = limits_of(per_key), limits_of(per_user)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        who = scope.get("state", {}).get("principal") if scope["type"] in ("http", "websocket") else None
        if not isinstance(who, Principal) or who is LOCAL or who.role == "service":
            await self._app(scope, receive, send)
            return
        key = who.key_id or who.family or who.id
        whose = [("key", key, limit) for limit in self._per_key]
        whose += [("user", who.owner or who.id, limit) for limit in self._per_user]
        try:
            window = await self._rates.take(whose)
            if scope["type"] == "websocket" or (scope["method"] == "POST" and is_openais(scope["path"])):
                await self._ledger.check(who)
        except ApiError as error:
            await refuse(scope, error, receive, send)
            return
        await self._app(scope, receive, _telling(send, window) if window else send)


def _telling(send: Send, window: Window) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            told_of = [(name.lower().encode(), value.encode()) for name, value in described(window).items()]
            message["headers"] = [*message.get("headers", ()), *told_of]
        await send(message)

    return told


def address_of(scope: Scope) -> str:
    """Whence a request comes, as the server knows it: behind nginx what nginx says (FORWARDED_ALLOW_IPS)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _network(address: str) -> str:
    """Who has an IPv6 address has as many as they like of its /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def _unknown(scope: Scope, status: int) -> bool:
    """Nobody that we know has asked, or somebody has shown what does not count."""
    return status in WRONG or "principal" not in scope.get("state", {})
