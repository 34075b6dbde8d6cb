"""Who may use our lines: place calls, send texts, speak with the assistant at no charge.

With CALLS_TOKEN: who has it. With JWT_SECRET: services, and besides them only who has CALLS_TOKEN. With neither: this
machine, until strangers may reach it (PUBLIC_URL or TWILIO_AUTH_TOKEN is set): a proxy here forwards them from
loopback, and nothing in a request must tell.
"""

import hashlib
import hmac
import ipaddress
import time

from starlette.requests import HTTPConnection

from call_handler.config import Settings
from call_handler.providers.twilio.twiml import API_VOICE
from call_handler.world import MARK
from mesh.auth import Unauthorized
from mesh.auth.guard import FORWARDED, OPEN, Rules, credential
from mesh.auth.tokens import Tokens
from mesh.errors import ApiError
from mesh.numbers import LATEST, whole

COOKIE, PAGE = "lines", "/browser"
PAGE_S = 3_600
"""How long a browser is known after CALLS_TOKEN was typed into it."""
RULES: Rules = (
    *OPEN,
    ("=/", "open"),
    *((path, "open") for path in ("/twilio", API_VOICE)),  # Twilio signs what it asks
    *((path, "open") for path in ("/calls", "/sms", "/process", "/audiosocket", "/recordings", PAGE)),  # Lines checks
)


class Lines:
    """Checks who asks."""

    def __init__(self, settings: Settings) -> None:
        self._token, self._exposed = settings.calls_token.get_secret_value(), settings.exposed
        secret = settings.jwt_secret.get_secret_value()
        self._tokens = Tokens(secret) if secret else None

    def check(self, request: HTTPConnection) -> None:
        """Raises ApiError 401 or 403 for those who may not."""
        if self._is_service(request):
            return
        if not self._token and not self._tokens:
            if self._exposed:
                raise ApiError(
                    403,
                    "calls_token_wanted",
                    "This needs CALLS_TOKEN to be set (in .env), once PUBLIC_URL or TWILIO_AUTH_TOKEN is: "
                    "strangers may come through a proxy on this machine.",
                )
            if not is_local(request):
                raise ApiError(403, "loopback_only", "Without CALLS_TOKEN this address serves this machine only.")
            return
        given = request.headers.get("authorization", "")
        if not self._token or not (_same(given, f"Bearer {self._token}") or self._known(request)):
            raise ApiError(401, "not_authorized", "Authorization: Bearer CALLS_TOKEN is missing or wrong.")

    def check_peer(self, request: HTTPConnection) -> None:
        """Raises ApiError 401 for who is no service of the mesh, where a token tells; else the network has to."""
        if self._token or self._tokens:
            self.check(request)

    def _is_service(self, request: HTTPConnection) -> bool:
        if self._tokens is None:
            return False
        try:
            self._tokens.read(credential(request.scope), "mesh")
        except Unauthorized:
            return False
        return True

    def admit(self, token: str) -> str | None:
        """The cookie for a browser that was given the token; None for another token."""
        if not self._token or not _same(token, self._token):
            return None
        return self._sign(int(time.time()) + PAGE_S)

    def _known(self, request: HTTPConnection) -> bool:
        """A page's navigation and its socket cannot carry a bearer token: they carry what `admit` gave."""
        cookie = request.cookies.get(COOKIE, "")
        until = whole(cookie.partition(".")[0], LATEST)
        if not self._token or until is None or not request.url.path.startswith(PAGE):
            return False
        return until > time.time() and _same(cookie, self._sign(until))

    def _sign(self, until: int) -> str:
        key = hmac.new(self._token.encode(), f"{PAGE}.{until}".encode(), hashlib.sha256).hexdigest()
        return f"{until}.{key}"


def is_local(request: HTTPConnection) -> bool:
    """From this machine, and not known to have come through a tunnel or a proxy, which connect from loopback too."""
    if request.client is None or MARK in request.scope or any(name in request.headers for name in FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
