"""Who may call Twilio's routes: Twilio, by its signature; and without a token this machine itself.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

import ipaddress

from fastapi import Request, WebSocket
from starlette.requests import HTTPConnection
from twilio.request_validator import RequestValidator

from call_handler.config import Settings
from mesh.errors import ApiError

_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "x-forwarded-host")


class TwilioGuard:
    """Checks a webhook and gives its form."""

    def __init__(self, settings: Settings) -> None:
        token = settings.twilio_auth_token.get_secret_value()
        self._validator = RequestValidator(token) if token else None
        self._public_url = settings.public_url.rstrip("/")

    async def form(self, request: Request) -> dict[str, str]:
        """The form's fields. Raises ApiError 403 for anybody but Twilio."""
        async with request.form(max_files=0, max_fields=200) as form:
            fields = {name: str(value) for name, value in form.items()}
        if self._validator is None:
            if not is_local(request):
                raise ApiError(403, "loopback_only", "Without TWILIO_AUTH_TOKEN this address serves this machine only.")
            return fields
        signature = request.headers.get("x-twilio-signature", "")
        if not self._validator.validate(self._url(request), fields, signature):
            raise ApiError(403, "bad_signature", "The X-Twilio-Signature is missing or wrong.")
        return fields

    def admits(self, socket: WebSocket) -> bool:
        """Whether a socket's upgrade comes from Twilio, which signs its address without any parameters."""
        if self._validator is None:
            return is_local(socket)
        signature = socket.headers.get("x-twilio-signature", "")
        address = self._url(socket)
        secure = address.replace("https://", "wss://", 1).replace("http://", "ws://", 1)
        return any(self._validator.validate(url, {}, signature) for url in (secure, secure + "/", address))

    def stream_url(self, request: Request, path: str) -> str:
        """The address at which Twilio opens a socket of ours."""
        base = self._public_url or str(request.base_url).rstrip("/")
        return base.replace("http", "ws", 1) + path

    def _url(self, request: HTTPConnection) -> str:
        """The address as Twilio knows it: behind a proxy that is PUBLIC_URL, not what arrives here."""
        if not self._public_url:
            return str(request.url)
        query = f"?{request.url.query}" if request.url.query else ""
        return f"{self._public_url}{request.url.path}{query}"


def is_local(request: HTTPConnection) -> bool:
    """From this machine, and not through a tunnel or a proxy on it, which connects from loopback too."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
