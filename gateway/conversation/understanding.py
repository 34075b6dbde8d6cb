"""What an utterance means for a session: its language, what it brings to the form, and what gpt is to be asked.

Where the rules may have missed something a model looks too (gateway/conversation/model.py), beside the answer: gpt
answers at once but asks nothing, and the next question is said after its words, by what the rules and the model found.
"""

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.config import Settings
from gateway.conversation import fields, form, spoken_language
from gateway.conversation.dialogue import Statements, next_words, went_on
from gateway.conversation.model import LATE_S, Beside, Model, Values
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.peers import Peers
from mesh.wire import events
from mesh.wire.common import shortened
from mesh.wire.gpt import MAX_TEXT, GptRequest
from mesh.wire.lang import Languages


@dataclass(frozen=True, slots=True)
class Plan:
    """A turn that is thought through but not taken: gpt's request, the event that takes it, whether it brings news."""

    request: GptRequest
    event: events.TurnTaken
    fresh: bool
    after: Session
    """The session as the turn would leave it."""
    read: form.Read
    beside: Beside | None = None
    """What a model looks for; the next question waits for it."""


class Understanding:
    """Thinks turns through. Nothing here changes a session."""

    def __init__(self, settings: Settings, peers: Peers, languages: Languages) -> None:
        self._settings, self._peers, self._languages = settings, peers, languages
        self.model = Model(peers.gpt, LATE_S)
        self._warm: dict[str, asyncio.Task[None]] = {}

    def warm(self, language: str) -> None:
        """Load what the rules of a language need, on a thread, once: when the first caller speaks it."""
        if language not in self._warm:
            self._warm[language] = asyncio.create_task(asyncio.to_thread(fields.warm, language))

    async def plan(self, turn: Turn, session: Session, text: str, hint: str | None = None) -> Plan:
        """What an utterance means for a session, and what gpt is to be asked. The session itself stays as it is."""
        text = shortened(text, MAX_TEXT)  # a recording of many minutes
        draft = session.draft()
        await spoken_language.find(self._peers.lang, self._settings.lang_deadline_s, turn, draft, text, hint)
        self.warm(draft.language)
        return self._read(turn, session, draft, text)

    def again(self, session: Session, plan: Plan) -> Plan:
        """The same turn, in a session that may have learned something since; what it asks is being said already."""
        if plan.after.revision == session.revision:
            return plan
        draft = session.draft()
        draft.language, draft.detected = plan.after.language, plan.after.detected
        made = self._read(None, session, draft, plan.read.text)
        return replace(made, event=made.event.model_copy(update={"asked": plan.event.asked}), beside=plan.beside)

    def follow(self, plan: Plan, found: Values, said: Statements) -> tuple[Plan, str]:
        """The turn with what a model found in it, and what has to be said after an answer that was to ask nothing."""
        draft = plan.after.draft()
        added = form.learn(draft, plan.read, found)
        draft.confirmed = draft.confirmed and not added
        fresh = {**plan.event.fields, **added}
        made = self._planned(draft, plan.read, fresh, news=plan.fresh or bool(added))
        dialogue = made.request.dialogue
        if dialogue is None or (said.asks and not added):
            return made, ""
        unheard = not (said.text.strip() or dialogue.heard)
        before = self._languages.get(draft.language).templates["not_understood"] if unheard else ""
        return made, f"{before} {dialogue.question}".strip()

    def learned(self, session: Session, plan: Plan, found: Values) -> events.Values | None:
        """The event that takes what a model found in a turn into its session; None where there is nothing in it."""
        draft = session.draft()
        added = form.learn(draft, plan.read, found)
        if not added:
            return None
        event = events.Values(fields=added, form=_state(draft))
        if session.turns == plan.read.turn and plan.beside is not None and not plan.beside.passed:
            event = event.model_copy(update={"asked": draft.next_step()})
        return event

    def _read(self, turn: Turn | None, session: Session, draft: Session, text: str) -> Plan:
        """The rules' part of a plan; with `turn` a model is asked too, where it is needed."""
        read = form.read(draft, text, self.context(draft))
        beside, news = None, bool(read.taken.fresh) or read.taken.confirmed != session.confirmed
        if turn is not None and self.model.is_needed(draft, text, read.taken):
            beside = self.model.beside(turn, draft, text, read.context, self._settings.values_deadline_s)
        plan = self._planned(draft, read, read.taken.fresh, news=news)
        asked, dialogue = plan.event.asked, plan.request.dialogue
        if dialogue is None:
            return plan
        if asked is not None and asked == draft.asked and draft.pending != session.pending and draft.pending.get(asked):
            dialogue = went_on(self._languages, draft, dialogue)
        elif beside is not None:
            dialogue = dialogue.model_copy(update={"question": "", "later": True})
        return replace(plan, request=plan.request.model_copy(update={"dialogue": dialogue}), beside=beside)

    def _planned(self, draft: Session, read: form.Read, fresh: dict[str, str], *, news: bool) -> Plan:
        asked, text = draft.next_step(), read.text
        heard = read.taken.heard or bool(fresh)
        dialogue = next_words(self._languages, draft, text, asked, heard=heard)
        request = GptRequest(
            user_input=text,
            language=draft.language,
            history=draft.history,
            system_prompt=draft.scenario.speech(draft.language).prompt,
            dialogue=dialogue if draft.scenario.fields else None,
        )
        event = events.TurnTaken(
            scenario=draft.scenario.name,
            text=text,
            language=draft.language,
            detected=draft.detected,
            caller=draft.caller,
            fields=fresh,
            pending=draft.pending,
            form=_state(draft),
            confirmed=draft.confirmed,
            asked=asked,
        )
        return Plan(request, event, news, draft, read)

    def context(self, session: Session) -> fields.Context:
        """What a turn of the session is read in."""
        now = datetime.now(ZoneInfo(session.scenario.time_zone))
        return fields.Context(
            language=session.language,
            region=session.scenario.region or self._languages.get(session.language).region,
            today=now.date(),
            asked=session.asked,
            languages=tuple(session.scenario.languages),
            now=now,
        )


def _state(session: Session) -> events.FormState:
    return events.FormState.model_validate(asdict(session.form))
