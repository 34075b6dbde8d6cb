"""The answer to a turn, one for calls and for text sessions: what the turn means, what the scenario's tools do on the
way, gpt's words with the functions that it calls, and the next question.

All of it may be speculation until the turn is taken (`Answer.taken`): what has effects waits for that, with "one
moment" in a caller's ear, because a turn is taken at the first sound of its answer. Nothing here changes a session but
the effects of tools; what follows from an answer (`Answer.then`) is done by whoever says it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gateway.conversation import tools
from gateway.conversation.dialogue import Statements
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.conversation.understanding import Plan, Understanding
from gateway.scenario.actions import Tool
from gateway.scenario.models import Scenario
from mesh.wire import events
from mesh.wire.gpt import FunctionCall, GptRequest
from mesh.wire.gpt import Tool as Function
from mesh.wire.lang import Languages

PAUSE = "\n"
"""A piece of an answer: what came before it is complete and can be spoken, though more may follow."""
Then = Literal["", "hangup", "transfer"]


class Answer:
    """One answer. `text` is what it answers; `marks` are the times at which its legs were done (the loop's clock)."""

    def __init__(self, text: str, language: str) -> None:
        self.text, self.language = text, language
        self.plan: Plan | None = None
        self.full: Plan | None = None
        """The plan with what a model found beside it, once its words are complete."""
        self.calls: list[FunctionCall] = []
        """Functions that the client is to call."""
        self.engine = ""
        self.cut = False
        """The token limit ended it."""
        self.taken = asyncio.Event()
        """Set when it is the answer to a turn that is over: what has effects may be done."""
        self.late = asyncio.Event()
        """Set when the first token is late: another engine is asked too."""
        self.then: Then = ""
        """What follows once it has been heard."""
        self.ends = False
        """That was decided within the answer, and nothing more is said in it."""
        self.marks: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """A leg is done, for the first time."""
        self.marks.setdefault(name, asyncio.get_running_loop().time())

    def end(self, then: Then) -> None:
        """The answer itself decides what follows; what it goes on to say is not said."""
        self.then, self.ends = then, True


@dataclass(frozen=True, slots=True)
class Client:
    """What the client of a realtime session has set, whose assistant it is then."""

    prompt: str = ""
    """In the place of the scenario's."""
    is_assistant: bool = False
    """The scenario's tools are not for it."""
    functions: list[Function] = field(default_factory=list)
    """The client calls them itself."""
    choice: str = "auto"
    """`auto`, `none`, `required`, or the name of the one that must be called."""
    calls: list[FunctionCall] = field(default_factory=list)
    """Called since the caller's last words, with their outputs."""
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Medium:
    """How answers reach the caller."""

    write: Callable[[GptRequest, Answer], AsyncIterator[str]]
    """Asks gpt for its words; leaves `calls`, `cut` and `engine` in the answer. Raises PeerError."""
    spoken: bool = False
    """Somebody listens: they hear "one moment" before what takes time, and can be put through."""
    client: Client = field(default_factory=Client)


class Answering:
    """Makes answers, for all sessions."""

    def __init__(
        self, understanding: Understanding, does: tools.Tools, recorder: Recorder, languages: Languages
    ) -> None:
        self._understanding, self._tools = understanding, does
        self._recorder, self._languages = recorder, languages

    async def words(
        self, turn: Turn, session: Session, answer: Answer, medium: Medium, hint: str | None = None
    ) -> AsyncIterator[str]:
        """What is said, piece by piece. `hint` is the language of the turn, where it is known. Raises PeerError."""
        answer.plan = plan = await self._understanding.plan(turn, session, answer.text, hint)
        answer.language = plan.after.language
        answer.mark("lang")
        statements = Statements() if plan.beside is not None else None
        async for piece in self._words(session, answer, medium, plan, statements):
            yield piece
        if statements is None or plan.beside is None:
            return
        yield statements.end()
        yield PAUSE
        if answer.ends or answer.calls:
            return
        found = await plan.beside.soon()
        if plan.beside.came_at is not None:
            answer.marks["values"] = plan.beside.came_at
        full, question = self._understanding.follow(plan, found, statements)
        answer.full = replace(full, beside=plan.beside) if plan.beside.passed else full
        if plan.beside.passed:
            turn.skipped["values"] = "late: what is found is saved when it comes"
        yield question

    async def _words(
        self, session: Session, answer: Answer, medium: Medium, plan: Plan, statements: Statements | None
    ) -> AsyncIterator[str]:
        """All but the question that waits for a model."""
        scenario = session.scenario
        if medium.spoken and scenario.transfer and scenario.transfer.wanted(answer.text, answer.language):
            if session.transferred:
                yield self._phrase("done_already", answer)
                return
            if scenario.is_open():
                answer.end("transfer")
                yield self._phrase("transfer", answer)
                return
            yield (scenario.hours.closed.get(answer.language, "") if scenario.hours else "") + " "
        async for piece in self._done(session, answer, medium, plan):
            yield piece
            if answer.ends and piece.strip():
                return
        async for piece in self._written(session, answer, medium, plan, statements):
            yield piece

    async def _done(self, session: Session, answer: Answer, medium: Medium, plan: Plan) -> AsyncIterator[str]:
        """What is said of the tools that the rules call for."""
        newly = bool(plan.event.confirmed) and not session.confirmed
        wanted = tools.wanted(plan.after, answer.text, confirmed=newly)
        for tool, arguments in [] if medium.client.is_assistant else wanted:
            if medium.spoken:
                yield self._phrase("hold", answer) + " "
            await answer.taken.wait()
            told, done = await self._use(plan.after, tool, arguments)
            if done and tool.kind == "hang_up":
                answer.end("hangup")
            yield told + " "

    async def _written(
        self, session: Session, answer: Answer, medium: Medium, plan: Plan, statements: Statements | None
    ) -> AsyncIterator[str]:
        """What gpt says, and the functions that it calls on the way."""
        request = self._request(session.scenario, plan.request, medium)
        for left in range(tools.MAX_ROUNDS, -1, -1):
            spoke = False
            asked = request if left else request.model_copy(update={"tools": []})
            async for piece in medium.write(asked, answer):
                spoke = True
                yield statements.feed(piece) if statements else piece
            if medium.client.functions or not answer.calls:
                return  # the client's functions are the client's to call
            calls, answer.calls = answer.calls, []
            if not spoke and medium.spoken:
                yield self._phrase("hold", answer) + " "
            await answer.taken.wait()
            done = [await self._call(session, answer, called) for called in calls]
            if answer.ends:
                if not (spoke or medium.spoken):
                    yield self._phrase("goodbye", answer)
                return
            request = request.model_copy(update={"calls": [*request.calls, *done]})

    async def _use(self, session: Session, tool: Tool, arguments: dict[str, Any]) -> tuple[str, bool]:
        """Do a tool that the rules call for, and record it; what is said of it, and whether it was done."""
        try:
            output = await self._tools.run(session, tool, arguments)
        except tools.ToolFailed as error:
            self._recorder.later(session, events.Tool(name=tool.name, failed=str(error)))
            if tool.when == "confirmed" and error.phrase.endswith("_already"):
                return "", False  # nobody has asked for it
            return self._languages.get(session.language).templates[error.phrase], False
        self._recorder.later(session, events.Tool(name=tool.name, arguments=arguments, answer=output))
        return tools.said(session, tool, output), True

    async def _call(self, session: Session, answer: Answer, called: FunctionCall) -> FunctionCall:
        """A function that the model calls, done."""
        scenario = session.scenario
        if called.name == tools.TRANSFER.name and scenario.transfer:
            if session.transferred:
                return tools.done(called, {"error": "they were put through already in this call: say so"})
            if not scenario.is_open():
                return tools.done(called, {"error": "nobody is there now: outside business hours"})
            answer.end("transfer")
            return called
        done = await self._tools.call(session, called)
        told = events.Tool(name=called.name, arguments=called.arguments, answer=done.output)
        self._recorder.later(session, told)
        if any(tool.name == called.name and tool.kind == "hang_up" for tool in scenario.tools):
            answer.end("hangup")
        return done

    def _request(self, scenario: Scenario, request: GptRequest, medium: Medium) -> GptRequest:
        client = medium.client
        ours = [] if client.is_assistant else tools.offered(scenario, speech=medium.spoken)
        return request.model_copy(
            update={
                "system_prompt": client.prompt or request.system_prompt,
                "tools": [] if client.choice == "none" else client.functions or ours,
                "tool_choice": client.choice if client.functions else "auto",
                "calls": client.calls,
                "max_tokens": client.max_tokens,
            }
        )

    def _phrase(self, name: str, answer: Answer) -> str:
        return self._languages.get(answer.language).templates[name]
