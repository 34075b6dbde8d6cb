"""A session: what has been said and heard. Its state is a fold over its events, so any gateway can rebuild it."""

import asyncio
import time
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from gateway.conversation.fields import CONFIRM
from gateway.scenario.files import Scenarios
from gateway.scenario.models import Scenario
from mesh.wire.gpt import Message
from mesh.wire.logger import Event

HISTORY_TURNS = 40
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

    def apply(self, kind: str, data: dict[str, Any]) -> None:
        """Take one event into the state. Unknown kinds and keys, those of a newer gateway, change nothing."""
        if kind == "opened":
            self.caller = data.get("caller") or self.caller
            self.language = data.get("language", self.language)
            self.asked = data.get("asked")
            self._say("assistant", data.get("reply", ""))
        elif kind == "turn":
            self.turns += 1
            self._fill(data)
            self.caller = data.get("caller") or self.caller
            self.language = data.get("language", self.language)
            self.languages = [*self.languages[-HISTORY_TURNS:], self.language]
            self.detected = data.get("detected", "")
            self.pending = dict(data.get("pending", {}))
            self.confirmed = bool(data.get("confirmed", self.confirmed))
            self.asked = data.get("asked")
            self.closed, self.leaves = False, bool(data.get("leaves"))
            self._answered(data)
            self._say("user", data.get("text", ""))
            self._say("assistant", data.get("reply", ""))
        elif kind == "values":
            self._fill(data)
            self.asked = data.get("asked", self.asked)
        elif kind == "silence":
            self.asked = data.get("asked")
            self._answered(data)
            self._say("assistant", data.get("reply", ""))
        elif kind == "said":
            self._say("assistant", data.get("reply", ""))
        elif kind == "truncated":
            self._unsay(data.get("reply", ""), data.get("heard", ""))
        elif kind == "transferred":
            self.transferred = True
        elif kind == "effect":
            self._effect(str(data.get("purpose")), failed=bool(data.get("failed")))
        elif kind == "closed":
            self.closed = True

    def _answered(self, data: dict[str, Any]) -> None:
        """A turn that failed may come again: it was not answered."""
        if not data.get("failed"):
            self.seq = max(self.seq, data.get("seq") or 0)

    def _effect(self, purpose: str, *, failed: bool) -> None:
        """Something was begun, or has failed: then it may be tried again, and counts as a try."""
        if failed and purpose in self.effects:
            self.effects[self.effects.index(purpose)] = f"{purpose.partition(':')[0]}:failed-{len(self.effects)}"
        elif not failed and purpose not in self.effects:
            self.effects.append(purpose)

    def _fill(self, data: dict[str, Any]) -> None:
        self.revision += 1
        self.fields.update(data.get("fields", {}))
        known = {one.name for one in fields(Form)}
        self.form = Form(**{name: value for name, value in data.get("form", {}).items() if name in known})

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


def rebuild(session_id: str, events: list[Event], scenarios: Scenarios) -> Session | None:
    """The session that these events tell of; None when no turn was taken, or its scenario is gone."""
    begun = next((event for event in events if event.type in ("opened", "turn", "silence")), None)
    if begun is None:
        return None
    scenario = scenarios.by_name.get(str(begun.data.get("scenario")))
    if scenario is None:
        return None
    session = Session(session_id, scenario, scenario.default_language, began=events[0].at)
    for event in events:
        session.apply(event.type, event.data)
    session.unsaved = bool(session.fields)  # who took these events may have died before the lead was written
    return session
