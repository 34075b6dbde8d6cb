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
        end = _last_end(block, len(block))
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
        found = _USAGE.search(block)
        if found is None:
            return block
        self.usage = usage_of(block[-TAIL:]) or self.usage
        return self._stripped(block, found) if self._strip else block

    def _stripped(self, block: bytes, found: "re.Match[bytes] | None") -> bytes:
        """Without the chunks that say the usage and nothing else."""
        while found is not None:
            start = _last_end(block, found.start())
            after = _END.search(block, found.end())
            end = after.end() if after else len(block)
            if _is_usage_alone(block[start:end]):
                block, end = block[:start] + block[end:], start
            found = _USAGE.search(block, end)
        return block


def _last_end(block: bytes, before: int) -> int:
    """Where the last event ends that is whole before a place; 0 where none is."""
    plain, carried = block.rfind(b"\n\n", 0, before), block.rfind(b"\r\n\r\n", 0, before)
    return max(plain + 2 if plain >= 0 else 0, carried + 4 if carried >= 0 else 0)


def _is_usage_alone(event: bytes) -> bool:
    try:
        chunk: Any = orjson.loads(event[event.index(b"data:") + 5 :])
    except ValueError:
        return False
    return isinstance(chunk, dict) and not chunk.get("choices")
