"""The conversation of one call: what is answered and kept, and what is said when nobody speaks or something is late."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from gateway.conversation import call_summary, fields
from gateway.conversation.dialogue import next_words, opening
from gateway.conversation.fields import CONFIRM
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.realtime import source, waterfall
from gateway.realtime.answer import answer
from gateway.realtime.objects import Response
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.setup import Config, House, budgets
from gateway.realtime.sound import Sound
from gateway.realtime.speaker import Outbox, Speaker
from gateway.turns.endpointing import Question
from gateway.turns.supervisor import Act, Supervisor
from mesh import logs
from mesh.kept.journal import Row
from mesh.wire.gpt import FunctionCall

MAX_GIVE_UPS = 2
log = logs.get("talk")


class Talk:
    """What is said, and its record."""

    def __init__(
        self,
        house: House,
        config: Config,
        session: Session,
        out: Outbox,
        *,
        clock: Callable[[], float],
    ) -> None:
        self.house, self.config, self.session, self.clock = house, config, session, clock
        self.speaker = Speaker(out, phone=config.phone, clock=clock, finished=self._heard)
        self.supervisor = Supervisor(budgets(house.settings, config, session.scenario.limits), clock())
        self.calls: list[FunctionCall] = []
        """Functions called since the caller's last words, with their outputs."""
        self.asked_calls: list[FunctionCall] = []
        """Functions that we have asked the client to call."""
        self.once = ""
        """Instructions for the next response only."""
        self.leaving = False
        self._out = out
        self._items: dict[str, Response] = {}
        self._give_ups = 0
        self._spoke_until: dict[str, float] = {}
        self._writes: asyncio.Queue[Row] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    @property
    def sound(self) -> Sound | None:
        """How we sound; None when the client wants text."""
        return self.config.sound_out if self.config.audio else None

    def question(self) -> Question:
        """What our last words asked for."""
        asked, language = self.session.asked, self.session.language
        region = self.session.scenario.region or self.house.languages.get(language).region
        if asked and (asked == CONFIRM or fields.checked(asked)):
            return Question("confirm", "confirm", language, region)
        wanted = next((f for f in self.session.scenario.fields if f.name == asked), None)
        before = self.session.pending.get(asked or "", "")
        return Question(wanted.type if wanted else "", asked or "", language, region, before)

    def warm(self) -> None:
        """Have ready what this language needs."""
        self.house.conversation.understanding.warm(self.session.language)
        if self.sound:
            self.house.voice.warm(self.session.language, self.sound)

    def think(self, text: str, hint: str | None = None) -> PendingReply:
        """Begin to answer; the session stays as it is until the answer is taken."""
        return self._reply(text, lambda reply: answer(self, reply, text, hint), fixed=False)

    def take(self, reply: PendingReply, spoke_until: float, metadata: dict[str, str] | None = None) -> Response:
        """The caller's turn is over, and this is the answer: it is part of the session, and said, from now on."""
        session, event = self.session, self._enter(reply, {})
        if event is not None and session.confirmed and session.asked is None and session.scenario.fields:
            reply.then = "hangup"
        if reply.error is None:
            self._give_ups = 0
        self.supervisor.sounds()
        reply.taken.set()
        response = self.speaker.say(reply, self.sound, metadata)
        if event is not None:
            self._put("turn", event)  # after our voice has set out: the caller waits for it, not for this
        self._spoke_until[response.id] = spoke_until
        return response

    def keep_turn(self, reply: PendingReply) -> None:
        """The caller was understood, but the answer did not come: what they said is kept all the same."""
        if reply.plan is not None and reply.plan.beside is not None:
            reply.plan.beside.passed = True  # no question followed
        event = self._enter(reply, {"asked": self.session.asked, "failed": "late"})
        if event is not None:
            self._put("turn", event)

    def _enter(self, reply: PendingReply, more: dict[str, Any]) -> dict[str, Any] | None:
        """Take the turn that a reply answers into the session; its event, still to be written."""
        if reply.plan is None:
            return None
        session, conversation = self.session, self.house.conversation
        reply.plan = plan = conversation.understanding.again(session, reply.plan)
        event = plan.event | more
        session.apply("turn", event)
        session.unsaved = session.unsaved or plan.fresh
        conversation.learning.learn(session, plan, self._learned)
        return event

    async def _learned(self, kind: str, event: dict[str, Any]) -> None:
        self._put(kind, event)

    def is_current(self, reply: PendingReply) -> bool:
        """Whether the session is still as it was when the reply was begun."""
        return reply.plan is None or reply.plan.after.revision == self.session.revision

    def say(self, *texts: str, then: str = "") -> None:
        """Say something that is not an answer."""
        # A question may hold what the caller has said: such speech is words of a moment.
        known = bool(self.session.fields or self.session.pending)
        reply = self._reply("", lambda _: source.fixed(*texts), fixed=not known)
        reply.then = then
        self.speaker.say(reply, self.sound)

    def phrase(self, name: str, *more: str, then: str = "") -> None:
        """Say a phrase, and more where tts works; without tts the phrase at least."""
        text = self.house.voice.text(name, self.session.language)
        kept = self.house.voice.phrase(name, self.session.language, self.sound) if self.sound else b""
        if more or not kept:
            self.say(text, *more, then=then)
            return
        reply = PendingReply(
            "", lambda _: source.fixed(text), self.house.voice, self.sound, self.session.language, kept=kept
        )
        reply.then = then
        self.speaker.say(reply, self.sound)

    def greet(self, called: str | None) -> None:
        """The first words of a session, or the first after it was interrupted."""
        session = self.session
        if session.begun:
            self.phrase("resumed", self.asked_again(), then="hangup" if session.closed else "")
            return
        scenario = session.scenario
        event = {
            "scenario": scenario.name,
            "language": session.language,
            "caller": session.caller,
            "called": called,
            "asked": session.next_step(),
            "reply": "",
        }
        session.apply("opened", event)
        self._put("opened", event)
        self.say(*opening(session))

    def asked_again(self) -> str:
        """Our open question; a greeting where there is none."""
        session = self.session
        asked = session.next_step()
        if asked is None:
            return self.house.voice.text("hello" if not session.scenario.fields else "goodbye", session.language)
        return next_words(self.house.languages, session, "", asked, heard=True).question

    def act(self, act: Act, reply: PendingReply | None) -> None:
        """Do what the supervisor asks for. `reply` is the answer that is awaited."""
        leg = waterfall.leg(reply)
        waterfall.LATE.labels(act.value, leg).inc()
        self.note("supervisor", {"act": act.value, "leg": leg})
        log.warning("supervisor", session_id=self.session.id, act=act.value, leg=leg)
        if act is Act.MASK and not self.speaker.talking:
            self.phrase("hold")
        elif act is Act.HEDGE and reply is not None:
            reply.late.set()
        elif act is Act.PROMPT:
            session, asked = self.session, self.session.next_step()
            event = {"scenario": session.scenario.name, "language": session.language, "asked": asked}
            session.apply("silence", event)
            self._put("silence", event)
            self.phrase("silence", self.asked_again())
        elif act in (Act.LEAVE, Act.TIME_UP):
            self.speaker.cut("turn_detected")
            self.leaving = True
            self.phrase("goodbye" if act is Act.LEAVE else "time_up", then="hangup")

    def give_up(self, reply: PendingReply | None) -> None:
        """An answer failed or is too late: apologise and ask again; the second time promise a call back."""
        if reply is not None:
            self.keep_turn(reply)
            reply.drop()
        self.supervisor.sounds()
        self._give_ups += 1
        if self._give_ups < MAX_GIVE_UPS:
            self.phrase("apology", self.asked_again())
            return
        self.session.unsaved = True  # the caller's number at least: the promise must be kept
        self._put("promised", {"caller": self.session.caller})
        self.leaving = True
        self.phrase("call_back", then="hangup")

    def fill_gap(self) -> None:
        """What we are saying has run dry: the rest is late."""
        if self.sound and self.speaker.dry_s() > self.supervisor.budgets.mask_s:
            voice, language = self.house.voice, self.session.language
            self.speaker.fill(voice.text("hold", language), voice.phrase("hold", language, self.sound), self.sound)

    def truncate(self, item_id: str, heard_ms: float) -> bool:
        """An item that we thought heard was cut by its listener; whether there is such an item."""
        response = self._items.get(item_id)
        if response is None:
            return False
        whole, heard = response.playback.text, response.playback.text_heard(heard_ms)
        self.session.apply("truncated", {"reply": whole, "heard": heard})
        self._put("truncated", {"reply": whole, "heard": heard})
        return True

    def last_words(self) -> str:
        """What the caller said last, to be answered (again)."""
        said = next((message.content for message in reversed(self.session.history) if message.role == "user"), "")
        return said or "…"

    def note(self, kind: str, data: dict[str, Any]) -> None:
        """Record what happened and is no part of the session's state."""
        self.house.recorder.later(self.session, kind, data)

    async def aclose(self) -> None:
        """The socket is gone: what has been said is recorded."""
        self.speaker.cut("client_cancelled")
        await self.house.conversation.learning.settled(self.session.id)
        await self._writes.join()
        self._writer.cancel()

    def _reply(
        self, text: str, words: Callable[[PendingReply], AsyncIterator[str]], *, fixed: bool = True
    ) -> PendingReply:
        config = self.config
        return PendingReply(
            text,
            words,
            self.house.voice,
            self.sound,
            self.session.language,
            speaker=config.voice or self.session.scenario.voices.get(self.session.language),
            speed=config.speed,
            fixed=fixed,
        )

    def _heard(self, response: Response, text: str) -> None:
        """A response was heard to its end, or cut."""
        spoke_until = self._spoke_until.pop(response.id, None)
        self._items = {**dict(list(self._items.items())[-20:]), response.item_id: response}
        self.asked_calls.extend(response.reply.calls)
        if text:
            event = {"reply": text, "cut": text != response.playback.text}
            self.session.apply("said", event)
            self._put("said", event)
        if spoke_until is not None:
            ms = waterfall.report(self.house.spans, response.reply, spoke_until, self.session.id)
            self.note("waterfall", {"ms": ms})
        self.supervisor.quiet(self.clock())
        whole = text == response.playback.text
        if response.reply.then == "hangup" and (whole or self.leaving):
            self.leaving = True
            self._out.event("voiceblock.hangup", reason="completed")
        elif response.reply.then == "transfer" and whole and self.session.scenario.transfer:
            transfer = self.session.scenario.transfer
            known = call_summary.known(self.session)
            self.session.apply("transferred", {})
            self._put("transferred", {"number": transfer.number})
            self._out.event("voiceblock.transfer", number=transfer.number, announce=transfer.announce, summary=known)

    def _put(self, kind: str, event: dict[str, Any]) -> None:
        self._writes.put_nowait(self.house.recorder.hold(self.session, kind, event))

    async def _write(self) -> None:
        """Events in their order; the lead with them, the moment it is heard."""
        while True:
            held = await self._writes.get()
            try:
                await self.house.conversation.write(Turn(), self.session, held)
            finally:
                self._writes.task_done()
