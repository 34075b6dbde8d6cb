"""A response of /v1/responses, written from the deltas of a chat: its events in their order, and the object itself.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import secrets
import time
from typing import Any

ECHOED: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "temperature": None,
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
Event = dict[str, Any]


class Writer:
    """Of one response. Its methods give the events that there are by then."""

    def __init__(self, body: dict[str, Any], *, store: bool) -> None:
        self.response: dict[str, Any] = {
            "id": f"resp_{secrets.token_hex(24)}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "background": False,
            "error": None,
            "incomplete_details": None,
            "model": body["model"],
            "output": [],
            "reasoning": {"effort": (body.get("reasoning") or {}).get("effort"), "summary": None},
            "store": store,
            "text": {"format": (body.get("text") or {}).get("format") or {"type": "text"}},
            "usage": None,
            **{name: default if body.get(name) is None else body[name] for name, default in ECHOED.items()},
        }
        self._number = -1
        self._open: dict[str, Any] | None = None
        self._call = -1
        """Index of the function call that is open, as the chat counts them."""

    def begin(self) -> list[Event]:
        """The first events."""
        return [self._whole("response.created"), self._whole("response.in_progress")]

    def delta(self, delta: dict[str, Any]) -> list[Event]:
        """What a piece of the model's message becomes; a whole message is one piece."""
        events: list[Event] = []
        if text := delta.get("content") or delta.get("refusal"):
            events += self._text(str(text))
        for place, call in enumerate(delta.get("tool_calls") or []):
            events += self._called(call, call.get("index", place))
        return events

    def end(self, finish: str | None, usage: Any, model: str | None) -> list[Event]:  # noqa: ANN401 (JSON)
        """The last events; `finish` is the chat's finish_reason."""
        status = "incomplete" if finish in ("length", "content_filter") else "completed"
        events = self._close(status)
        response = self.response
        response |= {"status": status, "usage": _usage(usage), "model": model or response["model"]}
        if status == "incomplete":
            response["incomplete_details"] = {"reason": "max_output_tokens" if finish == "length" else "content_filter"}
        return [*events, self._whole(f"response.{status}")]

    def fail(self, message: str) -> list[Event]:
        """It broke off."""
        self._close("incomplete")
        self.response |= {"status": "failed", "error": {"code": "server_error", "message": message}}
        return [self._whole("response.failed")]

    def _text(self, text: str) -> list[Event]:
        events: list[Event] = []
        item = self._open
        if item is None or item["type"] != "message":
            events += self._close("completed")
            item = {"id": f"msg_{secrets.token_hex(16)}", "type": "message", "role": "assistant", "content": []}
            events.append(self._added(item))
            part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
            item["content"].append(part)
            events.append(self._event("response.content_part.added", content_index=0, part=dict(part)))
        item["content"][0]["text"] += text
        events.append(self._event("response.output_text.delta", content_index=0, delta=text, logprobs=[]))
        return events

    def _called(self, call: dict[str, Any], index: int) -> list[Event]:
        function, events = call.get("function") or {}, []
        item = self._open
        if item is None or item["type"] != "function_call" or index != self._call:
            events += self._close("completed")
            item = {"id": f"fc_{secrets.token_hex(16)}", "type": "function_call", "arguments": ""}
            item |= {"call_id": call.get("id") or f"call_{secrets.token_hex(12)}", "name": function.get("name") or ""}
            events.append(self._added(item))
            self._call = index
        if piece := function.get("arguments"):
            item["arguments"] += piece
            events.append(self._event("response.function_call_arguments.delta", delta=piece))
        return events

    def _added(self, item: dict[str, Any]) -> Event:
        item["status"] = "in_progress"
        self._open = item
        self.response["output"].append(item)
        shown = {**item, "content": []} if "content" in item else dict(item)
        return self._numbered("response.output_item.added", output_index=self._index, item=shown)

    def _close(self, status: str) -> list[Event]:
        item, events = self._open, []
        if item is None:
            return []
        item["status"] = status
        if item["type"] == "message":
            part = item["content"][0]
            events.append(self._event("response.output_text.done", content_index=0, text=part["text"], logprobs=[]))
            events.append(self._event("response.content_part.done", content_index=0, part=part))
        else:
            told = {"name": item["name"], "arguments": item["arguments"]}
            events.append(self._event("response.function_call_arguments.done", **told))
        events.append(self._numbered("response.output_item.done", output_index=self._index, item=item))
        self._open = None
        return events

    @property
    def _index(self) -> int:
        return len(self.response["output"]) - 1

    def _event(self, kind: str, **more: object) -> Event:
        assert self._open is not None
        return self._numbered(kind, item_id=self._open["id"], output_index=self._index, **more)

    def _whole(self, kind: str) -> Event:
        return self._numbered(kind, response=dict(self.response))

    def _numbered(self, kind: str, **more: object) -> Event:
        self._number += 1
        return {"type": kind, "sequence_number": self._number, **more}


def _usage(given: Any) -> dict[str, Any] | None:  # noqa: ANN401 (JSON)
    if not isinstance(given, dict):
        return None
    asked, written = given.get("prompt_tokens") or 0, given.get("completion_tokens") or 0
    cached = (given.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    thought = (given.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": asked + written,
    }
