"""A peer made of its own wire models, for tests of its callers: no test invents JSON."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from pydantic import BaseModel

from mesh.wire.route import Route

Answer = BaseModel | bytes | Exception | Callable[[dict[str, Any]], BaseModel | bytes]


class FakePeer(httpx2.AsyncBaseTransport):
    """A transport for mesh.client.Client that answers `replies` and keeps what it was sent in `calls`.

    An answer is a reply model, bytes, a function of the request's JSON, or an exception to raise as the network would.
    """

    def __init__(self, replies: Mapping[Route[Any, Any], Answer]) -> None:
        self._replies = {(route.method, route.path.split("{", 1)[0].rstrip("/")): a for route, a in replies.items()}
        self.calls: list[tuple[str, bytes]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        body = await request.aread()
        self.calls.append((request.url.path, body))
        answer = self._find(request)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            import json

            answer = answer(json.loads(body) if body else {})
        if isinstance(answer, bytes):
            return httpx2.Response(200, content=answer, request=request)
        return httpx2.Response(200, content=answer.model_dump_json(), request=request)

    def _find(self, request: httpx2.Request) -> Answer:
        path = request.url.path
        for (method, prefix), answer in self._replies.items():
            if method == request.method and (path == prefix or path.startswith(prefix + "/")):
                return answer
        raise httpx2.ConnectError(f"the fake has no answer for {request.method} {path}", request=request)
