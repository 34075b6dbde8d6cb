"""Where the text of an answer comes from: gpt's stream, hedged and retried, or words that are known already.

| gpt is    | then                                                                                          |
| --------- | --------------------------------------------------------------------------------------------- |
| late      | the supervisor has the next engine asked too; the first token wins                            |
| down      | asked again every RETRY_S until it is back, or the supervisor gives up                        |
| cut short | what had to be said next (the form's question) is said, so that the caller knows what we want |
| lying     | same as cut short; a refusal is an apology                                                    |
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import orjson

from gateway.conversation.answering import Answer
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError, PeerInvalid, PeerRefused
from mesh.wire.gpt import STREAM, FunctionCall, GptRequest

RETRY_S = 0.3
log = logs.get("source")


async def fixed(*texts: str) -> AsyncIterator[str]:
    """Words that are known already."""
    for text in texts:
        yield text + " "


async def generated(gpt: Client, request: GptRequest, answer: Answer, *, deadline_s: float) -> AsyncIterator[str]:
    """Gpt's answer, piece by piece. Raises PeerRefused."""
    spoke = False
    request = request.model_copy(update={"stream": True})
    try:
        async with AsyncExitStack() as stack:
            stream, piece = await _first(gpt, request, answer, stack, deadline_s)
            while piece is not None:
                if piece:
                    spoke = True
                    yield piece
                piece = await anext(stream, None)
            return
    except PeerError as error:
        if not spoke and isinstance(error, PeerRefused):
            raise
        log.error("the answer broke off", reason=error.reason, spoke=spoke)
    question = request.dialogue.question if request.dialogue else ""
    if question:
        yield f"{' ' if spoke else ''}{question}"


async def _first(
    gpt: Client, request: GptRequest, answer: Answer, stack: AsyncExitStack, deadline_s: float
) -> tuple[AsyncIterator[str], str | None]:
    """The stream that answers first, and its first piece."""
    tasks = [asyncio.create_task(_open(gpt, request, answer, deadline_s))]
    late = asyncio.create_task(answer.late.wait())
    try:
        while True:
            waiting = {task for task in (*tasks, late) if not task.done()}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if late.done() and len(tasks) == 1 and not tasks[0].done():
                hedged = request.model_copy(update={"hedge": True})
                tasks.append(asyncio.create_task(_open(gpt, hedged, answer, deadline_s)))
            done = [task for task in tasks if task.done()]
            won = next((task for task in done if task.exception() is None), None)
            if won is not None:
                opened, stream, piece = won.result()
                stack.push_async_callback(opened.aclose)
                tasks.remove(won)
                return stream, piece
            if len(done) == len(tasks):
                raise done[-1].exception() or AssertionError
    finally:
        late.cancel()
        for task in tasks:
            task.cancel()
            task.add_done_callback(_close)


def _close(task: "asyncio.Task[tuple[AsyncExitStack, Any, Any]]") -> None:
    """A stream that lost the race is closed once it has opened."""
    if not task.cancelled() and task.exception() is None:
        closing = asyncio.ensure_future(task.result()[0].aclose())
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)


_closing: set["asyncio.Future[None]"] = set()


async def _open(
    gpt: Client, request: GptRequest, answer: Answer, deadline_s: float
) -> tuple[AsyncExitStack, AsyncIterator[str], str | None]:
    """Ask gpt until it answers; give the open stream and its first piece."""
    while True:
        stack = AsyncExitStack()
        try:
            response = await stack.enter_async_context(gpt.stream(STREAM, request, deadline_s=deadline_s, retries=0))
            stream = _pieces(gpt, response, answer)
            return stack, stream, await anext(stream, None)
        except PeerRefused as error:
            await stack.aclose()
            if error.status not in (429, 503):
                raise
        except PeerError as error:
            await stack.aclose()
            log.warning("gpt is asked again", reason=error.reason)
        except BaseException:
            await stack.aclose()
            raise
        await asyncio.sleep(RETRY_S)


async def _pieces(gpt: Client, response: Any, answer: Answer) -> AsyncIterator[str]:  # noqa: ANN401 (the client's own)
    """The text in a stream of server-sent events. Raises PeerInvalid."""
    rest = b""
    async for data in gpt.pieces(response):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if not line.startswith(b"data: "):
                continue
            try:
                event = orjson.loads(line[6:])
            except orjson.JSONDecodeError as error:
                raise PeerInvalid("gpt", "a piece is not JSON") from error
            if "error" in event:
                raise PeerInvalid("gpt", str(event["error"].get("code", "")))
            if "done" in event:
                answer.calls = [FunctionCall.model_validate(call) for call in event["done"].get("calls", [])]
                answer.cut = event["done"].get("finish") == "length"
                return
            yield str(event["delta"])
    raise PeerInvalid("gpt", "the stream ended too early")
