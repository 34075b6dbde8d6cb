"""Fetching a URL that a request named: scheme, address, size and time are all checked."""

import asyncio
import ipaddress
import socket
from collections.abc import Collection

import httpx2

from mesh import tls
from mesh.errors import BadInput

MAX_REDIRECTS = 3


async def fetch(
    url: str,
    *,
    max_bytes: int,
    deadline_s: float,
    allowed_hosts: Collection[str] = (),
    auth: tuple[str, str] | None = None,
) -> bytes:
    """The body at `url`.

    The host name is resolved once, every address it has must be public, and the connection goes to the address that
    was checked, so that a name cannot change in between. `allowed_hosts` ("host" or "host:port") are exempt.
    Raises BadInput: bad_url, forbidden_url, fetch_failed, too_large.
    """
    try:
        async with asyncio.timeout(deadline_s):
            for _ in range(MAX_REDIRECTS + 1):
                body, redirect = await _get(url, max_bytes, allowed_hosts, auth)
                if redirect is None:
                    return body
                url, auth = redirect, None
    except TimeoutError:
        raise BadInput("fetch_failed", f"The URL did not deliver within {deadline_s:g} s.", 408) from None
    except httpx2.HTTPError as error:
        raise BadInput("fetch_failed", f"The URL could not be fetched: {type(error).__name__}.") from error
    raise BadInput("fetch_failed", f"The URL redirects more than {MAX_REDIRECTS} times.")


async def _get(
    url: str, max_bytes: int, allowed_hosts: Collection[str], auth: tuple[str, str] | None
) -> tuple[bytes, str | None]:
    target = _parse(url)
    address = target.host if _is_allowed(target, allowed_hosts) else await _public_address(target)
    pinned = target.copy_with(host=address)
    headers = {"host": target.netloc.decode(), "accept-encoding": "identity"}
    async with (
        httpx2.AsyncClient(timeout=None, trust_env=False, verify=tls.context(), auth=auth) as client,
        client.stream("GET", pinned, headers=headers, extensions={"sni_hostname": target.host}) as response,
    ):
        if response.is_redirect:
            return b"", str(target.join(response.headers.get("location", "")))
        if response.status_code != 200:
            raise BadInput("fetch_failed", f"The URL answered HTTP {response.status_code}.")
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > max_bytes:
                raise BadInput("too_large", f"The file is larger than {max_bytes / 1048576:g} MiB.", 413)
        return bytes(body), None


def _parse(url: str) -> httpx2.URL:
    try:
        target = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise BadInput("bad_url", f"Not a URL: {error}.") from error
    if target.scheme not in ("http", "https") or not target.host:
        raise BadInput("bad_url", "The URL must begin with http:// or https:// and name a host.")
    return target


def _is_allowed(target: httpx2.URL, allowed_hosts: Collection[str]) -> bool:
    return target.host in allowed_hosts or target.netloc.decode() in allowed_hosts


async def _public_address(target: httpx2.URL) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BadInput("fetch_failed", f"The host {target.host} is not known.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not all(_is_public(address) for address in addresses):
        raise BadInput("forbidden_url", "The URL leads to a private or local address.")
    return min(addresses, key=lambda address: ":" in address)  # IPv4 first: many hosts have no way to IPv6


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast
