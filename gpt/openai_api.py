"""POST /v1/chat/completions by the script, for a mesh without a model: gateway passes on to here.

| asked for                        | the script                                             |
| -------------------------------- | ------------------------------------------------------ |
| tools that must be called, JSON  | refuses, 400 `no_model`: it can do neither             |
| tools that may be called         | answers without them, as a model might                 |
| text                             | answers in the language of the last message, as itself |
"""

import secrets
import time
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gpt.engines import Responder
from mesh.engines import Engines
from mesh.errors import ApiError
from mesh.openai_errors import OpenAIRoute
from mesh.wire.gpt import MAX_TEXT, GptRequest

MODEL = "voiceblock-scripted"
REMEDY = "No model is connected: set LLM_BASE_URL or OPENAI_API_KEY, or name servers in config/models.yaml."
routes = APIRouter(route_class=OpenAIRoute, tags=["openai"])


def _text(content: object) -> object:
    """A message's text, of its parts too; what is no text is not read here."""
    if content is None:
        return ""
    if isinstance(content, list):
        return " ".join(str(p["text"]) for p in content if isinstance(p, dict) and isinstance(p.get("text"), str))
    return content


class ChatMessage(BaseModel):
    """One message, as far as the script reads it."""

    role: str
    content: Annotated[str, BeforeValidator(_text)] = ""


class ChatRequest(BaseModel):
    """A request, as far as the script reads it."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(max_length=256)
    messages: list[ChatMessage] = Field(min_length=1, max_length=8_192)
    stream: bool | None = False
    n: int | None = Field(default=1, ge=1, le=1)
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    stream_options: dict[str, Any] | None = None


@routes.post(
    "/v1/chat/completions",
    summary="Chat without a model: the script answers",
    response_class=Response,
)
async def chat(request: Request, asked: ChatRequest) -> Response:
    if (asked.response_format or {}).get("type", "text") != "text":
        raise ApiError(400, "no_model", f"Structured answers need a model. {REMEDY}")
    if asked.tools and asked.tool_choice not in (None, "auto", "none"):
        raise ApiError(400, "no_model", f"Calling tools needs a model. {REMEDY}")
    said = next((m.content for m in reversed(asked.messages) if m.role == "user" and m.content.strip()), "")
    if not said:
        raise ApiError(400, "no_text", "There is no text of a user in these messages.")
    engines: Engines[Responder] = request.app.state.engines
    scripted = await engines.get("scripted")
    answer = await scripted.respond(GptRequest(user_input=said[-MAX_TEXT:]))
    text = "".join([piece async for piece in answer.pieces])
    head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": MODEL}
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    if asked.stream:
        events = _events(head, text, usage if (asked.stream_options or {}).get("include_usage") else None)
        return StreamingResponse(iter(events), media_type="text/event-stream")
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    return Response(orjson.dumps(whole), media_type="application/json")


def _events(head: dict[str, Any], text: str, usage: dict[str, int] | None) -> list[bytes]:
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": f"{' ' if place else ''}{word}"}, None) for place, word in enumerate(text.split(" "))]
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        for delta, finish in [*deltas, ({}, "stop")]
    ]
    if usage:
        chunks.append({"choices": [], "usage": usage})
    shared = {**head, "object": "chat.completion.chunk"}
    return [*(b"data: " + orjson.dumps(shared | chunk) + b"\n\n" for chunk in chunks), b"data: [DONE]\n\n"]


@routes.get("/v1/models", summary="The script, which is no model")
async def models() -> dict[str, Any]:
    card = {"id": MODEL, "object": "model", "created": 0, "owned_by": "voiceblock"}
    return {"object": "list", "data": [card]}


@routes.post("/v1/completions", summary="Needs a model")
@routes.post("/v1/embeddings", summary="Needs a model")
async def no_model() -> None:
    raise ApiError(400, "no_model", REMEDY)
