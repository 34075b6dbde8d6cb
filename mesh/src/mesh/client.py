"""The one client over Route: pooled, with a deadline, retries, trace headers and typed errors."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ValidationError

from mesh import logs, metrics, tls, tracing
from mesh.auth import PASS
from mesh.auth.tokens import pass_of
from mesh.errors import PeerDown, PeerError, PeerInvalid, PeerRefused, PeerTimeout, envelope
from mesh.numbers import DAY_S, whole
from mesh.wire.route import Route

Reply = TypeVar("Reply", bound=BaseModel | bytes)

RETRIES = 2
KEEPALIVE_S = 4.0  # below uvicorn's 5 s: a peer must not close a connection on which we are about to send
_BUSY = {429, 503}
log = logs.get("client")


class Client:
    """Calls one peer. Make one per peer and process; close it when the service stops.

    A peer that cannot be reached is tried again (nothing was sent, so any operation may be); one that answers
    "busy" only for idempotent operations. All tries together stay within the deadline.
    """

    def __init__(
        self,
        peer: str,
        base_url: str,
        *,
        caller: str,
        dev: bool = False,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.peer = peer
        self._caller = caller
        self._dev = dev
        self._pass = pass_of(caller)
        self._http = httpx2.AsyncClient(
            base_url=base_url,
            transport=transport,
            timeout=None,
            limits=httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=KEEPALIVE_S),
            trust_env=False,
            verify=tls.context(),
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def call(
        self,
        route: Route[Any, Reply],
        body: BaseModel | None = None,
        *,
        deadline_s: float | None = None,
        path: Mapping[str, str] | None = None,
        retries: int = RETRIES,
        **request: Any,  # noqa: ANN401 (httpx2's own)
    ) -> Reply:
        """Call `route` and give its reply.

        `path` fills the route's `{names}`; `request` takes httpx2's own params, headers, content, data, files.
        Raises PeerError: PeerDown, PeerTimeout, PeerInvalid or PeerRefused.
        """
        deadline = deadline_s or route.deadline_s
        started, outcome = time.perf_counter(), "ok"
        try:
            async with asyncio.timeout(deadline):
                response = await self._with_retries(route, self._build(route, body, path, request), retries)
            reply = self._read(route, response)
        except TimeoutError:
            outcome = "timeout"
            raise PeerTimeout(self.peer, deadline) from None
        except PeerError as error:
            outcome = error.reason
            raise
        finally:
            elapsed = time.perf_counter() - started
            metrics.PEER_SECONDS.labels(self._caller, self.peer, outcome).observe(elapsed)
            if self._dev:
                log.info("called", peer=self.peer, route=route.path, outcome=outcome, ms=round(elapsed * 1000, 1))
        return reply

    @asynccontextmanager
    async def stream(
        self,
        route: Route[Any, bytes],
        body: BaseModel | None = None,
        *,
        deadline_s: float | None = None,
        path: Mapping[str, str] | None = None,
        retries: int = RETRIES,
        **request: Any,  # noqa: ANN401 (httpx2's own)
    ) -> AsyncIterator[httpx2.Response]:
        """Call `route` and give the response while it is still arriving. The deadline is that of its first byte,
        and then of each pause between two pieces (read them with `pieces`).
        """
        deadline = deadline_s or route.deadline_s
        built = self._build(route, body, path, request)
        try:
            async with asyncio.timeout(deadline):
                response = await self._with_retries(route, built, retries, stream=True)
                if response.is_error:
                    await response.aread()
                    self._raise(response)
        except TimeoutError:
            raise PeerTimeout(self.peer, deadline) from None
        try:
            yield response
        finally:
            await response.aclose()

    async def pass_on(
        self,
        method: str,
        path: str,
        *,
        deadline_s: float,
        **request: Any,  # noqa: ANN401 (httpx2's own)
    ) -> httpx2.Response:
        """Somebody else's request, sent once; the reply as it is, whatever its status. Raises PeerDown, PeerTimeout."""
        shown = {PASS: self._pass.token()} if self._pass else {}
        request["headers"] = {**tracing.current().headers(), **shown, **request.get("headers", {})}
        try:
            async with asyncio.timeout(deadline_s):
                return await self._http.request(method, path, **request)
        except TimeoutError:
            raise PeerTimeout(self.peer, deadline_s) from None
        except httpx2.HTTPError as error:
            raise PeerDown(self.peer, type(error).__name__) from error

    async def pieces(self, response: httpx2.Response, deadline_s: float = 10.0) -> AsyncIterator[bytes]:
        """The body of a streamed response. Raises PeerTimeout when it stalls, PeerDown when it breaks."""
        pieces = response.aiter_bytes()
        while True:
            try:
                async with asyncio.timeout(deadline_s):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise PeerTimeout(self.peer, deadline_s) from None
            except httpx2.HTTPError as error:
                raise PeerDown(self.peer, type(error).__name__) from error
            if piece is None:
                return
            yield piece

    def _build(
        self, route: Route[Any, Any], body: BaseModel | None, path: Mapping[str, str] | None, request: dict[str, Any]
    ) -> httpx2.Request:
        url = route.path.format(**{name: quote(value, safe="") for name, value in (path or {}).items()})
        own = self._pass.headers() if self._pass else {}
        headers = {**tracing.current().headers(), **own, **request.pop("headers", {})}
        if body is not None:
            headers["content-type"] = "application/json"
            request["content"] = body.model_dump_json(exclude_none=True, by_alias=True).encode()
        return self._http.build_request(route.method, url, headers=headers, **request)

    async def _with_retries(
        self, route: Route[Any, Any], request: httpx2.Request, retries: int, *, stream: bool = False
    ) -> httpx2.Response:
        for attempt in range(retries + 1):
            last = attempt == retries
            try:
                response = await self._http.send(request, stream=stream)
            except (httpx2.ConnectError, httpx2.PoolTimeout) as error:
                if last:
                    raise PeerDown(self.peer, "no connection") from error
            except httpx2.HTTPError as error:
                # A kept-alive connection that the peer closed meanwhile breaks here too.
                if last or not route.idempotent:
                    raise PeerDown(self.peer, type(error).__name__) from error
            else:
                if last or response.status_code not in _BUSY or not route.idempotent:
                    return response
                await response.aclose()
            await asyncio.sleep(random.uniform(0.01, 0.05) * 3**attempt)  # noqa: S311 (jitter, not a secret)
        raise AssertionError("unreachable")

    def _read(self, route: Route[Any, Reply], response: httpx2.Response) -> Reply:
        if response.is_error:
            self._raise(response)
        if not issubclass(route.reply, BaseModel):
            return response.content  # type: ignore[return-value]  # route.reply is bytes
        try:
            return route.reply.model_validate_json(response.content)
        except ValidationError as error:
            raise PeerInvalid(self.peer, f"{error.error_count()} fields of {route.reply.__name__} are wrong") from error

    def _raise(self, response: httpx2.Response) -> None:
        error = envelope(response.status_code, response.content, tracing.current().request_id)
        after = whole(response.headers.get("retry-after", ""), DAY_S)
        if response.status_code >= 500:
            raise PeerDown(self.peer, error.message, retry_after_s=after)
        raise PeerRefused(self.peer, response.status_code, error.code, error.message, retry_after_s=after)
