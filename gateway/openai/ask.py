"""A request for a model: read once, to see what it wants of us; what goes on are its own bytes where they can."""

import zlib
from dataclasses import dataclass
from types import UnionType
from typing import Any

import orjson

from mesh.errors import ApiError

MAX_ITEMS, MAX_INPUTS, MAX_N, MAX_NAME = 8_192, 2_048, 128, 256
HEAD = 2_048
"""Characters of each of the first two messages by which a conversation is known again."""
CONTENTS = {"/chat/completions": "messages", "/completions": "prompt", "/embeddings": "input", "/responses": "input"}
RESPONSE_FIELDS: dict[str, type | UnionType] = {
    "input": str | list,
    "instructions": str,
    "max_output_tokens": int,
    "metadata": dict,
    "previous_response_id": str,
    "reasoning": dict,
    "store": bool,
    "text": dict,
    "tool_choice": str | dict,
    "tools": list,
}
_BEGIN = b'{"stream_options":{"include_usage":true},'


class WrongField(ApiError):
    """The request is at fault, at `param`."""

    def __init__(self, param: str | None, message: str, code: str = "invalid_request") -> None:
        super().__init__(400, code, message)
        self.param = param


@dataclass(slots=True)
class Ask:
    """One request. `path` is below /v1."""

    path: str
    raw: bytes
    body: dict[str, Any]
    model: str
    stream: bool
    wants_usage: bool
    """Its client has asked for the chunk with the usage."""
    until: float = float("inf")
    """When it is to be over, by the loop's clock."""

    @property
    def prefix(self) -> int | None:
        """A number that requests have in common that begin alike; None where there is nothing to find again."""
        if self.path == "/embeddings":
            return None
        seen = zlib.crc32(self.model.encode())
        given = self.body.get("instructions"), self.body.get(CONTENTS[self.path])
        for content in given:
            for part in content[:2] if isinstance(content, list) else [content]:
                seen = zlib.crc32(_head(part), seen)
        return seen

    def bytes_for(self, model: str, *, ask_usage: bool) -> bytes:
        """The body as a server gets it. Raises WrongField for one that is nested too deep to be written anew."""
        options = self.body.get("stream_options")
        add = ask_usage and self.stream and not self.wants_usage
        if model == self.model and not add:
            return self.raw
        if model == self.model and "stream_options" not in self.body:
            return _BEGIN + self.raw[self.raw.index(b"{") + 1 :]
        changed = {**self.body, "model": model}
        if add:
            changed["stream_options"] = {**(options or {}), "include_usage": True}
        try:
            return orjson.dumps(changed)
        except orjson.JSONEncodeError:
            raise WrongField(None, "The body is nested too deep.") from None


def _head(part: object) -> bytes:
    """What is stable and short about the beginning of a message or a prompt."""
    if isinstance(part, dict):
        part = part.get("content")
    if isinstance(part, list):
        part = "".join(str(one.get("text") or one.get("image_url"))[:HEAD] for one in part[:4] if isinstance(one, dict))
    return part[:HEAD].encode(errors="replace") if isinstance(part, str) else b""


def parse(path: str, content_type: str, raw: bytes) -> Ask:
    """A request. Raises WrongField, and ApiError 415."""
    if content_type.split(";", 1)[0].strip().lower() not in ("application/json", ""):
        raise ApiError(415, "unsupported_media_type", "Send content-type: application/json.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise WrongField(None, f"The body is not JSON: {error}.", "malformed_json") from None
    if not isinstance(body, dict):
        raise WrongField(None, "The body must be a JSON object.")
    model, stream, options = body.get("model"), body.get("stream"), body.get("stream_options")
    if not isinstance(model, str) or not 0 < len(model) <= MAX_NAME:
        raise WrongField("model", "You must provide a model parameter: GET /v1/models lists all.")
    if stream is not None and not isinstance(stream, bool):
        raise WrongField("stream", "stream must be true or false.")
    if options is not None and not isinstance(options, dict):
        raise WrongField("stream_options", "stream_options must be an object.")
    if options is not None and not stream:
        raise WrongField("stream_options", "stream_options is allowed with stream only.")
    number = body.get("n")
    if number is not None and not (type(number) is int and 1 <= number <= MAX_N):
        raise WrongField("n", f"n must be a whole number from 1 to {MAX_N}.")
    _check_content(path, body)
    return Ask(path, raw, body, model, bool(stream), bool((options or {}).get("include_usage")))


def _check_content(path: str, body: dict[str, Any]) -> None:
    name = CONTENTS[path]
    content = body.get(name)
    if path == "/chat/completions":
        _check_messages(content)
    elif path == "/responses":
        _check_kinds(body)
    elif not isinstance(content, str | list) or not content:
        raise WrongField(name, f"{name} must be a string or a list, and not empty.")
    most = MAX_INPUTS if path == "/embeddings" else MAX_ITEMS
    if isinstance(content, list) and len(content) > most and not isinstance(content[0], int):
        raise WrongField(name, f"{name} may have {most} items at most.")


def _check_kinds(body: dict[str, Any]) -> None:
    for name, kind in RESPONSE_FIELDS.items():
        if body.get(name) is not None and not isinstance(body[name], kind):
            raise WrongField(name, f"{name} has a value of the wrong type.")
    if not isinstance((body.get("text") or {}).get("format", {}), dict):
        raise WrongField("text.format", "text.format must be an object.")


def _check_messages(content: object) -> None:
    if not isinstance(content, list) or not content:
        raise WrongField("messages", "messages must be a list, and not empty.")
    for place, message in enumerate(content):
        if not isinstance(message, dict):
            raise WrongField(f"messages[{place}]", "A message must be an object.")
        if not isinstance(message.get("role"), str):
            raise WrongField(f"messages[{place}].role", "A message must have a role.")
