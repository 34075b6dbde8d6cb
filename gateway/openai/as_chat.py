"""A request of /v1/responses as one of /v1/chat/completions.

https://platform.openai.com/docs/api-reference/responses/create; what has no counterpart in chat is refused.
"""

from typing import Any

from gateway.openai.ask import WrongField

SAME = ("temperature", "top_p", "parallel_tool_calls", "user", "metadata", "seed", "stop", "service_tier")
NOT_HERE = ("background", "conversation", "prompt", "max_tool_calls")
_PARTS = {"input_text", "output_text", "text", "refusal"}


def chat_body(body: dict[str, Any], before: list[Any]) -> dict[str, Any]:
    """The body for chat; `before` are the items up to now. Raises WrongField."""
    for name in NOT_HERE:
        if body.get(name):
            raise WrongField(name, f"{name} is not supported by this model's server.", "unsupported_parameter")
    messages: list[dict[str, Any]] = []
    if instructions := body.get("instructions"):
        messages.append({"role": "system", "content": instructions})
    _add(messages, [*before, *items_of(body)])
    made: dict[str, Any] = {"model": body["model"], "messages": messages}
    made |= {name: body[name] for name in SAME if body.get(name) is not None}
    if (most := body.get("max_output_tokens")) is not None:
        made["max_completion_tokens"] = most
    if effort := (body.get("reasoning") or {}).get("effort"):
        made["reasoning_effort"] = effort
    if tools := body.get("tools"):
        made["tools"] = [_tool(tool, place) for place, tool in enumerate(tools)]
        made["tool_choice"] = _choice(body.get("tool_choice", "auto"))
    if wanted := _format((body.get("text") or {}).get("format")):
        made["response_format"] = wanted
    if body.get("stream"):
        made |= {"stream": True, "stream_options": {"include_usage": True}}
    return made


def items_of(body: dict[str, Any]) -> list[Any]:
    """The items of `input`; a string is one message."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return given if isinstance(given, list) else []


def _add(messages: list[dict[str, Any]], items: list[Any]) -> None:
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise WrongField(f"input[{place}]", "An item must be an object.")
        kind = item.get("type") or "message"
        if kind == "message":
            role = "system" if item.get("role") == "developer" else item.get("role")
            if role not in ("user", "assistant", "system"):
                raise WrongField(f"input[{place}].role", "role must be user, assistant, system or developer.")
            messages.append({"role": role, "content": _content(item.get("content"), f"input[{place}].content")})
        elif kind == "function_call":
            function = {"name": item.get("name"), "arguments": item.get("arguments") or "{}"}
            call = {"id": item.get("call_id"), "type": "function", "function": function}
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            messages[-1].setdefault("tool_calls", []).append(call)
        elif kind == "function_call_output":
            output = _content(item.get("output"), f"input[{place}].output")
            messages.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": output})
        elif kind != "reasoning":  # a model's own thoughts are not told to it again
            raise WrongField(f"input[{place}].type", f"Items of type {str(kind)[:40]!r} are not supported here.")


def _content(content: object, where: str) -> object:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise WrongField(where, "content must be a string or a list of parts.")
    parts = [_part(part, f"{where}[{place}]") for place, part in enumerate(content)]
    if all(part["type"] == "text" for part in parts):  # servers without eyes take strings only
        return "".join(part["text"] for part in parts)
    return parts


def _part(part: object, where: str) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict):
        if kind in _PARTS:
            return {"type": "text", "text": str(part.get("text") or part.get("refusal") or "")}
        if kind == "input_image" and isinstance(part.get("image_url"), str):
            detail = {"detail": part["detail"]} if part.get("detail") else {}
            return {"type": "image_url", "image_url": {"url": part["image_url"], **detail}}
        if kind == "input_audio":
            return {"type": "input_audio", "input_audio": part.get("input_audio")}
    raise WrongField(where, f"Parts of type {str(kind)[:40]!r} are not supported here.")


def _tool(tool: object, place: int) -> dict[str, Any]:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        raise WrongField(f"tools[{place}].type", "Tools of type function are supported here, and no others.")
    function = {
        name: tool[name] for name in ("name", "description", "parameters", "strict") if tool.get(name) is not None
    }
    return {"type": "function", "function": function}


def _choice(choice: object) -> object:
    if isinstance(choice, dict) and choice.get("type") == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}
    if choice in ("auto", "none", "required"):
        return choice
    raise WrongField("tool_choice", "tool_choice must be auto, none, required or a function.")


def _format(wanted: object) -> dict[str, Any] | None:
    if not isinstance(wanted, dict) or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        return {"type": "json_object"}
    if wanted.get("type") == "json_schema":
        kept = ("name", "description", "schema", "strict")
        return {"type": "json_schema", "json_schema": {n: wanted[n] for n in kept if wanted.get(n) is not None}}
    raise WrongField("text.format.type", "text.format must be text, json_object or json_schema.")
