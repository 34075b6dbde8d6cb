"""Which Host and which Origin are ours: the end of DNS rebinding and of requests that other sites make browsers send.

A page of any site may send requests to loopback and to private networks; what it cannot choose is the Host (its own
name, when that is rebound to our address), the Origin, and Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/).
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from mesh.errors import ApiError

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Doors:
    """Of one service. `peers` are names under which the mesh calls it, `allowed` are its owner's (or addresses);
    `origins` other sites' (`https://chat.example`) whose pages may ask, `*`: all.
    """

    def __init__(self, peers: Iterable[str], allowed: Iterable[str], origins: Iterable[str] = ()) -> None:
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        self._allowed = {host for name in allowed if (host := _host(urlsplit(name).netloc or name)[0])}
        self._names = {"localhost", *self._allowed} | {_host(urlsplit(name).netloc)[0] for name in peers}

    def refusal(self, scope: Scope) -> ApiError | None:
        """Why a request or a socket is not served; None when it is."""
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        host, port = _host(hosts[0]) if len(hosts) == 1 else ("", "")
        if not self._is_ours(host, scope):
            return ApiError(421, "unknown_host", "The Host is no name of this service: is it missing in ALLOWED_HOSTS?")
        site = headers.get("sec-fetch-site", "none")
        if site == "same-origin":  # a page without referrers sends `Origin: null`, even to its own server
            origins = [origin for origin in origins if origin != "null"]
        if any(not self._is_home(origin, host, port) for origin in origins):
            return ApiError(403, "foreign_origin", "Pages of other sites are not served.")
        if not origins and site not in ("none", "same-origin") and not _navigates(scope, headers):
            return ApiError(403, "foreign_origin", "Pages of other sites are not served.")
        return None

    def _is_ours(self, host: str, scope: Scope) -> bool:
        if host in self._names:
            return bool(host)
        try:
            address = ipaddress.ip_address(host.strip("[]"))
            # A page's name never is an address: one to which this connection was made is as good (probes use them).
            return address.is_loopback or address == ipaddress.ip_address(scope["server"][0])
        except (ValueError, TypeError, KeyError):
            return False

    def _is_home(self, origin: str, host: str, port: str) -> bool:
        if "*" in self._origins or origin.lower() in self._origins:
            return True
        scheme, _, netloc = origin.partition("://")
        there, its_port = _host(netloc)
        if scheme not in _DEFAULT_PORTS or not there:
            return False
        usual = _DEFAULT_PORTS[scheme]
        return there in self._allowed or (there, its_port or usual) == (host, port or usual)


def _host(netloc: str) -> tuple[str, str]:
    """Name and port; empty for what is no plain host (a user before it, a path after it)."""
    found = _HOST.fullmatch(netloc.lower())
    return (found[1], found[2] or "") if found else ("", "")


def _navigates(scope: Scope, headers: Headers) -> bool:
    """Somebody follows a link of another site, in a window of its own."""
    kind = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return scope.get("method") in ("GET", "HEAD") and kind == ("navigate", "document")
