"""Any OpenAI-compatible chat server, vLLM first, by plain HTTP; always streamed, so that a stall is seen at once.

Source: https://platform.openai.com/docs/api-reference/chat/streaming and https://docs.vllm.ai/en/latest/serving/
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson

from gpt.config import Settings
from gpt.engines import Answer
from mesh import tracing
from mesh.errors import EngineError, NoEngine
from mesh.settings import load_config
from mesh.wire.gpt import FunctionCall, GptRequest
from mesh.wire.lang import Languages

DEFAULT_PROMPT = "You answer the phone. Be brief and friendly: one or two spoken sentences, no lists, no markup."
OPENAI_MODEL = "gpt-5.4-mini"  # small, and answers at once when it is not made to reason
LATER = (
    "Answer what was asked, if you know it, or take up in a few words what the caller said. Ask nothing, and do not "
    "say goodbye: what comes next is said right after your words."
)
MODEL_FOR_S = 60.0  # a server that was restarted with another model is noticed after this


class OpenAIChat:
    """POST {base}/chat/completions with stream=true."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._languages = load_config("languages.yaml", Languages)
        # OpenAI's key goes to OpenAI alone, never to a server of the user's own.
        self._own = bool(settings.llm_base_url)
        key = (settings.llm_api_key if self._own else settings.openai_api_key).get_secret_value()
        model = settings.llm_model or ("" if self._own else OPENAI_MODEL)
        self._http = httpx2.AsyncClient(
            base_url=settings.llm_base_url or settings.openai_base_url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(settings.llm_deadline_s, connect=1.0),
            limits=httpx2.Limits(max_connections=200, max_keepalive_connections=50),
        )
        self._chosen = bool(model)
        self._model, self._model_until = model, float("inf") if model else 0.0

    async def respond(self, request: GptRequest) -> Answer:
        """Begin to answer; returns with the first token, or raises EngineError for the next engine to take over."""
        deadline = time.monotonic() + self._settings.llm_deadline_s
        try:
            async with asyncio.timeout(self._settings.llm_first_token_s):
                answer = Answer(_nothing(), request.language or "")
                answer.model = await self._model_name()
                response = await self._send(self._body(request, answer.model))
                pieces = self._pieces(response, answer)
                first = await anext(pieces, "")
        except TimeoutError:
            raise EngineError("The model's first token is late.", status=504, code="engine_timeout") from None
        if not first and not answer.calls:
            raise EngineError("The model answered nothing.")
        answer.pieces = self._watched(first, pieces, deadline)
        return answer

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _send(self, body: dict[str, Any]) -> httpx2.Response:
        request = self._http.build_request("POST", "/chat/completions", json=body, headers=tracing.current().headers())
        try:
            response = await self._http.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise EngineError(f"The model's server is out of reach: {type(error).__name__}.") from error
        if response.status_code in (400, 413, 422):
            # This request is too much for the model (its context, mostly); the next one may not be.
            await response.aclose()
            raise NoEngine("model_refused", "The model's server refuses this request.")
        if response.is_error:
            await response.aread()
            if not self._chosen:
                self._model_until = 0.0  # it may serve another model by now
            raise EngineError(f"The model's server answered HTTP {response.status_code}.")
        return response

    async def _model_name(self) -> str:
        if time.monotonic() < self._model_until:
            return self._model
        try:
            listed = (await self._http.get("/models")).raise_for_status().json()
            self._model = str(listed["data"][0]["id"])
        except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
            raise EngineError(f"The model's server lists no model: {type(error).__name__}.") from error
        self._model_until = time.monotonic() + MODEL_FOR_S
        return self._model

    def _body(self, request: GptRequest, model: str) -> dict[str, Any]:
        temperature = self._settings.llm_temperature if request.temperature is None else request.temperature
        body = {
            "model": model,
            "messages": self._messages(request),
            "stream": True,
            "temperature": temperature,
        }
        body["max_tokens" if self._own else "max_completion_tokens"] = (
            request.max_tokens or self._settings.llm_max_tokens
        )
        if request.json_schema is not None:
            # https://docs.vllm.ai/en/latest/features/structured_outputs/: the model can write nothing else.
            named = {"name": "answer", "schema": request.json_schema, "strict": True}
            body |= {"response_format": {"type": "json_schema", "json_schema": named}, "temperature": 0}
        if not self._own and not model.startswith("gpt-4"):
            # OpenAI's models since GPT-5 take no temperature, and would think for seconds first.
            del body["temperature"]
            body["reasoning_effort"] = "none"
        if request.tools:
            body["tools"] = [{"type": "function", "function": tool.model_dump()} for tool in request.tools]
            if request.tool_choice != "auto":
                named = {"type": "function", "function": {"name": request.tool_choice}}
                body["tool_choice"] = request.tool_choice if request.tool_choice in ("none", "required") else named
        return body

    def _messages(self, request: GptRequest) -> list[dict[str, Any]]:
        """System prompt, as much of the history as fits (the latest), and what was said now."""
        left = self._settings.llm_context_chars - len(request.user_input)
        kept = []
        for message in reversed(request.history):
            left -= len(message.content)
            if left < 0:
                break
            kept.append(message.model_dump())
        system = {"role": "system", "content": self._system(request)}
        called = [message for call in request.calls for message in _called(call)]
        return [system, *reversed(kept), {"role": "user", "content": request.user_input}, *called]

    def _system(self, request: GptRequest) -> str:
        lines = [request.system_prompt or DEFAULT_PROMPT]
        if request.json_schema is not None:
            return lines[0]
        if request.language:
            lines.append(f"Answer in {self._languages.get(request.language).name}.")
        dialogue = request.dialogue
        if dialogue:
            lines.extend(f"If asked about {', '.join(faq.keywords)}: {faq.answer}" for faq in dialogue.faq)
            if dialogue.later:
                lines.append(LATER)
                return "\n".join(lines)
            do = {
                "ask": "Answer what was asked, if you know it, then ask this one question",
                "confirm": "Read this back to the caller and ask whether it is right",
                "done": "Say goodbye with these words",
            }
            lines.append(f"{do[dialogue.step]}: {dialogue.question}")
        return "\n".join(lines)

    async def _pieces(self, response: httpx2.Response, answer: Answer) -> AsyncIterator[str]:
        """The text of a stream of server-sent events. Raises EngineError when it breaks off or makes no sense."""
        ended = False
        try:
            async for line in response.aiter_lines():
                if not line.startswith("data:"):
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    ended = True
                    break
                event = orjson.loads(data)
                if "error" in event:
                    raise EngineError("The model's server broke off with an error.")
                for choice in event["choices"][:1]:
                    ended = ended or choice.get("finish_reason") is not None
                    answer.finish = "length" if choice.get("finish_reason") == "length" else answer.finish
                    delta = choice.get("delta") or {}
                    _gather(delta.get("tool_calls") or [], answer)
                    if delta.get("content"):
                        yield delta["content"]
        except httpx2.HTTPError as error:
            raise EngineError(f"The model's server broke off: {type(error).__name__}.") from error
        except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
            raise EngineError("The model server's answer makes no sense.") from error
        finally:
            await response.aclose()
        if not ended:
            raise EngineError("The model's server broke off.")

    async def _watched(self, first: str, rest: AsyncIterator[str], deadline: float) -> AsyncIterator[str]:
        yield first
        while True:
            left = min(self._settings.llm_stall_s, deadline - time.monotonic())
            try:
                async with asyncio.timeout(max(0.0, left)):
                    piece = await anext(rest, None)
            except TimeoutError:
                raise EngineError("The model stalled.", status=504, code="engine_timeout") from None
            if piece is None:
                return
            yield piece


def _gather(deltas: list[dict[str, Any]], answer: Answer) -> None:
    """Take the pieces of function calls together: the first of each names it, the others add to its arguments."""
    for delta in deltas:
        function = delta.get("function") or {}
        if delta.get("id") and function.get("name"):
            answer.calls.append(FunctionCall(id=delta["id"], name=function["name"], arguments=""))
        if answer.calls:
            answer.calls[-1].arguments += function.get("arguments") or ""


def _called(call: FunctionCall) -> list[dict[str, Any]]:
    """A call and its output as the messages that the model expects."""
    function = {"name": call.name, "arguments": call.arguments}
    asked = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": call.id, "type": "function", "function": function}],
    }
    return [asked, {"role": "tool", "tool_call_id": call.id, "content": call.output}]


async def _nothing() -> AsyncIterator[str]:
    never: tuple[str, ...] = ()
    for piece in never:
        yield piece
