"""Model servers over HTTP: one pooled session, deadlines, and what a server's failure is to the client.

| the server                             | then                                                                      |
| -------------------------------------- | ------------------------------------------------------------------------- |
| does not listen, or not in time        | the next is asked; after the last, 503                                    |
| closed an idle connection just now     | the same is asked once more                                               |
| is late with its first byte            | of a stream, the next is asked; else 504                                  |
| answers 5xx, HTML, nothing, an error as its first event | the next is asked; after the last, 502                   |
| refuses our key (401, 403)             | is down; the next is asked; after the last, 502: the client's key is good |
| answers 429                            | is left alone for its Retry-After; the next is asked; after the last, 429 |
| answers 400, 404, 413, 422, …          | the client is told, in its words                                          |
"""

import asyncio
from io import BytesIO
from typing import Any

import aiohttp
import orjson

from gateway.openai.ask import Ask
from gateway.openai.router import Lease
from mesh import tls, tracing
from mesh.auth.tokens import pass_of
from mesh.errors import ApiError
from mesh.numbers import DAY_S, whole

MAX_ERROR, LARGE = 65_536, 1 << 20
KEEPALIVE_S = 4.0
"""Below uvicorn's 5 s: a server must not close a connection that we are about to use."""
STALE = (aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError)
KINDS = ("application/json", "text/event-stream")


class Unanswered(ApiError):
    """This server gave no answer; another may."""


class Refused(ApiError):
    """The server finds the request at fault: `body` is what it says, where that has OpenAI's shape."""

    def __init__(self, status: int, code: str, message: str, body: bytes | None = None) -> None:
        super().__init__(status, code, message)
        self.body = body


class Upstream:
    """The session of this process."""

    def __init__(self, connect_s: float, first_byte_s: float, ours: tuple[str, ...] = ()) -> None:
        """`ours`: addresses of services of the mesh, which know us by our pass."""
        self._connect_s, self._first_byte_s, self._ours = connect_s, first_byte_s, ours
        self._pass = pass_of("gateway")
        self._http: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        """Made at its first use: a session belongs to a loop."""
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S, ssl=tls.context()),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept"),
            )
        return self._http

    def credential(self, url: str, key: str = "") -> dict[str, str]:
        """The header by which a server knows us."""
        if self._pass is not None and url.startswith(self._ours):
            return self._pass.headers()
        return {"authorization": f"Bearer {key}"} if key else {}

    async def aclose(self) -> None:
        """Close the pool."""
        if self._http is not None:
            await self._http.close()

    async def ask(self, lease: Lease, ask: Ask) -> tuple[aiohttp.ClientResponse, bytes]:
        """The reply's head and first bytes. Ends the lease when it raises: Unanswered, or Refused."""
        left_s = max(0.0, ask.until - asyncio.get_running_loop().time())
        wait_s = min(self._first_byte_s, left_s) if ask.stream else left_s
        response: aiohttp.ClientResponse | None = None
        try:
            async with asyncio.timeout(wait_s):
                response = await self._send(lease, ask)
                if response.status >= 400:
                    raise await self._refusal(lease, response)
                first = await response.content.readany()
            self._check(response, first)
        except TimeoutError as error:
            gone = isinstance(error, aiohttp.ServerTimeoutError)
            self._drop(lease, response, "late", gone=gone)
            if gone:
                raise Unanswered(503, "model_unavailable", "The model's server cannot be reached.") from None
            message = f"The model's server did not answer within {wait_s:.3g} s."
            raise (Unanswered if ask.stream else ApiError)(504, "model_timeout", message) from None
        except aiohttp.ClientConnectorError as error:
            self._drop(lease, response, str(error), gone=True)
            raise Unanswered(503, "model_unavailable", "The model's server cannot be reached.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._drop(lease, response, f"{type(error).__name__}: {error}")
            raise Unanswered(502, "model_failed", "The model's server broke off.") from None
        except BaseException:
            lease.left()
            if response is not None:
                response.close()
            raise
        return response, first

    async def _send(self, lease: Lease, ask: Ask) -> aiohttp.ClientResponse:
        entry = lease.server.entry
        headers = {"content-type": "application/json", "accept-encoding": "identity", **tracing.current().headers()}
        headers |= self.credential(entry.base_url, lease.server.key)
        body = ask.bytes_for(lease.model, ask_usage=entry.stream_usage and ask.path != "/responses")
        url = entry.base_url.rstrip("/") + ask.path
        try:
            return await self.http.post(url, data=_payload(body), headers=headers, allow_redirects=False)
        except STALE:
            return await self.http.post(url, data=_payload(body), headers=headers, allow_redirects=False)

    async def _refusal(self, lease: Lease, response: aiohttp.ClientResponse) -> ApiError:
        status, said = response.status, b""
        while len(said) < MAX_ERROR and (piece := await response.content.readany()):
            said += piece
        response.release()
        message, shaped = _said(said)
        if status in (401, 403):
            lease.failed(f"HTTP {status}", gone=True)
            return Unanswered(502, "model_refused_us", "The model's server refuses our key.")
        if status == 429 or (status == 503 and "retry-after" in response.headers):
            after = whole(response.headers.get("retry-after", ""), DAY_S) or 1
            lease.rest(after, f"HTTP {status}")
            error = Unanswered(status, "model_busy", message or "The model's server has too much to do.")
            error.retry_after_s = after
            return error
        if status >= 500 or (status == 404 and not shaped) or status < 400:
            lease.failed(f"HTTP {status}")
            return Unanswered(502, "model_failed", f"The model's server answered HTTP {status}.")
        lease.ok()
        code = "model_not_found" if status == 404 else "model_refused"
        return Refused(status, code, message or f"The model's server answered HTTP {status}.", said if shaped else None)

    @staticmethod
    def _check(response: aiohttp.ClientResponse, first: bytes) -> None:
        kind = response.content_type
        if kind not in KINDS or not first or response.status != 200:
            raise ValueError(f"HTTP {response.status}, {kind}, {len(first)} bytes")
        start = first[:64].lstrip()
        if start.startswith((b'data: {"error"', b'data:{"error"', b"event: error")):
            raise ValueError("an error as the first event")
        if kind == KINDS[0] and not start.startswith((b"{", b"[")):
            raise ValueError("no JSON")

    @staticmethod
    def _drop(lease: Lease, response: aiohttp.ClientResponse | None, why: str, *, gone: bool = False) -> None:
        lease.failed(why, gone=gone)
        if response is not None:
            response.close()


def _payload(body: bytes) -> bytes | BytesIO:
    """As a file where it is large: aiohttp writes that piece by piece, so that others have their turn."""
    return body if len(body) < LARGE else BytesIO(body)


def _said(body: bytes) -> tuple[str, bool]:
    """The message of an error's body, and whether it has OpenAI's shape."""
    try:
        said: Any = orjson.loads(body)
    except ValueError:
        return "", False
    if not isinstance(said, dict):
        return "", False
    error = said.get("error")
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return error["message"][:2_000], True
    for given in (said.get("message"), said.get("detail"), error):
        if given:
            return (given if isinstance(given, str) else orjson.dumps(given).decode())[:2_000], False
    return "", False
