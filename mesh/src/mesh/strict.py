"""JSON bodies, read strictly: what every other program reads alike."""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute


class _StrictRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 (JSON)
        return orjson.loads(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON body is RFC 8259's.

    The standard library's reader, FastAPI's own, lets NaN, Infinity and halves of surrogate pairs through, which no
    database and no JSON writer takes, and recurses as deep as the sender likes.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler over a stricter request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict
