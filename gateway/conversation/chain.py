"""One turn: stt, lang, the form, gpt, and then tts, lead_sender and logger side by side.

| step        | slow or down                                   | it lies                         |
| ----------- | ---------------------------------------------- | ------------------------------- |
| stt         | the turn fails, naming stt                     | same                            |
| lang        | skipped: the session's language stays          | same                            |
| gpt         | the turn fails, naming gpt; what was heard of  | same                            |
|             | the form is kept and saved                     |                                 |
| tts         | skipped: the reply comes without audio         | same                            |
| lead_sender | skipped: kept here and tried again             | logged: a refused lead          |
| logger      | skipped: kept here and tried again             | same                            |
"""

import asyncio
from typing import Any

from gateway.config import Settings
from gateway.conversation import numbers, tools
from gateway.conversation.closings import Closings
from gateway.conversation.dialogue import Statements, next_words, opening
from gateway.conversation.learning import Learning
from gateway.conversation.lookup import Lookup
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session, Sessions
from gateway.conversation.steps import Turn
from gateway.conversation.understanding import Plan, Understanding
from gateway.conversation.utterance import heard
from gateway.peers import Peers
from gateway.scenario.files import Scenarios
from gateway.scenario.models import Scenario, Tool
from mesh.errors import BadInput, PeerError, PeerTimeout
from mesh.kept.journal import Row
from mesh.settings import load_config
from mesh.upload import Upload
from mesh.wire.gateway import CloseRequest, LeadState, OpenRequest, TurnReply, TurnRequest
from mesh.wire.gpt import REPLY, GptReply, GptRequest
from mesh.wire.lang import Languages
from mesh.wire.lead_sender import Heard
from mesh.wire.tts import MAX_SPOKEN, PREPARE, TtsRequest


