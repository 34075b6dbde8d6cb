"""What calls and text sessions share: how a session begins, which answers become part of it, how it ends.

| step        | slow or down                                   | it lies                         |
| ----------- | ---------------------------------------------- | ------------------------------- |
| lang        | skipped: the session's language stays          | same                            |
| lead_sender | skipped: kept here and tried again             | logged: a refused lead          |
| logger      | skipped: kept here and tried again             | same                            |
"""

import asyncio
from typing import Any

from extraction.kinds import registry
from gateway.config import Settings
from gateway.conversation import numbers, tools
from gateway.conversation.answering import Answer, Answering
from gateway.conversation.closings import Closings
from gateway.conversation.dialogue import next_words, opening
from gateway.conversation.learning import Learning, Write
from gateway.conversation.lookup import Lookup, check_theirs
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.conversation.sessions import Sessions
from gateway.conversation.steps import Turn
from gateway.conversation.understanding import Plan, Understanding
from gateway.peers import Peers
from gateway.scenario.files import Scenarios
from gateway.scenario.models import Scenario
from mesh.auth import LOCAL, Principal
from mesh.kept.journal import Row
from mesh.settings import load_config
from mesh.wire import events
from mesh.wire.events import SessionEvent
from mesh.wire.gateway import CloseRequest
from mesh.wire.lang import Languages


class Conversation:
    """All sessions of the process. What is thought or found elsewhere becomes part of a session here."""

    def __init__(self, settings: Settings, peers: Peers, recorder: Recorder) -> None:
        registry.ready()
        self._recorder = recorder
        self.languages = load_config("languages.yaml", Languages)
        self.scenarios = Scenarios(
            settings.scenarios_dir, settings.default_scenario, settings.scenarios_kept_dir / "gateway"
        )
        self.sessions = Sessions(settings.max_sessions, settings.session_ttl_s)
        self.tools = tools.Tools(
            peers, recorder.later, dev=settings.is_dev, calls_token=settings.calls_token.get_secret_value()
        )
        self.understanding = Understanding(settings, peers, self.languages)
        self.answering = Answering(self.understanding, self.tools, recorder, self.languages)
        self.lookup = Lookup(peers.logger, recorder, self.scenarios, self.sessions)
        self.closings = Closings(recorder, self.understanding.model, self.lookup.rebuilt)
        self.learning = Learning(self.understanding)

    def caller(self, session: Session, number: str | None) -> str | None:
        """A caller's number as it is kept."""
        return numbers.normal(number, self.region(session.scenario, session.language))

    def region(self, scenario: Scenario, language: str) -> str:
        """Where a number without a country code is at home."""
        return scenario.region or self.languages.get(language).region

    def begin(self, session: Session, called: str | None, *, spoken: bool) -> tuple[events.Opened, list[str]]:
        """Begin a session: the event, and our first words. What is spoken becomes part of it when it is heard."""
        words = opening(session)
        event = events.Opened(
            scenario=session.scenario.name,
            language=session.language,
            caller=session.caller,
            called=called,
            asked=session.next_step(),
            reply="" if spoken else " ".join(words),
        )
        session.apply(event)
        return event, words

    def enter(self, session: Session, plan: Plan, write: Write, more: dict[str, Any] | None = None) -> events.TurnTaken:
        """Take a turn into its session; its event, still to be written. `write` is for what a model finds later."""
        plan = self.understanding.again(session, plan)
        event = plan.event.model_copy(update=more)
        session.apply(event)
        session.unsaved = session.unsaved or plan.fresh
        self.learning.learn(session, plan, write)
        return event

    def enter_unanswered(self, session: Session, answer: Answer, write: Write, why: str) -> events.TurnTaken | None:
        """The caller was understood, but the answer did not come: what they said is kept all the same, and what was
        asked stays; None when they were not.
        """
        if answer.plan is None:
            return None
        if answer.plan.beside is not None:
            answer.plan.beside.passed = True  # no question followed
        return self.enter(session, answer.plan, write, {"asked": session.asked, "failed": why})

    def wait(self, session: Session, more: dict[str, Any] | None = None) -> tuple[events.Silence, str]:
        """Nobody spoke: the event, and what we ask again."""
        question = self.asked_again(session)
        asked, language = session.next_step(), session.language
        event = events.Silence(scenario=session.scenario.name, language=language, asked=asked)
        event = event.model_copy(update=more)
        session.apply(event)
        return event, question

    def asked_again(self, session: Session) -> str:
        """Our open question; where there is none, a greeting or a goodbye."""
        asked = session.next_step()
        if asked is None:
            templates = self.languages.get(session.language).templates
            return templates["goodbye" if session.scenario.fields else "hello"]
        return next_words(self.languages, session, "", asked, heard=True).question

    async def keep(self, turn: Turn, session: Session, event: SessionEvent) -> None:
        """Write an event, and the lead if it has values that are not saved; what cannot be written is kept."""
        await self.write(turn, session, self._recorder.hold(session, event))

    async def write(self, turn: Turn, session: Session, held: Row) -> None:
        """The same for an event that is held already."""
        await asyncio.gather(
            turn.optional("logger", self._recorder.event(session, held)),
            turn.optional("lead_sender", self._save_lead(session)) if session.unsaved else _nothing(),
        )
        if self._recorder.trouble:
            turn.skipped["disk"] = f"What waits is kept in memory only: {self._recorder.trouble}"

    async def close(self, session_id: str, request: CloseRequest, asking: Principal = LOCAL) -> bool:
        """End a session: what it found out is saved, and delivered with a summary of the call.

        Raises ApiError 404 for somebody else's, 503 when nobody can say whose it is.
        """
        turn = Turn()
        session = await self.lookup.known(turn, session_id)
        check_theirs(turn, session, asking)
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
            session.apply(events.Ended())
            summing = await self.closings.expect(session_id, request)
            if session.unsaved:
                await turn.optional("lead_sender", self._save_lead(session))
            closed = self._recorder.hold(session, events.Ended.model_validate(request.model_dump()))
            await turn.optional("logger", self._recorder.event(session, closed))
            self.sessions.remove(session_id)
            self.closings.begin(summing, session, request)
        return True

    async def aclose(self) -> None:
        """Calls that are over are summed up before we stop, as far as there is time."""
        await self.learning.aclose()
        await self.closings.aclose()
        await self.tools.aclose()

    async def _save_lead(self, session: Session) -> None:
        await self._recorder.lead(session)
        session.unsaved = False


async def _nothing() -> None:
    """A step that is not needed this time."""
