"""/v1/audio/transcriptions and translations to stt, /v1/audio/speech to tts: bytes both ways, nothing is gathered.

| the service                   | the client gets                                       |
| ----------------------------- | ----------------------------------------------------- |
| does not listen, breaks off   | 503; in the middle of its reply, a broken one         |
| is slow                       | 504 after `model_deadline_s`                          |
| says the request is at fault  | its own words, they have OpenAI's shape               |
| refuses us (401, 403, 421)    | 502: that is between it and us                        |
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from gateway.openai.door import BROKEN, refuse, while_there
from gateway.openai.upstream import Upstream
from gateway.usage import Ledger, Usage
from mesh import tracing
from mesh.auth import principal
from mesh.errors import ApiError

PASSED_ON = {b"content-type", b"content-length", b"accept"}
PASSED_BACK = (
    *("content-type", "content-length", "content-disposition", "retry-after", "x-error-code"),
    *("x-engine", "x-degraded", "x-audio-seconds", "x-characters"),
)
OURS = (401, 403, 421)
SECONDS, CHARACTERS = "x-audio-seconds", "x-characters"
"""Headers in which a service says what it has done."""


class Audio:
    """One of the paths; an ASGI app."""

    def __init__(self, peer: str, url: str, upstream: Upstream, ledger: Ledger, deadline_s: float) -> None:
        self._peer, self._url, self._upstream, self._ledger = peer, url, upstream, ledger
        self._deadline_s = deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = _Body(receive)
        try:
            await while_there(receive, self._pass(scope, body, send), body.read)
        except ApiError as error:
            if body.error is not None:
                raise body.error from None
            await refuse(send, error)

    async def _pass(self, scope: Scope, body: "_Body", send: Send) -> None:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"] if k in PASSED_ON}
        headers |= {
            "accept-encoding": "identity",
            **tracing.current().headers(),
            **self._upstream.credential(self._url),
        }
        begun = False
        try:
            async with asyncio.timeout(self._deadline_s):
                async with self._upstream.http.post(
                    self._url, data=body.pieces(), headers=headers, allow_redirects=False
                ) as reply:
                    if reply.status in OURS:
                        raise ApiError(502, f"{self._peer}_refused_us", f"{self._peer} refuses this gateway.")
                    back = [(n.encode(), reply.headers[n].encode("latin-1")) for n in PASSED_BACK if n in reply.headers]
                    await send({"type": "http.response.start", "status": reply.status, "headers": back})
                    begun = True
                    while piece := await reply.content.readany():
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                    await send({"type": "http.response.body", "body": b""})
                    self._count(scope, reply)
        except (TimeoutError, *BROKEN) as error:
            if begun:
                raise
            if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ServerTimeoutError):
                message = f"{self._peer} did not answer within {self._deadline_s:g} s."
                raise ApiError(504, f"{self._peer}_timeout", message) from None
            message = f"{self._peer} is unavailable."
            raise ApiError(503, f"{self._peer}_unavailable", message, retry_after_s=1) from None

    def _count(self, scope: Scope, reply: aiohttp.ClientResponse) -> None:
        if reply.status == 200:
            done = Usage(audio_s=_number(reply, SECONDS), characters=int(_number(reply, CHARACTERS)))
            self._ledger.used(principal(scope), self._peer, done)


class _Body:
    """A request's body, as it comes. What goes wrong with it is kept: it is not the service's fault."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.read = asyncio.Event()
        self.error: Exception | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                if piece := message.get("body", b""):
                    yield piece
                if not message.get("more_body"):
                    break
        except Exception as error:
            self.error = error
            raise
        self.read.set()


def _number(reply: aiohttp.ClientResponse, name: str) -> float:
    try:
        return min(max(float(reply.headers.get(name, "0")), 0.0), 1e9)
    except ValueError:
        return 0.0
