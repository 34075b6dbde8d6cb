"""What a scenario does during a call beside talking: HTTP requests, texts to the caller, hanging up.

| a tool is       | then                                                                                     |
| --------------- | ---------------------------------------------------------------------------------------- |
| slow            | its own deadline; the caller has heard "one moment" and now that it does not work         |
| down, or 4xx    | the same; a model is told the status and may say it in its own words                      |
| lying           | what is no JSON is text, cut to MAX_ANSWER; names that `say` wants and do not come: blank |
| in Dev Mode     | simulated and logged, but for GET                                                        |

What has effects is done only for a turn that is taken, never for one that is thought through on speculation; and once
a session for one purpose (gateway.conversation.effects).
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from string import Formatter
from typing import Any
from urllib.parse import quote

import httpx2
import orjson

from gateway.conversation import effects
from gateway.conversation.session import Session
from gateway.peers import Peers
from gateway.scenario.actions import Tool
from gateway.scenario.base import says
from gateway.scenario.models import Scenario
from mesh import logs, tls
from mesh.errors import PeerError
from mesh.wire import gpt
from mesh.wire.call_handler import SMS, SmsRequest
from mesh.wire.events import Effect

MAX_ROUNDS = 3
"""Times that a model may call functions before it has to answer."""
MAX_ANSWER = 4_000
MAX_BYTES = 65_536
TRANSFER = gpt.Tool(name="transfer", description="Put the caller through to a human colleague, when they ask for one.")
Record = Callable[[Session, Effect], object]
log = logs.get("tools")


class ToolFailed(Exception):
    """A tool did not do its work; the text may be shown to a model. `phrase` names what callers are told."""

    def __init__(self, text: str, phrase: str = "apology") -> None:
        super().__init__(text)
        self.phrase = phrase


class Tools:
    """Does what scenarios say."""

    def __init__(self, peers: Peers, record: Record, *, dev: bool, calls_token: str) -> None:
        self._peers, self._record, self._dev = peers, record, dev
        self.credentials = {"authorization": f"Bearer {calls_token}"} if calls_token else {}

    @cached_property
    def _http(self) -> httpx2.AsyncClient:
        """Made when the first tool needs it: 3 MB."""
        return httpx2.AsyncClient(trust_env=False, verify=tls.context(), limits=httpx2.Limits(max_connections=100))

    async def aclose(self) -> None:
        """Close the connections."""
        if "_http" in self.__dict__:
            await self._http.aclose()

    async def call(self, session: Session, called: gpt.FunctionCall) -> gpt.FunctionCall:
        """Do what a model asks for; the call with its output. What goes wrong is its output too."""
        tool = next((tool for tool in session.scenario.tools if tool.name == called.name), None)
        try:
            if tool is None:
                raise ToolFailed("there is no such function")
            arguments = orjson.loads(called.arguments or "{}")
            output = await self.run(session, tool, arguments)
        except (ToolFailed, orjson.JSONDecodeError) as error:
            output = {"error": str(error)}
        return done(called, output)

    async def run(self, session: Session, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do it; its answer. Raises ToolFailed."""
        if wrong := tool.mistake(arguments):
            raise ToolFailed(f"the arguments are wrong: {wrong}"[:300])
        if tool.kind == "hang_up":
            return {"ok": True}
        if tool.kind == "http" and tool.method == "GET":
            return await self._request(tool, arguments)
        text = self._text_for(session, tool) if tool.kind == "sms" else None
        return await self._once(session, tool, arguments, text)

    async def _once(
        self, session: Session, tool: Tool, arguments: dict[str, Any], text: SmsRequest | None
    ) -> dict[str, Any]:
        """Do what has effects, and remember that it was done; what has failed may be tried again, a few times."""
        purpose = effects.purpose(tool, text.model_dump() if text else arguments)
        refused = effects.refusal(session, tool, purpose)
        if refused:
            log.info("refused", session_id=session.id, tool=tool.name, why=refused)
            raise ToolFailed("it has been done already in this conversation: say so", refused)
        self._note(session, Effect(purpose=purpose))
        try:
            if self._dev:
                log.info("simulated", session_id=session.id, tool=tool.name, arguments=arguments)
                answer: dict[str, Any] = {"simulated": True}
            else:
                answer = await (self._send(text) if text else self._request(tool, arguments))
        except ToolFailed:
            self._note(session, Effect(purpose=purpose, failed=True))
            raise
        log.info("done", session_id=session.id, tool=tool.name)
        return answer

    def _note(self, session: Session, effect: Effect) -> None:
        session.apply(effect)
        self._record(session, effect)

    def _text_for(self, session: Session, tool: Tool) -> SmsRequest:
        to = effects.own_number(session, tool)
        if not to:
            raise ToolFailed("the caller's own number is not known, and no other is texted", "no_number")
        text = fill(tool.text.get(session.language) or tool.text[session.scenario.default_language], session.fields)
        return SmsRequest(to=to, text=text[:1_600])

    async def _send(self, text: SmsRequest) -> dict[str, Any]:
        try:
            await self._peers.call_handler.call(SMS, text, headers=self.credentials)
        except PeerError as error:
            raise ToolFailed(error.message, "no_more" if error.code == "too_many_texts" else "apology") from error
        return {"ok": True}

    async def _request(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        named = {name for _, name, _, _ in Formatter().parse(str(tool.url)) if name}
        url = str(tool.url).format_map({name: quote(str(arguments.get(name, "")), safe="") for name in named})
        rest = {name: value for name, value in arguments.items() if name not in named}
        headers = {name: _with_secrets(value) for name, value in tool.headers.items()}
        sent: dict[str, Any] = {"params": rest} if tool.method in ("GET", "DELETE") else {"json": rest}
        try:
            async with self._http.stream(tool.method, url, headers=headers, timeout=tool.deadline_s, **sent) as reply:
                body = b""
                async for piece in reply.aiter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        break
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            log.warning("failed", tool=tool.name, error=type(error).__name__)
            raise ToolFailed(f"no answer: {type(error).__name__}") from error
        if not reply.is_success:
            log.warning("failed", tool=tool.name, status=reply.status_code)
            raise ToolFailed(f"it answered HTTP {reply.status_code}")
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            answer = body.decode(errors="replace")[:MAX_ANSWER]
        return answer if isinstance(answer, dict) else {"answer": answer}


def done(called: gpt.FunctionCall, output: dict[str, Any]) -> gpt.FunctionCall:
    """A call with its output."""
    return gpt.FunctionCall(
        id=called.id,
        name=called.name,
        arguments=called.arguments,
        output=orjson.dumps(output).decode()[:MAX_ANSWER],
    )


def offered(scenario: Scenario, *, speech: bool = True) -> list[gpt.Tool]:
    """The functions of a scenario, for a model; a text session cannot be put through."""
    found = [
        gpt.Tool(name=tool.name, description=tool.description, parameters=tool.parameters or {"type": "object"})
        for tool in scenario.tools
        if tool.when == "asked"
    ]
    return [*found, TRANSFER] if scenario.transfer and speech else found


def wanted(session: Session, text: str, *, confirmed: bool) -> list[tuple[Tool, dict[str, Any]]]:
    """The tools that a turn calls for by the rules, each with its arguments; one that lacks some is left out."""
    found = []
    for tool in session.scenario.tools:
        due = confirmed if tool.when == "confirmed" else says(text, tool.keywords.get(session.language, []))
        properties = tool.parameters.get("properties", {})
        arguments: dict[str, Any] = {name: session.fields[name] for name in properties if name in session.fields}
        for name, schema in properties.items():
            if name in arguments and isinstance(schema, dict) and schema.get("type") in ("integer", "number"):
                number = float(arguments[name]) if re.fullmatch(r"-?\d+(\.\d+)?", arguments[name]) else None
                arguments[name] = int(number) if number is not None and number.is_integer() else number
        if due and set(tool.parameters.get("required", [])) <= arguments.keys():
            found.append((tool, arguments))
    return found


def said(session: Session, tool: Tool, answer: dict[str, Any]) -> str:
    """What is said when a tool is done, "" when nothing is."""
    scalars = {name: str(value) for name, value in answer.items() if isinstance(value, str | int | float)}
    return fill(tool.say.get(session.language, ""), session.fields | scalars)


def fill(template: str, values: dict[str, str]) -> str:
    """A text with its `{names}`; what is not known is left out."""
    return template.format_map(defaultdict(str, values))


def _with_secrets(value: str) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: os.environ.get(match[1], ""), value)
