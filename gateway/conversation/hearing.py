"""What a turn says of the fields of a form: answers, what is said early, corrections. Nothing here changes a session.

An utterance is read part by part: what follows a change of mind ("no wait", "I mean") amends what was said before it.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from extraction import offers, repair, words
from extraction.denial import Spans
from extraction.kinds import Ask, Candidate, Dictated, Kind
from extraction.utterance import Utterance
from gateway.conversation import fields, openings
from gateway.conversation.assignment import assign, is_part
from gateway.conversation.fields import CONFIRM, Context
from gateway.conversation.session import SURE_ENOUGH, Session

AMENDS = 0.15
"""What it weighs, against an answer to our question, that a turn begins with a no, and corrects the value before."""
ACCEPTED, SHORT = 0.8, 3
"""Confidence of what we have offered, and words of a plain yes to it."""


@dataclass(slots=True)
class Heard:
    """What a turn brought: values by field, fields that are called wrong, values of which the caller must choose."""

    answer: str = ""
    """`yes` or `no`, where something was read back."""
    found: dict[str, Candidate] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    unclear: dict[str, list[str]] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Values that cannot be, for nobody is there then."""


def hear(session: Session, said: Utterance, context: Context) -> Heard:
    """Read a turn."""
    return _Turn(session, said, context).read()


