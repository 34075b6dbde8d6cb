"""Who may call Twilio's routes: Twilio, by its signature; and without a token this machine itself.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hashlib
from urllib.parse import urlencode

from fastapi import Request, WebSocket
from starlette.requests import HTTPConnection
from twilio.request_validator import RequestValidator

from call_handler.access import is_local
from call_handler.config import Settings
from call_handler.world import MARK
from mesh.errors import ApiError
from mesh.settings import ports
from mesh.wire.common import Check


class TwilioGuard:
    """Checks a webhook and gives its form."""

    def __init__(self, settings: Settings) -> None:
        token = settings.twilio_auth_token.get_secret_value()
        self._validator = RequestValidator(token) if token else None
        self._public_url, self._exposed = settings.public_url.rstrip("/"), settings.exposed

    @property
    def signed(self) -> bool:
        """Signatures are checked."""
        return self._validator is not None

    async def form(self, request: Request) -> dict[str, str]:
        """The form's fields. Raises ApiError 403 for anybody but Twilio."""
        if self._validator is None and not self._unsigned(request):
            raise ApiError(403, "loopback_only", self._refusal(request))
        async with request.form(max_files=0, max_fields=200) as form:
            fields = {name: str(value) for name, value in form.items()}
        signature = request.headers.get("x-twilio-signature", "")
        if self._validator is not None and not self._validator.validate(self._url(request), fields, signature):
            raise ApiError(403, "bad_signature", "The X-Twilio-Signature is missing or wrong.")
        return fields

    def admits(self, socket: WebSocket) -> bool:
        """Whether a socket's upgrade comes from Twilio, which signs its address without any parameters."""
        if self._validator is None:
            return self._unsigned(socket)
        signature = socket.headers.get("x-twilio-signature", "")
        address = self._url(socket)
        secure = address.replace("https://", "wss://", 1).replace("http://", "ws://", 1)
        return any(self._validator.validate(url, {}, signature) for url in (secure, secure + "/", address))

    def stream_url(self, request: Request, path: str) -> str:
        """The address at which Twilio opens a socket of ours."""
        base = self._public_url or str(request.base_url).rstrip("/")
        return base.replace("http", "ws", 1) + path

    def repeated(self, request: Request, form: dict[str, str]) -> str | None:
        """What a webhook has in common with its repetitions only; None when that cannot be told.

        Twilio repeats a webhook as it was, and so does whoever has recorded one: all that is signed is the same. The
        token by which Twilio marks repetitions is not signed; it counts where nothing is, for those who try us out.
        """
        token = request.headers.get("i-twilio-idempotency-token", "")
        if not self.signed and not token and "at" not in request.query_params:
            return None
        told = urlencode(sorted(form.items())) + ("" if self.signed else token)
        return hashlib.sha256(f"{request.url.path}?{request.url.query}\n{told}".encode()).hexdigest()

    def _unsigned(self, request: HTTPConnection) -> bool:
        """Whether there can be nobody but ourselves at the other end."""
        return not self._exposed and is_local(request)

    def _refusal(self, request: Request) -> str:
        """Who is served instead, and how to mend it."""
        if self._exposed:
            return "This serves nobody before TWILIO_AUTH_TOKEN is set (in .env): PUBLIC_URL lets strangers come."
        if MARK in request.scope:
            trial = f"to try without Twilio, use port {ports()['call_handler']}"
            return f"This port serves nobody before TWILIO_AUTH_TOKEN is set (in .env); {trial}."
        return "Without TWILIO_AUTH_TOKEN this address serves this machine only, and not through a proxy."

    def _url(self, request: HTTPConnection) -> str:
        """The address as Twilio knows it: behind a proxy that is PUBLIC_URL, not what arrives here."""
        if not self._public_url:
            return str(request.url)
        query = f"?{request.url.query}" if request.url.query else ""
        return f"{self._public_url}{request.url.path}{query}"


def check(settings: Settings) -> Check:
    """For /health: who Twilio's routes serve, as things are set."""
    signed = bool(settings.twilio_auth_token.get_secret_value())
    unsigned = "Twilio is refused" if settings.exposed else "loopback only"
    signatures = "signatures checked" if signed else f"no TWILIO_AUTH_TOKEN: {unsigned}"
    number = settings.twilio_phone_number or "no TWILIO_PHONE_NUMBER"
    detail = f"twilio {settings.twilio_mode}; {number}; {signatures}"
    return Check(ok=signed or not settings.exposed, detail=detail)
