"""What is read of a model server's reply while its bytes pass by: the usage, and whether a stream came to its end."""

import json
import re
from typing import Any

import orjson

from gateway.usage import Usage

TAIL = 8_192
MAX_EVENT = 1 << 20
"""Part of an event that is kept back until the rest has come; of what is longer the pieces pass as they are."""
_USAGE = re.compile(rb'"usage"\s*:\s*\{')
_DONE = re.compile(rb"data: ?\[DONE\]\s*$")
_END = re.compile(rb"\r?\n\r?\n")
_DECODER = json.JSONDecoder()


def usage_of(tail: bytes) -> Usage | None:
    """The usage that stands last in a reply; None where there is none."""
    found = None
    for found in _USAGE.finditer(tail):  # noqa: B007 (the last)
        pass
    if found is None:
        return None
    try:
        given, _ = _DECODER.raw_decode(tail[found.end() - 1 :].decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return counted(given)


def counted(given: object) -> Usage | None:
    """A usage as OpenAI writes it, of chat or of responses."""
    if not isinstance(given, dict):
        return None
    prompt = _whole(given.get("prompt_tokens", given.get("input_tokens")))
    return Usage(prompt, _whole(given.get("completion_tokens", given.get("output_tokens"))))


def _whole(value: object) -> int:
    return value if type(value) is int and 0 <= value < 2**53 else 0


class Events:
    """A stream of server-sent events as it passes: whole events at once. `strip`: the usage's own chunk stays here."""

    def __init__(self, *, strip: bool) -> None:
        self._strip = strip
        self._rest, self._tail = b"", b""
        self.usage: Usage | None = None
        self.count = 0
        """Events that have passed: about as many tokens."""

    def feed(self, piece: bytes) -> bytes:
        """What of it, and of what was kept back, is to be passed on now."""
        block = self._rest + piece if self._rest else piece
        plain, carried = block.rfind(b"\n\n"), block.rfind(b"\r\n\r\n")
        end = max(plain + 2 if plain >= 0 else 0, carried + 4 if carried >= 0 else 0)
        if len(block) - end > MAX_EVENT:
            end = len(block)
        whole, self._rest = block[:end], block[end:]
        return self._passed(whole) if whole else b""

    def close(self) -> bytes:
        """What has no end of an event behind it."""
        rest, self._rest = self._rest, b""
        return self._passed(rest) if rest else b""

    @property
    def ended(self) -> bool:
        """The stream has said that it is whole."""
        return _DONE.search(self._tail) is not None

    def _passed(self, block: bytes) -> bytes:
        self._tail = (self._tail + block)[-64:]
        self.count += block.count(b"data:")
        if _USAGE.search(block) is None:
            return block
        self.usage = usage_of(block[-TAIL:]) or self.usage
        if not self._strip:
            return block
        return b"".join(event for event in _events(block) if not _is_usage_alone(event))


def _events(block: bytes) -> list[bytes]:
    found, at = [], 0
    for end in _END.finditer(block):
        found.append(block[at : end.end()])
        at = end.end()
    return [*found, block[at:]]


def _is_usage_alone(event: bytes) -> bool:
    if _USAGE.search(event) is None:
        return False
    try:
        chunk: Any = orjson.loads(event[event.index(b"data:") + 5 :])
    except ValueError:
        return False
    return isinstance(chunk, dict) and not chunk.get("choices")
