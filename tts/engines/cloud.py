"""What the cloud engines share: one pooled client, and audio pieces whose failures are EngineErrors."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2

from mesh.errors import EngineError, NoEngine
from tts.engines import Pcm


async def stream_pcm(http: httpx2.AsyncClient, who: str, rate: int, request: httpx2.Request) -> Pcm:
    """Send `request` and give its body as PCM at `rate` Hz while it arrives.

    Raises EngineError; NoEngine where it is the request that is at fault, say an unknown voice: nothing has failed.
    """
    try:
        response = await http.send(request, stream=True)
        if response.is_error:
            await response.aread()
            if response.status_code in (400, 422):
                raise NoEngine("refused", f"{who} refused the request: HTTP {response.status_code}.")
            raise EngineError(f"{who} answered HTTP {response.status_code}.")
    except httpx2.HTTPError as error:
        raise EngineError(f"{who} is out of reach: {type(error).__name__}.") from error
    return Pcm(rate, _body(response, who))


async def _body(response: httpx2.Response, who: str) -> AsyncIterator[bytes]:
    try:
        async for piece in response.aiter_bytes():
            yield piece
    except httpx2.HTTPError as error:
        raise EngineError(f"{who} broke off: {type(error).__name__}.") from error
    finally:
        await response.aclose()


async def post_json(http: httpx2.AsyncClient, who: str, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    """POST and give the JSON reply. Raises EngineError."""
    try:
        response = await http.post(path, json=body)
        response.raise_for_status()
        return response.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise EngineError(f"{who} failed: {type(error).__name__}.") from error


async def whole(data: bytes) -> AsyncIterator[bytes]:
    """Audio that came in one piece."""
    yield data
