"""WS /v1/realtime of gateway: every event between it and a client, both ways.

Source: OpenAI's Realtime API reference, GA names (https://platform.openai.com/docs/api-reference/realtime). What is
ours is named `output_audio_buffer.*` and `voiceblock.*`: a telephone tells us what it has played and which keys were
pressed, and is told to pause, to hang up, or whom to put the caller through to.
"""

from functools import cache

from pydantic import TypeAdapter, ValidationError

from mesh.wire.realtime.client import ClientEvent
from mesh.wire.realtime.server import ServerEvent


@cache
def _client() -> TypeAdapter[ClientEvent]:
    return TypeAdapter(ClientEvent)


@cache
def _server() -> TypeAdapter[ServerEvent]:
    return TypeAdapter(ServerEvent)


def from_client(text: str | bytes) -> ClientEvent:
    """What a client has sent. Raises ValidationError."""
    return _client().validate_json(text)


def from_server(text: str | bytes) -> ServerEvent | None:
    """What gateway has sent; None for an event of a newer gateway. Raises ValidationError for what makes no sense."""
    try:
        return _server().validate_json(text)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "union_tag_invalid":
            return None
        raise


__all__ = ["ClientEvent", "ServerEvent", "from_client", "from_server"]
