"""POST /v1/responses: to a server that serves it, else as a chat. What is stored is stored here, for either.

A server is asked with all items since the first, and told to store nothing: so any server can go on, and what one
principal has said is never another's by an id.

| the chat                  | the response                                                     |
| ------------------------- | ---------------------------------------------------------------- |
| fails before it begins    | an error with its status, as of /v1/chat/completions             |
| breaks off, stalls        | `response.failed` of a stream (502 of a plain one), not stored   |
| runs into its token limit | `incomplete`                                                     |
"""

import asyncio
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from gateway.openai.as_chat import chat_body, items_of
from gateway.openai.ask import Ask, WrongField, parse
from gateway.openai.door import BROKEN, Begun, Models, body_of, refuse, while_there
from gateway.openai.replies import counted
from gateway.openai.response import Event, Writer
from gateway.openai.source import FromChat, Native, Source, chunks
from gateway.openai.stored import Kept, Stored, owner_of
from gateway.usage import Usage
from mesh.auth import Principal, principal
from mesh.errors import ApiError

MAX_WHOLE = 32 << 20
_HEAD = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


class Responses:
    """The path; an ASGI app."""

    def __init__(self, models: Models, stored: Stored) -> None:
        self._models, self._stored = models, stored

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            kind = next((v for k, v in scope["headers"] if k == b"content-type"), b"")
            ask = parse("/responses", kind.decode("latin-1"), await body_of(receive))
            await while_there(receive, self._answer(ask, principal(scope), send))
        except ApiError as error:
            await refuse(send, error)

    async def _answer(self, ask: Ask, asking: Principal, send: Send) -> None:
        owner = owner_of(asking)
        before = await self._before(ask.body.get("previous_response_id"), owner)
        items, stores = [*before, *items_of(ask.body)], ask.body.get("store") is not False
        native = self._models.router.all_serve_responses(ask.model)
        if native:
            changed = {**ask.body, "input": items, "store": False}
            changed.pop("previous_response_id", None)
            passed = Ask("/responses", orjson.dumps(changed), changed, ask.model, ask.stream, wants_usage=True)
        else:
            made = chat_body(ask.body, before)
            passed = Ask("/chat/completions", orjson.dumps(made), made, ask.model, ask.stream, wants_usage=True)
        writer = Writer(ask.body, store=stores)
        begun = await self._models.open(passed)
        try:
            source: Source = Native() if native else FromChat(writer)
            keep = _Keep(self._stored, owner, items) if stores else None
            if ask.stream:
                await self._stream(source, begun, keep, send)
            else:
                await self._whole(source, begun, keep, send)
            usage = counted(source.response.get("usage")) if source.response else None
            self._models.used(asking, begun.lease.model, usage or Usage(len(passed.raw) // 4, estimated=True))
        finally:
            begun.lease.left()
            begun.response.close()

    async def _before(self, name: str | None, owner: str) -> list[Any]:
        if name is None:
            return []
        kept = await self._stored.get(owner, name)
        if kept is None:
            message = f"Previous response with id {name[:80]!r} not found."
            raise WrongField("previous_response_id", message, "previous_response_not_found")
        return kept.items

    async def _whole(self, source: Source, begun: Begun, keep: "_Keep | None", send: Send) -> None:
        held, piece = b"", begun.first
        try:
            async with asyncio.timeout_at(begun.until):
                while piece and len(held) < MAX_WHOLE:
                    held += piece
                    piece = await begun.response.content.readany()
            source.whole(orjson.loads(held))
        except (TimeoutError, ValueError, LookupError, TypeError, AttributeError, *BROKEN) as error:
            begun.lease.failed(type(error).__name__)
            raise ApiError(502, "model_failed", "The model's server broke off in the middle of its answer.") from None
        begun.lease.ok()
        if keep is not None:
            await keep(source.response)
        body = orjson.dumps(source.response)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, source: Source, begun: Begun, keep: "_Keep | None", send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        for event in source.begin():
            await _say(send, event)
        why = "The model's server broke off."
        try:
            async with asyncio.timeout(None) as late:
                async for chunk in chunks(begun.response, begun.first, late, self._models.stall_s, begun.until):
                    for event in source.feed(chunk):
                        await _say(send, event)
        except TimeoutError:
            why = "The model's server stalled."
        except (ValueError, LookupError, TypeError, AttributeError, *BROKEN):
            pass
        last = source.last()
        if last:
            begun.lease.ok()
            if keep is not None:
                await keep(source.response)
        else:
            begun.lease.failed(why)
            last = source.fail(why)
        for event in last:
            await _say(send, event)
        await send({"type": "http.response.body", "body": b""})


class _Keep:
    """Stores a response with all that led to it."""

    def __init__(self, stored: Stored, owner: str, items: list[Any]) -> None:
        self._stored, self._owner, self._items = stored, owner, items

    async def __call__(self, response: dict[str, Any]) -> None:
        response["store"] = True
        said = [item for item in response["output"] if isinstance(item, dict) and item.get("type") != "reasoning"]
        response["store"] = await self._stored.put(self._owner, Kept(response, [*self._items, *said]))


async def _say(send: Send, event: Event) -> None:
    data = b"event: " + event["type"].encode() + b"\ndata: " + orjson.dumps(event) + b"\n\n"
    await send({"type": "http.response.body", "body": data, "more_body": True})
