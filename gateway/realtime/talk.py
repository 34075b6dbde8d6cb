"""The conversation of one call: what is answered and kept, and what is said when nobody speaks or something is late."""

from collections.abc import AsyncIterator, Callable

from extraction.kinds.registry import KINDS
from gateway.conversation import call_summary, fields
from gateway.conversation.answering import Answer, Client, Medium, Then
from gateway.conversation.fields import CONFIRM
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.realtime import source, waterfall
from gateway.realtime.delivery import Outbox
from gateway.realtime.journal import Journal
from gateway.realtime.objects import Response
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.setup import Config, House, budgets
from gateway.realtime.sound import Sound
from gateway.realtime.speaker import Speaker
from gateway.turns.endpointing import Question
from gateway.turns.supervisor import Act, Supervisor
from mesh import logs
from mesh.wire import events
from mesh.wire.gpt import FunctionCall, GptRequest
from mesh.wire.realtime import server
from mesh.wire.realtime.client import Wanted

MAX_GIVE_UPS = 2
log = logs.get("talk")


class Talk:
    """What is said, and its record."""

    def __init__(
        self, house: House, config: Config, session: Session, out: Outbox, *, clock: Callable[[], float]
    ) -> None:
        self.house, self.config, self.session, self.clock = house, config, session, clock
        self.speaker = Speaker(out, phone=config.phone, clock=clock, finished=self._heard)
        self.supervisor = Supervisor(budgets(house.settings, config, session.scenario.limits), clock())
        self.calls: list[FunctionCall] = []
        """Functions called since the caller's last words, with their outputs."""
        self.asked_calls: list[FunctionCall] = []
        """Functions that we have asked the client to call."""
        self.once = Wanted()
        """What the client has said of the next response only."""
        self.leaving = False
        self._out = out
        self._items: dict[str, Response] = {}
        self._give_ups = 0
        self._spoke_until: dict[str, float] = {}
        self.journal = Journal(house, session)

    @property
    def sound(self) -> Sound | None:
        """How we sound; None when the client wants text."""
        return self.config.sound_out if self.config.audio else None

    def question(self) -> Question:
        """What our last words asked for."""
        session, asked = self.session, self.session.asked
        if asked and (asked == CONFIRM or fields.checked(asked)):
            return Question(CONFIRM, confirms=True, language=session.language)
        wanted = next((one for one in session.scenario.fields if one.name == asked), None)
        if wanted is None:
            return Question(language=session.language)
        context, before = self.house.conversation.understanding.context(session), session.pending.get(wanted.name, "")
        ask = context.ask(wanted, asked=True, before=before)
        return Question(wanted.name, KINDS.get(wanted.type), language=session.language, ask=ask)

    def warm(self) -> None:
        """Have ready what this language needs."""
        self.house.conversation.understanding.warm(self.session.language)
        if self.sound:
            self.house.voice.warm(self.session.language, self.sound)

    def configure(self, config: Config) -> None:
        """Take over what the client has set."""
        self.config = config
        self.supervisor.budgets = budgets(self.house.settings, self.config, self.session.scenario.limits)
        self.warm()

    def think(self, text: str, hint: str | None = None) -> PendingReply:
        """Begin to answer; the session stays as it is until the answer is taken."""
        once, self.once = self.once, Wanted()
        answer, answering = Answer(text, self.session.language), self.house.conversation.answering
        words = answering.words(Turn(), self.session, answer, self._medium(once.instructions), hint)
        audio = once.output_modalities == ["audio"] if once.output_modalities else self.config.audio
        return self._pending(answer, words, self.config.sound_out if audio else None, fixed=False)

    def take(self, reply: PendingReply, spoke_until: float, metadata: dict[str, str] | None = None) -> Response:
        """The caller's turn is over, and this is the answer: it is part of the session, and said, from now on."""
        event, answer, language = None, reply.answer, self.session.language
        if answer.plan is not None:
            event = self.house.conversation.enter(self.session, answer.plan, self.journal.late)
            answer.then = "hangup" if self.session.over else answer.then
        if self.session.language != language:
            self.warm()
        if reply.error is None:
            self._give_ups = 0
        self.supervisor.sounds()
        answer.taken.set()
        response = self.speaker.say(reply, reply.sound, metadata)
        if event is not None:
            self.journal.put(event)  # after our voice has set out: the caller waits for it, not for this
        self._spoke_until[response.id] = spoke_until
        return response

    def keep_turn(self, reply: PendingReply) -> None:
        """The caller was understood, but the answer did not come: what they said is kept all the same."""
        event = self.house.conversation.enter_unanswered(self.session, reply.answer, self.journal.late, "late")
        if event is not None:
            self.journal.put(event)

    def _medium(self, once: str | None) -> Medium:
        config, choice = self.config, self.config.tool_choice
        client = Client(
            prompt=once or config.instructions or "",
            is_assistant=bool(config.instructions),
            functions=config.tools,
            choice=choice if isinstance(choice, str) else choice.name,
            calls=self.calls,
            max_tokens=config.max_tokens,
        )
        return Medium(self._write_words, spoken=True, client=client)

    async def _write_words(self, request: GptRequest, answer: Answer) -> AsyncIterator[str]:
        """Gpt's words, as they come."""
        self.supervisor.asked_gpt(self.clock())
        gpt, deadline_s = self.house.peers.gpt, self.house.settings.gpt_deadline_s
        async for piece in source.generated(gpt, request, answer, deadline_s=deadline_s):
            self.supervisor.answered_gpt()
            yield piece

    def is_current(self, reply: PendingReply) -> bool:
        """Whether the session is still as it was when the reply was begun."""
        plan = reply.answer.plan
        return plan is None or plan.after.revision == self.session.revision

    def say(self, *texts: str, then: Then = "") -> None:
        """Say something that is not an answer."""
        # A question may hold what the caller has said: such speech is words of a moment.
        known = bool(self.session.fields or self.session.pending)
        answer = Answer("", self.session.language)
        answer.then = then
        self.speaker.say(self._pending(answer, source.fixed(*texts), self.sound, fixed=not known), self.sound)

    def phrase(self, name: str, *more: str, then: Then = "") -> None:
        """Say a phrase, and more where tts works; without tts the phrase at least."""
        text = self.house.voice.text(name, self.session.language)
        kept = self.house.voice.phrase(name, self.session.language, self.sound) if self.sound else b""
        if more or not kept:
            self.say(text, *more, then=then)
            return
        answer = Answer("", self.session.language)
        answer.then = then
        self.speaker.say(PendingReply(answer, source.fixed(text), self.house.voice, self.sound, kept=kept), self.sound)

    def greet(self, called: str | None) -> None:
        """The first words of a session, or the first after it was interrupted."""
        session = self.session
        if session.begun:
            self.phrase(
                "resumed", self.house.conversation.asked_again(self.session), then="hangup" if session.closed else ""
            )
            return
        event, words = self.house.conversation.begin(session, called, spoken=True)
        self.journal.put(event)
        self.say(*words)

    def act(self, act: Act, reply: PendingReply | None) -> None:
        """Do what the supervisor asks for. `reply` is the answer that is awaited."""
        leg = waterfall.leg(reply)
        waterfall.LATE.labels(act.value, leg).inc()
        self.journal.note(events.Supervised(act=act.value, leg=leg))
        log.warning("supervisor", session_id=self.session.id, act=act.value, leg=leg)
        if act is Act.MASK and not self.speaker.talking:
            self.phrase("hold")
        elif act is Act.HEDGE and reply is not None:
            reply.answer.late.set()
        elif act is Act.PROMPT:
            event, question = self.house.conversation.wait(self.session)
            self.journal.put(event)
            self.phrase("silence", question)
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
            self.phrase("apology", self.house.conversation.asked_again(self.session))
            return
        self.session.unsaved = True  # the caller's number at least: the promise must be kept
        self.journal.put(events.Promised(caller=self.session.caller))
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
        self.journal.happened(events.Truncated(reply=whole, heard=heard))
        return True

    def last_words(self) -> str:
        """What the caller said last, to be answered (again)."""
        said = next((message.content for message in reversed(self.session.history) if message.role == "user"), "")
        return said or "…"

    async def aclose(self) -> None:
        """The socket is gone: what has been said is recorded."""
        self.speaker.cut("client_cancelled")
        await self.journal.aclose()

    def _pending(self, answer: Answer, words: AsyncIterator[str], sound: Sound | None, *, fixed: bool) -> PendingReply:
        speakers, voice = self.session.scenario.voices, self.house.voice
        return PendingReply(answer, words, voice, sound, speakers=speakers, speed=self.config.speed, fixed=fixed)

    def _heard(self, response: Response, text: str) -> None:
        """A response was heard to its end, or cut."""
        spoke_until = self._spoke_until.pop(response.id, None)
        self._items = {**dict(list(self._items.items())[-20:]), response.item_id: response}
        self.asked_calls.extend(response.reply.answer.calls)
        if text:
            self.journal.happened(events.Said(reply=text, cut=text != response.playback.text))
        if spoke_until is not None:
            ms = waterfall.report(self.house.spans, response.reply, spoke_until, self.session.id)
            self.journal.note(events.Waterfall(ms=ms))
        self.supervisor.quiet(self.clock())
        whole = text == response.playback.text
        if response.reply.answer.then == "hangup" and (whole or self.leaving):
            self.leaving = True
            self._out.event(server.HangUp())
        elif response.reply.answer.then == "transfer" and whole and self.session.scenario.transfer:
            transfer = self.session.scenario.transfer
            known = call_summary.known(self.session)
            self.journal.happened(events.Transferred(number=transfer.number))
            self._out.event(server.PutThrough(number=transfer.number, announce=transfer.announce, summary=known))
