"""A stand-in for a model's server as OpenAI's clients see it; raw ASGI, so that a bench measures others and not this.

`mode` says how it fails. It answers `400`, `401`, `404`, `422`, `429`, `500`, `html`, `empty`, `garbage`, or begins
with an `error_event`; it is slow (`hang`), `stall`s in the middle, is `cut` off there, ends `early` without [DONE],
sends `short` of its content-length, or a `huge` reply.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

WORDS = "Sure, for which dates would you like the room?"
HUGE = 16
"""MiB of a huge reply."""
REFUSALS: dict[str, tuple[int, Any]] = {
    "400": (400, {"error": {"message": "too long", "type": "invalid_request_error", "param": "messages", "code": "c"}}),
    "401": (401, {"error": {"message": "a secret about keys", "type": "x", "param": None, "code": None}}),
    "404": (404, {"error": {"message": "no such model", "type": "NotFoundError", "param": None, "code": 404}}),
    "422": (422, {"detail": [{"loc": ["body", "top_k"], "msg": "wrong"}]}),
    "429": (429, {"error": {"message": "slow down", "type": "x", "param": None, "code": None}}),
    "500": (500, {"error": {"message": "a secret about disks", "type": "x", "param": None, "code": None}}),
}


def usage(prompt: int, completion: int) -> dict[str, int]:
    """As OpenAI writes it."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