class Conversation:
    """Runs turns over the peers."""

    def __init__(self, settings: Settings, peers: Peers, recorder: Recorder) -> None:
        self._settings, self._peers, self._recorder = settings, peers, recorder
        self._languages = load_config("languages.yaml", Languages)
        self.scenarios = Scenarios(
            settings.scenarios_dir, settings.default_scenario, settings.scenarios_kept_dir / "gateway"
        )
        self.sessions = Sessions(settings.max_sessions, settings.session_ttl_s)
        self.tools = tools.Tools(
            peers, recorder.later, dev=settings.is_dev, calls_token=settings.calls_token.get_secret_value()
        )
        self.understanding = Understanding(settings, peers, self._languages)
        self.lookup = Lookup(peers.logger, recorder, self.scenarios, self.sessions)
        self.closings = Closings(recorder, self.understanding.model, self.lookup.rebuilt)
        self.learning = Learning(self.understanding)

    async def open(self, request: OpenRequest, base_url: str) -> TurnReply:
        """Begin a session with its greeting; an id that is known already greets again and keeps what it knows."""
        turn = Turn()
        session = await self.lookup.session(turn, request.session_id, request.scenario, request.called)
        async with session.lock:
            code = request.language or session.language
            session.language = code if code in session.scenario.languages else session.scenario.default_language
            self.understanding.warm(session.language)
            reply = " ".join(opening(session))
            asked = session.next_step()
            event: dict[str, Any] = {
                "scenario": session.scenario.name,
                "language": session.language,
                "caller": self.caller(session, request.caller),
                "called": request.called,
                "reply": reply,
                "asked": asked,
            }
            session.apply("opened", event)
            return await self._answer(turn, session, "opened", event, "", base_url)

    async def take(self, request: TurnRequest, upload: Upload | None, base_url: str) -> TurnReply:
        """One turn. Raises BadInput, or PeerError for stt or gpt."""
        turn = Turn(request.seq)
        said = (request.text, request.audio_url, request.digits, request.silence or None)
        if upload is None and sum(value is not None for value in said) != 1:
            raise BadInput("nothing_said", "Give one of text, audio_url, digits, silence, or an audio file.")
        session = await self.lookup.session(turn, request.session_id, request.scenario, None)
        async with session.lock:
            if request.seq is not None and request.seq <= session.seq:
                return await self._repeat(turn, session, base_url)
            session.caller = self.caller(session, request.caller) or session.caller
            text, hint = "", None
            if not request.silence:
                text, hint = await heard(self._peers.stt, self._settings.stt_deadline_s, turn, session, request, upload)
            if not text:
                return await self._ask_again(turn, session, base_url)
            return await self._turn(turn, session, text, hint, base_url)

    def caller(self, session: Session, said: str | None) -> str | None:
        """A caller's number as it is kept."""
        return numbers.normal(said, self.region(session.scenario, session.language))

    def region(self, scenario: Scenario, language: str) -> str:
        """Where a number without a country code is at home."""
        return scenario.region or self._languages.get(language).region

    async def close(self, session_id: str, request: CloseRequest) -> bool:
        """End a session: what it found out is saved, and delivered with a summary of the call."""
        turn = Turn()
        session = await self.lookup.known(turn, session_id)
        if turn.skipped or (session and not session.whole):  # logger alone can say what happened in it
            await self.closings.put_off(session_id, request)
            self.sessions.remove(session_id)
            return True
        if session is None:
            return False
        await self.learning.settled(session_id)
        async with session.lock:
            if session.closed:  # told again, or played again by somebody: it is summed up and delivered already
                return True
            session.apply("closed", {})
            summing = await self.closings.expect(session_id, request)
            if session.unsaved:
                await turn.optional("lead_sender", self._save_lead(session))
            closed = self._recorder.hold(session, "closed", request.model_dump())
            await turn.optional("logger", self._recorder.event(session, closed))
            self.sessions.remove(session_id)
            self.closings.begin(summing, session, request)
        return True

    async def aclose(self) -> None:
        """Calls that are over are summed up before we stop, as far as there is time."""
        await self.learning.aclose()
        await self.closings.aclose()
        await self.tools.aclose()

    async def _turn(self, turn: Turn, session: Session, text: str, hint: str | None, base_url: str) -> TurnReply:
        plan = await self.understanding.plan(turn, session, text, hint)
        try:
            plan, answer, response = await self._answered(turn, session, plan)
        except PeerError as error:
            # Nothing was answered, so what was asked stays; what was heard is kept.
            event = plan.event | turn.number | {"asked": session.asked, "failed": error.code}
            session.unsaved = session.unsaved or plan.fresh
            session.apply("turn", event)
            self._learn(session, plan, passed=True)
            await self.keep(turn, session, "turn", event)
            raise
        event = plan.event | turn.number
        session.unsaved = session.unsaved or plan.fresh
        newly = bool(event["confirmed"]) and not session.confirmed
        wanted = tools.wanted(plan.after, text, confirmed=newly)
        said = [(await self.use(plan.after, tool, arguments))[0] for tool, arguments in wanted]
        leaves = any(tool.kind == "hang_up" for tool, _ in wanted)
        words = [*said, *([] if leaves and any(said) else [response])]
        event |= {"reply": " ".join(word for word in words if word), "engine": answer.engine, "leaves": leaves}
        session.apply("turn", event)
        return await self._answer(turn, session, "turn", event, text, base_url)

    async def _answered(self, turn: Turn, session: Session, plan: Plan) -> tuple[Plan, GptReply, str]:
        """The turn with what a model found in it, gpt's answer, and its words with the next question. Raises PeerError.

        Both are waited for, side by side: a text answer is one piece, with its question and its form in it.
        """
        answering = turn.step("gpt", self._reply(session, plan.request))
        if plan.beside is None:
            answer = await answering
            return plan, answer, answer.response
        answer, found = await asyncio.gather(answering, plan.beside.soon())
        said = Statements()
        response = said.feed(answer.response) + said.end()
        done, question = self.understanding.follow(plan, found, said)
        if plan.beside.passed:
            turn.skipped["values"] = "late: what is found is saved when it comes"
            self._learn(session, plan)
        return done, answer, f"{response.strip()} {question}".strip()

    def _learn(self, session: Session, plan: Plan, *, passed: bool = False) -> None:
        if plan.beside is not None:
            plan.beside.passed = plan.beside.passed or passed
        self.learning.learn(session, plan, lambda kind, event: self.keep(Turn(), session, kind, event))

    async def _reply(self, session: Session, request: GptRequest) -> GptReply:
        """Gpt's answer, after the functions that it calls on the way. Raises PeerError."""
        deadline_s = self._settings.gpt_deadline_s
        request = request.model_copy(update={"tools": tools.offered(session.scenario, speech=False)})
        try:
            async with asyncio.timeout(deadline_s):
                for left in range(tools.MAX_ROUNDS, -1, -1):
                    asked = request if left else request.model_copy(update={"tools": []})
                    answer = await self._peers.gpt.call(REPLY, asked, deadline_s=deadline_s)
                    if not answer.calls or not left:
                        break
                    done = [await self.tools.call(session, called) for called in answer.calls]
                    request = request.model_copy(update={"calls": [*request.calls, *done]})
        except TimeoutError:
            raise PeerTimeout("gpt", deadline_s) from None
        return answer

    async def use(self, session: Session, tool: Tool, arguments: dict[str, Any]) -> tuple[str, bool]:
        """Do a tool that the rules call for, and record it; what is said of it, and whether it was done."""
        try:
            answer = await self.tools.run(session, tool, arguments)
        except tools.ToolFailed as error:
            self._recorder.later(session, "tool", {"name": tool.name, "failed": str(error)})
            if tool.when == "confirmed" and error.phrase.endswith("_already"):
                return "", False  # nobody has asked for it
            return self._languages.get(session.language).templates[error.phrase], False
        self._recorder.later(session, "tool", {"name": tool.name, "arguments": arguments, "answer": answer})
        return tools.said(session, tool, answer), True

    async def keep(self, turn: Turn, session: Session, kind: str, event: dict[str, Any]) -> None:
        """Write an event, and the lead if it has values that are not saved; what cannot be written is kept."""
        await self.write(turn, session, self._recorder.hold(session, kind, event))

    async def write(self, turn: Turn, session: Session, held: Row) -> None:
        """The same for an event that is held already."""
        await asyncio.gather(
            turn.optional("logger", self._recorder.event(session, held)),
            turn.optional("lead_sender", self._save_lead(session)) if session.unsaved else _nothing(),
        )
        if self._recorder.trouble:
            turn.skipped["disk"] = f"What waits is kept in memory only: {self._recorder.trouble}"

    async def _ask_again(self, turn: Turn, session: Session, base_url: str) -> TurnReply:
        """Nobody spoke: say so, and repeat what we asked."""
        templates = self._languages.get(session.language).templates
        asked = session.next_step()
        question = next_words(self._languages, session, "", asked, heard=True).question if asked else templates["hello"]
        reply = f"{templates['silence']} {question}"
        event: dict[str, Any] = {"scenario": session.scenario.name, "language": session.language, "asked": asked}
        event |= {"reply": reply, **turn.number}
        session.apply("silence", event)
        return await self._answer(turn, session, "silence", event, "", base_url)

    async def _answer(
        self, turn: Turn, session: Session, kind: str, event: dict[str, Any], text: str, base_url: str
    ) -> TurnReply:
        """Speak the reply while the event and the lead are written."""
        reply = str(event["reply"])
        speech, _ = await asyncio.gather(
            turn.optional("tts", self._prepare(session, reply)), self.keep(turn, session, kind, event)
        )
        kept = {"bucket": "speech", "key": speech} if speech else {}  # so that it can be erased with the session
        self._recorder.later(
            session, "timings", {"of": kind, "timings_ms": turn.total(), "skipped": turn.skipped, **kept}
        )
        return self._told(turn, session, reply, text, speech, base_url)

    async def _repeat(self, turn: Turn, session: Session, base_url: str) -> TurnReply:
        """The last reply once more, for a turn that was taken already."""
        reply = next((said.content for said in reversed(session.history) if said.role == "assistant"), "")
        speech = await turn.optional("tts", self._prepare(session, reply))
        return self._told(turn, session, reply, "", speech, base_url)

    def _told(
        self, turn: Turn, session: Session, reply: str, text: str, speech: str | None, base_url: str
    ) -> TurnReply:
        found = {name: Heard.model_validate(one) for name, one in session.form.heard.items() if name in session.fields}
        return TurnReply(
            session_id=session.id,
            text=text,
            language=session.language,
            reply=reply,
            audio_url=f"{base_url}v1/audio/{speech}" if speech else None,
            lead=LeadState(fields=session.fields, complete=session.complete, heard=found),
            timings_ms=turn.total(),
            skipped=turn.skipped,
            end=session.leaves or (session.confirmed and session.asked is None and bool(session.scenario.fields)),
            asked=session.asked,
            scenario=session.scenario.name,
        )

    async def _prepare(self, session: Session, reply: str) -> str:
        voice = session.scenario.voices.get(session.language)
        request = TtsRequest(text=reply[:MAX_SPOKEN] or "…", language=session.language, voice=voice)
        return (await self._peers.tts.call(PREPARE, request, deadline_s=self._settings.tts_deadline_s)).key

    async def _save_lead(self, session: Session) -> None:
        await self._recorder.lead(session)
        session.unsaved = False


async def _nothing() -> None:
    """A step that is not needed this time."""
