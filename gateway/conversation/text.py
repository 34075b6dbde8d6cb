"""Conversations a turn at a time: POST /process takes words, keys or audio, and gives a reply whose audio streams.

| step        | slow or down                                   | it lies                         |
| ----------- | ---------------------------------------------- | ------------------------------- |
| stt         | the turn fails, naming stt                     | same                            |
| gpt         | the turn fails, naming gpt; what was heard of  | same                            |
|             | the form is kept and saved                     |                                 |
| tts         | skipped: the reply comes without audio         | same                            |
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

from gateway.config import Settings
from gateway.conversation import utterance
from gateway.conversation.answering import PAUSE, Answer, Medium
from gateway.conversation.conversation import Conversation
from gateway.conversation.dialogue import opening
from gateway.conversation.learning import Write
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.peers import Peers
from mesh.auth import LOCAL, Principal
from mesh.errors import BadInput, PeerError, PeerTimeout
from mesh.upload import Upload
from mesh.wire import events
from mesh.wire.events import SessionEvent
from mesh.wire.gateway import LeadState, OpenRequest, TurnReply, TurnRequest
from mesh.wire.gpt import REPLY, GptRequest, Message
from mesh.wire.lead_sender import Heard
from mesh.wire.tts import MAX_SPOKEN, PREPARE, TtsRequest


class TextTurns:
    """Runs them over the peers."""

    def __init__(self, settings: Settings, conversation: Conversation, recorder: Recorder, peers: Peers) -> None:
        self._settings, self._conversation, self._recorder, self._peers = settings, conversation, recorder, peers

    async def open(self, request: OpenRequest, base_url: str, asking: Principal = LOCAL) -> TurnReply:
        """Begin a session with its greeting; an id that is known already greets again and keeps what it knows."""
        turn, conversation = Turn(), self._conversation
        session = await conversation.lookup.session(turn, request.session_id, request.scenario, request.called, asking)
        async with session.lock:
            code = request.language or session.language
            session.language = code if code in session.scenario.languages else session.scenario.default_language
            session.caller = conversation.caller(session, request.caller) or session.caller
            conversation.understanding.warm(session.language)
            event, words = conversation.begin(session, request.called, spoken=False)
            return await self._spoken(turn, session, event, " ".join(words), "", base_url)

    async def process(
        self, request: TurnRequest, upload: Upload | None, base_url: str, asking: Principal = LOCAL
    ) -> TurnReply:
        """One turn. Raises BadInput, or PeerError for stt or gpt."""
        turn, conversation = Turn(request.seq), self._conversation
        given = (request.text, request.audio_url, request.digits, request.silence or None)
        if upload is None and sum(value is not None for value in given) != 1:
            raise BadInput("nothing_said", "Give one of text, audio_url, digits, silence, or an audio file.")
        session = await conversation.lookup.session(turn, request.session_id, request.scenario, None, asking)
        async with session.lock:
            if request.seq is not None and request.seq <= session.seq:
                return await self._repeat(turn, session, base_url)
            session.caller = conversation.caller(session, request.caller) or session.caller
            text, hint = "", None
            if not request.silence:
                deadline_s = self._settings.stt_deadline_s
                text, hint = await utterance.written(self._peers.stt, deadline_s, turn, session, request, upload)
            if not text:
                return await self._ask_again(turn, session, base_url)
            return await self._answer(turn, session, text, hint, base_url)

    async def _answer(self, turn: Turn, session: Session, text: str, hint: str | None, base_url: str) -> TurnReply:
        conversation, answer = self._conversation, Answer(text, session.language)
        answer.taken.set()  # nobody goes on speaking
        medium = Medium(self._writer(turn, greets=not session.greeted))
        write = self._late(session)
        try:
            words = conversation.answering.words(turn, session, answer, medium, hint)
            reply = _joined([piece async for piece in words])
        except PeerError as error:
            event = conversation.enter_unanswered(session, answer, write, error.code)
            if event is not None:
                await conversation.keep(turn, session, event.model_copy(update=turn.number))
            raise
        plan = answer.full or answer.plan
        assert plan is not None
        if not session.greeted:
            reply = f"{_statements(opening(plan.after))} {reply}".strip()
        more = {"reply": reply, "engine": answer.engine, "leaves": answer.then == "hangup", **turn.number}
        event = conversation.enter(session, plan, write, more)
        return await self._spoken(turn, session, event, reply, text, base_url)

    def _writer(self, turn: Turn, *, greets: bool) -> Callable[[GptRequest, Answer], AsyncIterator[str]]:
        """Asks gpt for one piece; all that it is asked in a turn stays within one deadline. `greets`: a greeting comes
        before its words.
        """
        loop = asyncio.get_running_loop()
        until: list[float] = []

        async def write(request: GptRequest, answer: Answer) -> AsyncIterator[str]:
            until[:] = until or [loop.time() + self._settings.gpt_deadline_s]
            left_s = until[0] - loop.time()
            if left_s <= 0:
                raise PeerTimeout("gpt", self._settings.gpt_deadline_s)
            asked = _greeted(request, answer) if greets else request
            reply = await turn.step("gpt", self._peers.gpt.call(REPLY, asked, deadline_s=left_s))
            answer.calls, answer.engine, answer.cut = reply.calls, reply.engine, reply.finish == "length"
            yield reply.response

        return write

    async def _ask_again(self, turn: Turn, session: Session, base_url: str) -> TurnReply:
        """Nobody spoke: say so, and repeat what we asked."""
        conversation = self._conversation
        nothing = conversation.languages.get(session.language).templates["silence"]
        before = "" if session.greeted else _statements(opening(session))
        reply = _joined([before, PAUSE, nothing, PAUSE, conversation.asked_again(session)])
        event, _ = conversation.wait(session, {"reply": reply, **turn.number})
        return await self._spoken(turn, session, event, reply, "", base_url)

    async def _spoken(
        self, turn: Turn, session: Session, event: SessionEvent, reply: str, text: str, base_url: str
    ) -> TurnReply:
        """Speak the reply while the event and the lead are written."""
        speech, _ = await asyncio.gather(
            turn.optional("tts", self._prepare(session, reply)), self._conversation.keep(turn, session, event)
        )
        timings = events.Timings(of=event.type, timings_ms=turn.total(), skipped=turn.skipped)
        if speech:  # so that it can be erased with the session
            timings = timings.model_copy(update={"bucket": "speech", "key": speech})
        self._recorder.later(session, timings)
        return self._told(turn, session, reply, text, speech, base_url)

    async def _repeat(self, turn: Turn, session: Session, base_url: str) -> TurnReply:
        """The last reply once more, for a turn that was taken already."""
        reply = next((one.content for one in reversed(session.history) if one.role == "assistant"), "")
        speech = await turn.optional("tts", self._prepare(session, reply))
        return self._told(turn, session, reply, "", speech, base_url)

    def _told(
        self, turn: Turn, session: Session, reply: str, text: str, speech: str | None, base_url: str
    ) -> TurnReply:
        sure = {name: Heard.model_validate(one) for name, one in session.form.heard.items() if name in session.fields}
        return TurnReply(
            session_id=session.id,
            text=text,
            language=session.language,
            reply=reply,
            audio_url=f"{base_url}v1/audio/{speech}" if speech else None,
            lead=LeadState(fields=session.fields, complete=session.complete, heard=sure),
            timings_ms=turn.total(),
            skipped=turn.skipped,
            end=session.over,
            asked=session.asked,
            scenario=session.scenario.name,
        )

    async def _prepare(self, session: Session, reply: str) -> str:
        voice = session.scenario.voices.get(session.language)
        request = TtsRequest(text=reply[:MAX_SPOKEN] or "…", language=session.language, voice=voice)
        return (await self._peers.tts.call(PREPARE, request, deadline_s=self._settings.tts_deadline_s)).key

    def _late(self, session: Session) -> Write:
        """Writes what a model finds after the reply."""
        return lambda event: self._conversation.keep(Turn(), session, event)


def _statements(texts: list[str]) -> str:
    """A greeting without its questions: who greets and answers at once asks once, at the end."""
    sentences = [sentence for text in texts for sentence in _SENTENCE.split(text)]
    return " ".join(sentence for sentence in sentences if not sentence.rstrip('»”" ').endswith(("?", "？")))


def _greeted(request: GptRequest, answer: Answer) -> GptRequest:
    """The same, of a model that has greeted already."""
    assert answer.plan is not None
    words = _statements(opening(answer.plan.after))
    history = [*request.history, *([Message(role="assistant", content=words)] if words else [])]
    dialogue = request.dialogue
    if dialogue is not None and dialogue.first and words:
        dialogue = dialogue.model_copy(update={"first": False, "heard": True})
    return request.model_copy(update={"history": history, "dialogue": dialogue})


def _joined(pieces: list[str]) -> str:
    """The pieces of an answer as one text."""
    return re.sub(" {2,}", " ", "".join(" " if piece == PAUSE else piece for piece in pieces)).strip()


_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+")
