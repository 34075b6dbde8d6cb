"""What /docs shows of the raw routes: the fields that we look at, and bodies to try."""

from typing import Any

from gateway.openai.mount import json_body

MODEL = {"type": "string", "maxLength": 256, "description": "A name or an alias of GET /v1/models"}
STREAM = {"type": "boolean", "default": False, "description": "Server-sent events, as the tokens come"}
OPTIONS = {"type": "object", "properties": {"include_usage": {"type": "boolean"}}}
_HELLO = [{"role": "user", "content": "What can you do?"}]
_TOOL = {
    "type": "function",
    "function": {
        "name": "free_rooms",
        "description": "Rooms that are free on a day",
        "parameters": {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
    },
}

CHAT = json_body(
    ["model", "messages"],
    {
        "model": MODEL,
        "messages": {"type": "array", "items": {"type": "object"}, "minItems": 1},
        "stream": STREAM,
        "stream_options": OPTIONS,
        "n": {"type": "integer", "minimum": 1, "maximum": 128},
    },
    {
        "plain": {"model": "default", "messages": _HELLO},
        "streamed": {
            "model": "default",
            "messages": _HELLO,
            "stream": True,
            "stream_options": {"include_usage": True},
        },
        "tools": {"model": "default", "messages": _HELLO, "tools": [_TOOL]},
    },
)
COMPLETIONS = json_body(
    ["model", "prompt"],
    {"model": MODEL, "prompt": {"type": ["string", "array"]}, "stream": STREAM, "stream_options": OPTIONS},
    {"plain": {"model": "default", "prompt": "The sea is", "max_tokens": 16}},
)
EMBEDDINGS = json_body(
    ["model", "input"],
    {"model": MODEL, "input": {"type": ["string", "array"], "maxItems": 2048}},
    {"two texts": {"model": "default", "input": ["a room by the sea", "a taxi to the airport"]}},
)
RESPONSES = json_body(
    ["model", "input"],
    {
        "model": MODEL,
        "input": {"type": ["string", "array"]},
        "instructions": {"type": ["string", "null"]},
        "previous_response_id": {"type": ["string", "null"]},
        "store": {"type": "boolean", "default": True},
        "stream": STREAM,
    },
    {"plain": {"model": "default", "instructions": "Be brief.", "input": "What can you do?"}},
)
_FILE = {"type": "string", "format": "binary"}
_FORM = {"file": _FILE, "model": MODEL, "prompt": {"type": "string"}, "response_format": {"type": "string"}}


def form(**more: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON Schema)
    """A recording, and how it is to be written down."""
    return {
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file", "model"], "properties": {**_FORM, **more}}
        }
    }


TRANSCRIPTIONS = form(language={"type": "string"}, stream=STREAM)
TRANSLATIONS = form()
SPEECH = json_body(
    ["model", "input", "voice"],
    {
        "model": MODEL,
        "input": {"type": "string", "maxLength": 4096},
        "voice": {"type": "string"},
        "response_format": {"type": "string", "enum": ["mp3", "opus", "aac", "flac", "wav", "pcm"]},
    },
    {"plain": {"model": "tts-1", "voice": "alloy", "input": "Good evening!", "response_format": "wav"}},
)