class ModelServer:
    """One server; an ASGI app."""

    def __init__(self, model: str = "tiny-model", reply: str = WORDS) -> None:
        self.model, self.reply, self.mode = model, reply, "ok"
        self.bodies: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.left = asyncio.Event()
        """A client went away before its reply was whole."""
        self.now = 0
        """Requests in progress."""
        self._said = 0
        self.keep = True
        """What is asked is kept, for a test to see."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        if scope["path"] == "/v1/models":
            await _json(send, 200, {"object": "list", "data": [{"id": self.model, "object": "model", "created": 1}]})
            return
        raw = b""
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        body = orjson.loads(raw)
        if self.keep:
            self.bodies.append(body)
            self.raw.append(raw)
            self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
            self.paths.append(scope["path"])
        self.now += 1
        doing = asyncio.ensure_future(self._answer(scope["path"], body, send))
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                doing.cancel()
                self.left.set()
        finally:
            self.now -= 1
            gone.cancel()
        if not doing.cancelled() and doing.done():
            doing.result()

    async def _answer(self, path: str, body: dict[str, Any], send: Send) -> None:
        if self.mode in REFUSALS:
            await _json(send, *REFUSALS[self.mode], {"retry-after": "7"} if self.mode == "429" else None)
        elif self.mode == "html":
            await _send(send, 200, b"<html>hello</html>", "text/html")
        elif self.mode == "huge":
            json_type = (b"content-type", b"application/json")
            await send({"type": "http.response.start", "status": 200, "headers": [json_type]})
            for place in range(HUGE):
                await _piece(send, b"x" * (1 << 20) if place else b'{"choices": "')
            await send({"type": "http.response.body", "body": b'"}'})
        elif self.mode == "empty":
            await _send(send, 200, b"", "application/json")
        else:
            if self.mode == "hang":
                await asyncio.sleep(60)
            kind = path.removeprefix("/v1/")
            if kind == "embeddings":
                await _json(send, 200, self._embeddings(body))
            elif kind == "responses":
                await self._respond(body, send)
            elif kind not in ("chat/completions", "completions"):
                await _json(send, 404, {"detail": "Not Found"})
            elif body.get("stream"):
                await self._stream(kind, body, send)
            else:
                await self._whole(kind, body, send)

    async def _whole(self, kind: str, body: dict[str, Any], send: Send) -> None:
        chat = kind == "chat/completions"
        choices = []
        for index in range(body.get("n") or 1):
            message, finish = self._message(body)
            content: dict[str, Any] = {"message": message} if chat else {"text": self.reply}
            logprobs = {"content": [{"token": "Sure", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
            choices.append(
                {
                    "index": index,
                    **content,
                    "finish_reason": finish,
                    "logprobs": logprobs if body.get("logprobs") else None,
                }
            )
        name = "chat.completion" if chat else "text_completion"
        reply = orjson.dumps({**self._head(name, body), "choices": choices, "usage": usage(9, 8)})
        if self.mode == "garbage":
            reply = b"Internal error"
        await _send(send, 200, reply, "application/json", lie=100 if self.mode == "short" else 0)

    async def _stream(self, kind: str, body: dict[str, Any], send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        if self.mode == "error_event":
            await _piece(send, b'data: {"error": {"message": "out of memory", "code": 500}}\n\n')
            return
        name = "chat.completion.chunk" if kind == "chat/completions" else "text_completion"
        head = self._head(name, body)
        for place, choice in enumerate(self._choices(kind, body)):
            if place == 3 and self.mode == "stall":
                await asyncio.sleep(60)
            if place == 3 and self.mode == "cut":
                raise RuntimeError("cut")  # the server closes the connection in the middle
            if place == 3 and self.mode == "early":
                await send({"type": "http.response.body"})
                return
            await _piece(send, b"data: " + orjson.dumps({**head, "choices": [choice]}) + b"\n\n")
        if (body.get("stream_options") or {}).get("include_usage"):
            await _piece(send, b"data: " + orjson.dumps({**head, "choices": [], "usage": usage(9, 8)}) + b"\n\n")
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})

    async def _respond(self, body: dict[str, Any], send: Send) -> None:
        """The Responses API, for those who ask it of us: a message, plain or streamed."""
        part = {"type": "output_text", "text": self.reply, "annotations": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        self._said += 1
        head = {"id": f"resp_{id(self):x}{self._said}", "object": "response", "created_at": 1, "model": body["model"]}
        head |= {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "store": body.get("store", True)}
        told = {"input_tokens": 9, "output_tokens": 8, "total_tokens": 17}
        whole = {**head, "status": "completed", "output": [item], "usage": told}
        if not body.get("stream"):
            await _json(send, 200, whole)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        events: list[dict[str, Any]] = [{"type": "response.created", "response": {**head, "output": []}}]
        events.append({"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}})
        events.append({"type": "response.content_part.added", **at, "part": {**part, "text": ""}})
        events += [{"type": "response.output_text.delta", **at, "delta": f"{word} "} for word in self.reply.split()]
        events.append({"type": "response.output_text.done", **at, "text": self.reply})
        events.append({"type": "response.content_part.done", **at, "part": part})
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
        events.append({"type": "response.completed", "response": whole})
        for number, event in enumerate(events):
            data = orjson.dumps({**event, "sequence_number": number})
            await _piece(send, b"event: " + event["type"].encode() + b"\ndata: " + data + b"\n\n")
        await send({"type": "http.response.body"})

    def _choices(self, kind: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if kind == "completions":
            yield from ({"index": 0, "text": word + " ", "finish_reason": None} for word in self.reply.split())
            yield {"index": 0, "text": "", "finish_reason": "stop"}
            return
        message, finish = self._message(body)
        yield {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
        for call in message.get("tool_calls") or []:
            begun = {**call, "index": 0, "function": {**call["function"], "arguments": ""}}
            yield {"index": 0, "delta": {"tool_calls": [begun]}, "finish_reason": None}
            for part in (call["function"]["arguments"][:5], call["function"]["arguments"][5:]):
                delta = {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}
                yield {"index": 0, "delta": delta, "finish_reason": None}
        for word in (message["content"] or "").split(" ") if message["content"] else []:
            yield {"index": 0, "delta": {"content": word + " "}, "finish_reason": None}
        yield {"index": 0, "delta": {}, "finish_reason": finish}

    def _message(self, body: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """A call of the first tool for what a user said, JSON where a schema is wanted, else words."""
        asked = (body.get("messages") or [{"role": "user"}])[-1]["role"]
        if body.get("tools") and asked == "user" and body.get("tool_choice") != "none":
            tool = body["tools"][0]["function"]
            wanted = dict.fromkeys(tool.get("parameters", {}).get("properties", {}), "Monday")
            call = {
                "id": "call_1",
                "type": "function",
                "function": {"name": tool["name"], "arguments": json.dumps(wanted)},
            }
            return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
        wanted_format = body.get("response_format") or {}
        if schema := (wanted_format.get("json_schema") or {}).get("schema"):
            return {"role": "assistant", "content": json.dumps(dict.fromkeys(schema["properties"], "Monday"))}, "stop"
        finish = "length" if body.get("max_tokens") == 1 or body.get("max_completion_tokens") == 1 else "stop"
        return {"role": "assistant", "content": self.reply}, finish

    def _head(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        head = {"id": "chatcmpl-1", "object": name, "created": 1, "model": body.get("model")}
        return head | ({"system_fingerprint": f"seed-{body['seed']}"} if "seed" in body else {})

    def _embeddings(self, body: dict[str, Any]) -> dict[str, Any]:
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": place, "embedding": [0.25, -0.5]} for place, _ in enumerate(texts)]
        return {
            "object": "list",
            "data": data,
            "model": body["model"],
            "usage": {"prompt_tokens": 5, "total_tokens": 5},
        }


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await asyncio.sleep(0)


async def _json(send: Send, status: int, body: object, headers: dict[str, str] | None = None) -> None:
    await _send(send, status, orjson.dumps(body), "application/json", headers)


async def _send(
    send: Send, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None, *, lie: int = 0
) -> None:
    told = {"content-type": kind, "content-length": str(len(body) + lie), **(headers or {})}
    pairs = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    for start in range(0, len(body) or 1, 1 << 20):
        piece = body[start : start + (1 << 20)]
        await send({"type": "http.response.body", "body": piece, "more_body": start + (1 << 20) < len(body)})