class _Turn:
    """One turn of a session."""

    def __init__(self, session: Session, said: Utterance, context: Context) -> None:
        self._session, self._said = session, said
        self._form = {one.name: one for one in session.scenario.fields}
        self._checked = fields.checked(session.asked)
        self._reads_back = bool(self._checked) or session.asked == CONFIRM
        self._known = {n: v for n, v in session.fields.items() if n not in session.form.doubted}
        self._sure = {name: float(one["confidence"]) for name, one in session.form.heard.items()}
        following = next(
            (one.name for one in session.scenario.fields if one.required and self._is_open(one.name)), None
        )
        self._target = following if self._checked else session.asked
        hours, wanted = session.scenario.hours, session.scenario.fields
        open_ = openings.spans(hours, wanted, self._known, context.local) if hours else context.hours
        self._context = replace(context, asked=self._target, hours=open_)
        self._dictated_whole: set[str] = set()
        self._heard = Heard(pending=dict(session.pending))

    def _is_open(self, name: str) -> bool:
        return name not in self._session.fields and name != self._checked

    def read(self) -> Heard:
        """All of its parts, one after another."""
        heard = self._heard
        heard.answer = self._said.answer if self._reads_back else ""
        if heard.answer == "yes" and self._said.excepts:
            heard.answer = ""
        if (chosen := self._choice()) is not None:
            heard.found[self._session.asked or ""] = chosen
            return heard
        parts, at = self._said.parts, 0
        taken = self._dictated() if len(parts) > 1 else ()
        for place, part in enumerate(parts):
            at = self._said.text.index(part.text, at)
            spans = tuple((max(0, first - at), last - at) for first, last in taken if last > at)
            self._part(part.cut((*spans, *self._amended(part))), after_mark=place > 0)
        self._in_full()
        self._pieces()
        heard.unclear = {n: [one.value, *one.others] for n, one in heard.found.items() if one.others}
        heard.found = {n: one for n, one in heard.found.items() if not one.others}
        self._limit()
        if session_wrong := [n for n in heard.wrong if n not in heard.found]:
            heard.wrong = tuple(session_wrong)
        elif heard.found or self._session.asked != self._checked_step():
            heard.wrong = ()
        elif heard.answer == "no":
            heard.wrong = (self._checked,)
        return heard

    def _checked_step(self) -> str | None:
        return f"{CONFIRM}.{self._checked}" if self._checked else None

    def _choice(self) -> Candidate | None:
        """The answer to our question which of two values is meant, or whether the one that we offer is right."""
        asked = self._session.asked or ""
        free = self._session.form.closed.get(asked, {}).get("free", ())
        if free and self._said.answer == "yes" and len(self._said.words) <= SHORT:
            return Candidate(free[0], ACCEPTED)
        others = self._session.form.others.get(asked, [])
        if not others:
            return None
        kind, ask = fields.kind(self._form[asked]), self._context.ask(self._form[asked], asked=True)
        for one in kind.find(self._said, ask):
            meant = {one.value, *one.others} & set(others)
            if len(meant) == 1:
                return Candidate(meant.pop(), one.confidence, one.spans)
        return None

    def _part(self, part: Utterance, *, after_mark: bool) -> None:
        heard, asked = self._heard, self._asks()
        asked = {name: one for name, one in asked.items() if name not in self._dictated_whole}
        opens = bool(words.opening(part.text, part.language))
        held = self._held(after_mark=after_mark, opens=opens)
        repairs = repair.find(part, held)
        if self._reads_back or after_mark:
            if repairs.fresh:
                asked = {name: one for name, one in asked.items() if name not in {one.name for one in held}}
            heard.found |= assign(repairs.rest if repairs.fresh else repairs.body, asked, self._sure) | repairs.fresh
        else:
            heard.found |= self._beside(assign(repairs.body, asked, self._sure), repairs.fresh, opens=opens)
        heard.wrong = tuple(dict.fromkeys((*heard.wrong, *repairs.wrong)))

    def _dictated(self) -> Spans:
        """What is dictated is read with all that amends it, not part by part, and so are days of which a kind has
        seen that they were mended; where it was said.
        """
        taken: Spans = ()
        for name, (kind, ask) in self._asks().items() if not self._reads_back else ():
            for one in kind.find(self._said, ask)[:1]:
                if not isinstance(kind, Dictated) and one.evidence.get("mended", 0) < SURE_ENOUGH:
                    continue
                self._heard.found[name] = one
                self._dictated_whole.add(name)
                taken += one.spans
        return taken

    def _amended(self, part: Utterance) -> Spans:
        """The pieces in a part of what was dictated whole in the end."""
        spans: Spans = ()
        for name in self._dictated_whole:
            kind, ask = self._asks()[name]
            piece = kind.piece(part, ask) if isinstance(kind, Dictated) else None
            spans += piece.spans if piece else ()
        return spans

    def _beside(self, found: dict[str, Candidate], fresh: dict[str, Candidate], *, opens: bool) -> dict[str, Candidate]:
        """Answers, and corrections of what was said before: of two that are made of the same words the surer one."""
        for name, one in fresh.items():
            rivals = [other for other in found if offers.overlap(one.spans, found[other].spans)]
            if is_part(one, [found[rival] for rival in rivals if rival != name]):
                continue  # "my first name dot my last name at ..." says no other name
            if all(found[rival].confidence < one.confidence + AMENDS * opens for rival in rivals if rival != name):
                found = {other: kept for other, kept in found.items() if other not in rivals} | {name: one}
        return found

    def _in_full(self) -> None:
        """What was asked for in the caller's own words is all of them, whatever else is in them."""
        name = self._target or ""
        one = self._heard.found.get(name)
        if name in self._form and not self._reads_back and not (one and one.spans):
            kind, ask = self._asks()[name]
            whole = [one for one in kind.find(self._said, ask) if not one.spans]
            self._heard.found.update((name, one) for one in whole[:1])

    def _asks(self) -> dict[str, tuple[Kind, Ask]]:
        firm = {name: value for name, value in self._known.items() if self._sure.get(name, 1.0) >= SURE_ENOUGH}
        known = firm | {name: one.value for name, one in self._heard.found.items()}
        return fields.asks(list(self._form.values()), self._context, known, self._heard.pending)

    def _held(self, *, after_mark: bool, opens: bool) -> list[repair.Held]:
        """The values that a part may correct, and how much it contradicts each."""
        now = self._heard.found
        held = []
        for name, value in {**self._known, **{name: one.value for name, one in now.items()}}.items():
            if name not in self._form or name in self._dictated_whole or (name in now and now[name].others):
                continue
            recent = name in now or name == self._checked or (not now and self._is_latest(name))
            if self._reads_back:
                contrary = opens or self._heard.answer == "no" or self._said.excepts
                level = repair.CONTRARY if contrary else repair.MAY
                level = 0 if self._heard.answer == "yes" or (self._checked and not recent) else level
            else:
                level = repair.CONTRARY if (after_mark and name in now) or (opens and recent) else 0
            one = self._form[name]
            ask = self._context.ask(one, known=value, speaker=fields.speaker(self._form.values(), self._known))
            nouns = fields.nouns(one, self._said.language)
            doubted = after_mark and name in self._heard.wrong
            held.append(repair.Held(name, fields.kind(one), ask, value, nouns, recent, doubted, level))
        return held

    def _limit(self) -> None:
        """Days and times at which nobody is there are not taken."""
        heard, scenario, known = self._heard, self._session.scenario, dict(self._known)
        for one in scenario.fields:
            if one.name not in heard.found:
                continue
            value = heard.found[one.name].value
            refusal = openings.refusal(
                one, value, scenario.fields, known, scenario.hours, self._context.local, self._context.language
            )
            if refusal is None:
                known[one.name] = value
            else:
                del heard.found[one.name]
                heard.closed[one.name] = asdict(refusal)

    def _is_latest(self, name: str) -> bool:
        turns = self._session.turns
        return bool(turns) and self._session.form.heard.get(name, {}).get("turn") == turns

    def _pieces(self) -> None:
        """A value that comes in pieces, over several turns."""
        name, heard = self._target or "", self._heard
        kind = fields.kind(self._form[name]) if name in self._form else None
        waits = kind is not None and kind.dictated and not self._reads_back  # before the slow look at what it can
        if waits and isinstance(kind, Dictated) and name not in heard.found:
            parts = self._said.parts
            rest = self._said.cut(offers.spans_of(heard.found)) if len(parts) == 1 else self._said
            ask = self._context.ask(self._form[name], asked=True, before=heard.pending.get(name, ""))
            beside = all(fields.kind(self._form[other]).apart == "letters" for other in heard.found)
            piece = kind.piece(rest, ask) if beside else None
            if piece is not None:  # "wait a moment" changes nothing
                heard.pending[name] = piece.value
                if value := kind.check(piece.value, ask):
                    heard.found[name] = Candidate(value, piece.confidence, piece.spans)
        if name in heard.found:
            heard.pending.pop(name, None)
