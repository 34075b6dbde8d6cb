"""The words of an answer: what the turn means, what gpt makes of it, and what the scenario's tools do on the way.

All of it may be speculation until the turn is taken (`reply.taken`): what has effects waits for that, with "one moment"
in the caller's ear, because a turn is taken at the first sound of its answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from gateway.conversation import tools
from gateway.conversation.dialogue import Statements
from gateway.conversation.steps import Turn
from gateway.conversation.understanding import Plan
from gateway.realtime import source
from mesh.wire.gpt import FunctionCall, GptRequest

if TYPE_CHECKING:
    from gateway.realtime.pending_reply import PendingReply
    from gateway.realtime.talk import Talk


async def answer(talk: Talk, reply: PendingReply, text: str, hint: str | None) -> AsyncIterator[str]:
    """What we say to `text`, piece by piece. Raises PeerRefused."""
    understanding = talk.house.conversation.understanding
    plan = await understanding.plan(Turn(), talk.session, text, hint)
    reply.plan, reply.language = plan, plan.event["language"]
    reply.mark("lang")
    said = Statements() if plan.beside is not None else None
    async for piece in _words(talk, reply, plan, text, said):
        yield piece
    if said is None or plan.beside is None:
        return
    yield said.end() + "\n"  # it is complete, and can be spoken while the question is waited for
    if not (reply.then or reply.calls):
        found = await plan.beside.soon()
        reply.marks |= {"values": plan.beside.came_at} if plan.beside.came_at is not None else {}
        yield understanding.follow(plan, found, said)[1]


async def _words(talk: Talk, reply: PendingReply, plan: Plan, text: str, said: Statements | None) -> AsyncIterator[str]:
    """What is said; of gpt's words only what passes `said`, where the question follows them."""
    scenario = talk.session.scenario
    if scenario.transfer and scenario.transfer.wanted(text, reply.language):
        if talk.session.transferred:
            yield talk.house.voice.text("done_already", reply.language)
            return
        if scenario.is_open():
            reply.then = "transfer"
            yield talk.house.voice.text("transfer", reply.language)
            return
        yield (scenario.hours.closed.get(reply.language, "") if scenario.hours else "") + " "
    request = _request(talk, plan.request)
    session = plan.after
    newly = bool(plan.event["confirmed"]) and not talk.session.confirmed
    for tool, arguments in [] if talk.config.instructions else tools.wanted(session, text, confirmed=newly):
        yield talk.house.voice.text("hold", reply.language) + " "
        await reply.taken.wait()
        words, done = await talk.house.conversation.use(session, tool, arguments)
        yield words + " "
        if done and tool.kind == "hang_up":
            reply.then = "hangup"
            return
    talk.supervisor.asked_gpt(talk.clock())
    for left in range(tools.MAX_ROUNDS, -1, -1):
        spoke = False
        asked = request if left else request.model_copy(update={"tools": []})
        deadline_s = talk.house.settings.gpt_deadline_s
        async for piece in source.generated(talk.house.peers.gpt, asked, reply, deadline_s=deadline_s):
            talk.supervisor.answered_gpt()
            spoke = True
            yield said.feed(piece) if said else piece
        if talk.config.tools or not reply.calls:
            return  # the client's functions are the client's to call
        calls, reply.calls = reply.calls, []
        if not spoke:
            yield talk.house.voice.text("hold", reply.language) + " "
        await reply.taken.wait()
        done_calls = [await _call(talk, reply, called) for called in calls]
        if reply.then:
            return
        request = request.model_copy(update={"calls": [*request.calls, *done_calls]})


async def _call(talk: Talk, reply: PendingReply, called: FunctionCall) -> FunctionCall:
    """A function that the model calls, done."""
    scenario = talk.session.scenario
    if called.name == tools.TRANSFER.name and scenario.transfer:
        if talk.session.transferred:
            return tools.done(called, {"error": "they were put through already in this call: say so"})
        if not scenario.is_open():
            return tools.done(called, {"error": "nobody is there now: outside business hours"})
        reply.then = "transfer"
        return called
    done = await talk.house.conversation.tools.call(talk.session, called)
    talk.note("tool", {"name": called.name, "arguments": called.arguments, "answer": done.output})
    if any(tool.name == called.name and tool.kind == "hang_up" for tool in scenario.tools):
        reply.then = "hangup"
    return done


def _request(talk: Talk, request: GptRequest) -> GptRequest:
    config = talk.config
    once, talk.once = talk.once, ""
    ours = [] if config.instructions else tools.offered(talk.session.scenario)  # else it is the client's assistant
    return request.model_copy(
        update={
            "stream": True,
            "system_prompt": once or config.instructions or request.system_prompt,
            "tools": config.tools or ours,
            "calls": talk.calls,
            "max_tokens": config.max_tokens,
        }
    )
