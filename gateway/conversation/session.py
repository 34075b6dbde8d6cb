"""A session: what has been said and heard. Its state is a fold over its events, so any gateway can rebuild it."""

import asyncio
import time
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pydantic import ValidationError

from gateway.conversation.fields import CONFIRM
from gateway.scenario.files import Scenarios
from gateway.scenario.models import Scenario
from mesh import logs
from mesh.wire import events
from mesh.wire.events import SessionEvent
from mesh.wire.gpt import Message
from mesh.wire.logger import Event

HISTORY_TURNS = 40
log = logs.get("session")
SURE_ENOUGH, DOUBTFUL = 0.6, 0.3
"""Confidence below which a value is read back at once, and below which the caller has refused it."""
_SURE = {"confidence": 1.0}


@dataclass(slots=True)
class Form:
    """How far the form is, beside its values. Everything is by the names of fields."""

    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`confidence` (0 to 1) and `turn` of each value."""
    doubted: list[str] = field(default_factory=list)
    """Refused by the caller, and to be asked for again."""
    checked: list[str] = field(default_factory=list)
    """Read back by itself and found right."""
    refusals: dict[str, int] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    """Answers, one after another, that said nothing of what was asked for."""
    others: dict[str, list[str]] = field(default_factory=dict)
    """The values that the caller's words may mean, where they may mean more than one: we ask which."""
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was just refused, for nobody is there then: its `template`, the `names` in that, and what is `free`."""

    def copy(self) -> "Form":
        """One that can be changed by itself."""
        return Form(**{name: value.copy() for name, value in asdict(self).items()})


@dataclass(slots=True)
class Session:
    """One conversation.

    `asked` is what our last reply asked for: a field's name, `confirm.` and its name when its value was read back,
    `confirm` when all were, or None.
    """

    id: str
    scenario: Scenario
    language: str
    caller: str | None = None
    owner: str | None = None
    """Whose it is, as mesh.auth.Principal.owner has it; None: the house's, as telephone calls are."""
    fields: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    """Pieces of values that are not complete yet, by field: the first digits of a telephone number."""
    form: Form = field(default_factory=Form)
    asked: str | None = None
    confirmed: bool = False
    turns: int = 0
    revision: int = 0
    """Grows with each change of the form: what was thought through before it has to be read again."""
    languages: list[str] = field(default_factory=list)
    detected: str = ""
    """The language that the last utterance was surely in, which need not be the session's yet."""
    history: list[Message] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    """Purposes for which tools were done (gateway.conversation.effects). Drafts share it: what is done is done."""
    seq: int = 0
    """Number of the last turn that was answered, where the client numbers them."""
    leaves: bool = False
    """The last turn was a goodbye."""
    closed: bool = False
    transferred: bool = False
    unsaved: bool = False
    """The lead has values that lead_sender has not confirmed."""
    began: float = field(default_factory=time.time)
    """Unix time."""
    whole: bool = True
    """All that happened in it is known; not so when logger was away as it was looked up."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    touched: float = field(default_factory=time.monotonic)

    @property
    def complete(self) -> bool:
        """Every required field has a value that the caller has not refused."""
        return bool(self.scenario.fields) and all(
            field.name in self.fields and self.form.heard.get(field.name, _SURE)["confidence"] >= DOUBTFUL
            for field in self.scenario.fields
            if field.required
        )

    @property
    def begun(self) -> bool:
        """Something has been said in it."""
        return bool(self.turns or self.history)

    @property
    def greeted(self) -> bool:
        """We have said something in it."""
        return any(message.role == "assistant" for message in self.history)

    @property
    def over(self) -> bool:
        """The caller has said goodbye, or confirmed the form, and nothing is left to ask."""
        return self.leaves or (self.confirmed and self.asked is None and bool(self.scenario.fields))

    def become(self, other: "Session") -> None:
        """Take the state of another one with the same id, of which more is known."""
        for one in fields(self):
            if one.name not in ("id", "lock", "touched"):
                setattr(self, one.name, getattr(other, one.name))

    def draft(self) -> "Session":
        """A copy to think a turn through on, while the caller may still go on."""
        return replace(
            self,
            fields=dict(self.fields),
            pending=dict(self.pending),
            form=self.form.copy(),
            languages=list(self.languages),
            history=list(self.history),
        )

    def forget(self) -> None:
        """Forget the person: the conversation may go on, but knows nothing of them any more."""
        for kept in (self.fields, self.pending, self.history, self.languages):
            kept.clear()
        self.form, self.caller, self.asked, self.detected = Form(), None, None, ""
        self.confirmed = self.unsaved = self.transferred = False

    def next_step(self) -> str | None:
        """What to ask for next (see `asked`); None when everything is confirmed, or nothing can be found out."""
        form, wanted = self.form, self.scenario.fields
        for one in wanted:
            if one.name in form.doubted:
                return one.name
        for one in wanted:
            if one.name in form.others or one.name in form.closed:
                return one.name
        for one in wanted:
            sure = form.heard.get(one.name, _SURE)["confidence"]
            unsure = DOUBTFUL <= sure < SURE_ENOUGH or one.confirm == "each"
            if one.name in self.fields and unsure and sure >= DOUBTFUL and one.name not in form.checked:
                return f"{CONFIRM}.{one.name}"
        for one in wanted:
            if one.required and one.name not in self.fields and form.misses.get(one.name, 0) < one.tries:
                return one.name
        if not self.fields or self.confirmed:
            return None
        return CONFIRM

    def apply(self, event: SessionEvent) -> None:
        """Take one event into the state; those that are no part of it change nothing."""
        match event:
            case events.Opened():
                self.owner = event.owner or self.owner
                self.caller = event.caller or self.caller
                self.language = event.language or self.language
                self.asked = event.asked
                self._say("assistant", event.reply)
            case events.TurnTaken():
                self._take(event)
            case events.Values():
                self._fill(event)
                self.asked = event.asked if "asked" in event.model_fields_set else self.asked
            case events.Silence():
                self.owner = event.owner or self.owner
                self.asked = event.asked
                self.seq = max(self.seq, event.seq or 0)
                self._say("assistant", event.reply)
            case events.Said():
                self._say("assistant", event.reply)
            case events.Truncated():
                self._unsay(event.reply, event.heard)
            case events.Transferred():
                self.transferred = True
            case events.Effect():
                self._effect(event.purpose, failed=event.failed)
            case events.Ended():
                self.closed = True

    def _take(self, turn: events.TurnTaken) -> None:
        self.turns += 1
        self.owner = turn.owner or self.owner
        self._fill(turn)
        self.caller = turn.caller or self.caller
        self.language = turn.language or self.language
        self.languages = [*self.languages[-HISTORY_TURNS:], self.language]
        self.detected = turn.detected
        self.pending = dict(turn.pending)
        self.confirmed = self.confirmed if turn.confirmed is None else turn.confirmed
        self.asked = turn.asked
        self.closed, self.leaves = False, turn.leaves
        if not turn.failed:  # a turn that failed may come again: it was not answered
            self.seq = max(self.seq, turn.seq or 0)
        self._say("user", turn.text)
        self._say("assistant", turn.reply)

    def _effect(self, purpose: str, *, failed: bool) -> None:
        """Something was begun, or has failed: then it may be tried again, and counts as a try."""
        if failed and purpose in self.effects:
            self.effects[self.effects.index(purpose)] = f"{purpose.partition(':')[0]}:failed-{len(self.effects)}"
        elif not failed and purpose not in self.effects:
            self.effects.append(purpose)

    def _fill(self, event: events.TurnTaken | events.Values) -> None:
        self.revision += 1
        self.fields.update(event.fields)
        known = {one.name for one in fields(Form)}
        self.form = Form(**{name: value for name, value in event.form.model_dump().items() if name in known})

    def _unsay(self, reply: str, heard: str) -> None:
        """What was cut off was never said."""
        for place in range(len(self.history) - 1, -1, -1):
            if self.history[place].content == reply[:8000]:
                self.history[place : place + 1] = [Message(role="assistant", content=heard[:8000])] if heard else []
                return

    def _say(self, role: str, content: str) -> None:
        if content:
            self.history.append(Message.model_validate({"role": role, "content": content[:8000]}))
            del self.history[: -2 * HISTORY_TURNS]


def rebuild(session_id: str, told: list[Event], scenarios: Scenarios) -> Session | None:
    """The session that these events tell of; None when no turn was taken, or its scenario is gone.

    Types and keys of a newer gateway change nothing.
    """
    known = [event for one in told if (event := _read(one)) is not None]
    begun = next((one for one in known if isinstance(one, events.Opened | events.TurnTaken | events.Silence)), None)
    if begun is None:
        return None
    scenario = scenarios.by_name.get(begun.scenario)
    if scenario is None:
        return None
    session = Session(session_id, scenario, scenario.default_language, began=told[0].at)
    for event in known:
        session.apply(event)
    session.unsaved = bool(session.fields)  # who took these events may have died before the lead was written
    return session


def _read(event: Event) -> SessionEvent | None:
    """An event that makes no sense is passed over: a caller may be waiting for the rest of the session."""
    try:
        return events.read(event)
    except ValidationError as error:
        log.error("an event makes no sense", session_id=event.session_id, id=event.id, error=error.error_count())
        return None
