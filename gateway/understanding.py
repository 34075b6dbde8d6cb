"""What an utterance means for a session: its language, what it brings to the form, and what gpt is to be asked.

| step            | slow or down                                        | it lies                              |
| --------------- | --------------------------------------------------- | ------------------------------------ |
| lang            | skipped: the session's language stays               | same                                 |
| gpt, for values | skipped: the rules alone fill the form; where there | what the rules refute is not taken,  |
|                 | is no model it is left alone for NO_MODEL_S         | and is asked for again               |
"""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from extraction import words
from gateway import fields, form
from gateway.config import Settings
from gateway.dialogue import next_words, went_on
from gateway.model import Model
from gateway.peers import Peers
from gateway.session import Session
from gateway.steps import Turn
from gateway.turns.vocabulary import requested_language
from mesh.wire.gpt import GptRequest
from mesh.wire.lang import DETECT, LangRequest, Languages

SURE = 0.8
"""Confidence from which one utterance changes the language of the session."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A turn that is thought through but not taken: gpt's request, the event that takes it, whether it brings news."""

    request: GptRequest
    event: dict[str, Any]
    fresh: bool
    after: Session
    """The session as the turn would leave it."""


class Understanding:
    """Thinks turns through. Nothing here changes a session."""

    def __init__(self, settings: Settings, peers: Peers, languages: Languages) -> None:
        self._settings, self._peers, self._languages = settings, peers, languages
        self.model = Model(peers.gpt, settings.values_deadline_s)
        self._warm: dict[str, asyncio.Task[None]] = {}

    def warm(self, language: str) -> None:
        """Load what the rules of a language need, on a thread, once: when the first caller speaks it."""
        if language not in self._warm:
            self._warm[language] = asyncio.create_task(asyncio.to_thread(fields.warm, language))

    async def plan(self, turn: Turn, session: Session, text: str, hint: str | None = None) -> "Plan":
        """What an utterance means for a session, and what gpt is to be asked. The session itself stays as it is."""
        draft = session.draft()
        await self._find_language(turn, draft, text, hint)
        self.warm(draft.language)
        taken = form.take(draft, text, self._context(draft))
        if self.model.is_needed(draft, text, taken):
            values = await turn.optional("values", self.model.values(draft, text, self._context(draft)))
            taken = form.merge(draft, text, self._context(draft), taken, values or {})
        draft.fields.update(taken.fresh)
        draft.confirmed = taken.confirmed
        asked = draft.next_step()
        dialogue = next_words(self._languages, draft, text, asked, heard=taken.heard)
        if asked is not None and asked == draft.asked and draft.pending != session.pending and draft.pending.get(asked):
            dialogue = went_on(self._languages, draft, dialogue)
        request = GptRequest(
            user_input=text,
            language=draft.language,
            history=draft.history,
            system_prompt=draft.scenario.speech(draft.language).prompt,
            dialogue=dialogue if draft.scenario.fields else None,
        )
        event: dict[str, Any] = {
            "scenario": draft.scenario.name,
            "text": text,
            "language": draft.language,
            "detected": draft.detected,
            "caller": draft.caller,
            "fields": taken.fresh,
            "pending": draft.pending,
            "form": asdict(draft.form),
            "confirmed": taken.confirmed,
            "asked": asked,
        }
        fresh = bool(taken.fresh) or taken.confirmed != session.confirmed
        return Plan(request, event, fresh, draft)

    async def _find_language(self, turn: Turn, session: Session, text: str, hint: str | None) -> None:
        """Set the session's language: as told, or as lang finds it, if it is sure."""
        before, wished = session.detected, requested_language(text)
        hint = hint or wished
        if hint:
            session.language = hint if hint in session.scenario.languages else session.language
            return
        request = LangRequest(
            text=text, history=session.languages[-5:] or [session.language], allowed=list(session.scenario.languages)
        )
        found = await turn.optional(
            "lang", self._peers.lang.call(DETECT, request, deadline_s=self._settings.lang_deadline_s, retries=1)
        )
        session.detected = ""
        if found is None or found.by == "default":
            return
        # A name or a city says little about the language that it is said in.
        asked = next((f for f in session.scenario.fields if f.name == session.asked), None)
        proper = asked is not None and asked.type in ("name", "city") and len(words.split(text)) <= 3
        if found.by != "script" and (found.confidence < SURE or proper):
            return
        session.detected = found.detected_language
        # The first words decide at once; later it takes two turns that agree, so that one "merci" changes nothing.
        if not session.languages or session.detected == before:
            session.language = session.detected

    def _context(self, session: Session) -> fields.Context:
        """What a turn of the session is read in."""
        return fields.Context(
            language=session.language,
            region=session.scenario.region or self._languages.get(session.language).region,
            today=datetime.now(ZoneInfo(session.scenario.time_zone)).date(),
            asked=session.asked,
            hours=session.scenario.hours.spans if session.scenario.hours else (),
        )
