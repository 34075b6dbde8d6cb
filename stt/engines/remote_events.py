"""The events by which transcription servers send text as they hear it: OpenAI's, and vLLM's, which are chat's."""

from collections.abc import AsyncIterator

import httpx2
from pydantic import BaseModel, ValidationError

from mesh.errors import EngineError


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta = _Delta()


class _Event(BaseModel):
    type: str = ""
    delta: str = ""
    choices: list[_Choice] = []
    error: object = None

    @property
    def text(self) -> str:
        return self.delta or "".join(choice.delta.content or "" for choice in self.choices)


async def phrases(response: httpx2.Response) -> AsyncIterator[str]:
    """What is said, in whole words, as it comes. Raises EngineError where it breaks off."""
    held = ""
    try:
        async for line in response.aiter_lines():
            data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
            if not data or data == "[DONE]":
                continue
            event = _Event.model_validate_json(data)
            if event.error is not None:
                raise EngineError("The speech server broke off.")
            held += event.text
            whole = held.rstrip() if held[-1:].isspace() else held[: _last_space(held)]
            if whole.strip():
                yield whole.strip()
                held = held[len(whole) :].lstrip()
    except httpx2.HTTPError as error:
        raise EngineError(f"The speech server broke off: {type(error).__name__}.") from error
    except ValidationError as error:
        raise EngineError("The speech server's events make no sense.") from error
    if held.strip():
        yield held.strip()


def _last_space(text: str) -> int:
    """Where the last word begins, which may go on."""
    return max((index for index, letter in enumerate(text) if letter.isspace()), default=0)
