"""One live call: the caller's audio in, turns out. The rules are in gateway/turns; here they meet the world."""

import asyncio
import secrets
from collections.abc import Callable

from gateway.realtime.delivery import Outbox
from gateway.realtime.ears import Ears
from gateway.realtime.floor import Floor
from gateway.realtime.hearing import Pace, Transcript
from gateway.realtime.keys import Keys
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.prospect import Ended, Prospect
from gateway.realtime.speaker import Reason
from gateway.realtime.talk import Talk
from gateway.turns.endpointing import is_whole
from gateway.turns.supervisor import Act
from gateway.turns.taker import Signal
from gateway.vad import Vad
from mesh.errors import PeerError
from mesh.wire.realtime import server
from mesh.wire.realtime.objects import Fault

Committed = Callable[[str, str, bool], None]


class LiveCall:
    """Ears and reflexes. `committed` is told of each turn that is taken: its item gets an id there."""

    def __init__(self, talk: Talk, vad: Vad, pace: Pace, out: Outbox, *, committed: Committed) -> None:
        self.talk, self._out, self._committed = talk, out, committed
        self.ears = Ears(
            talk, vad, pace, frame=self._on_frame, transcribed=self._on_transcript, failed=self._on_failure
        )
        self.hearing, self.taker = self.ears.hearing, self.ears.taker
        self._floor = Floor(self)
        self._latest: Transcript | None = None
        self.next = Prospect(talk)
        self.keys = Keys(talk, self._keyed)
        self._voice_at = talk.clock()
        self.item_id = ""

    def say_text(self, text: str, metadata: dict[str, str] | None = None) -> None:
        """The caller has written, or an answer to what was said is asked for: answer it."""
        self.next.drop()
        self._answer(self.talk.think(text), self.talk.clock(), metadata)

    def tick(self, now: float) -> None:
        """Called ten times a second: what has to happen though nothing came in."""
        talk = self.talk
        talk.speaker.tick()
        self.keys.tick(now)
        self.ears.tick(now)
        if talk.leaving:
            return
        talk.fill_gap()
        act = talk.supervisor.due(now)
        if act is Act.GIVE_UP:
            self._give_up()
        elif act is not None and not (act is Act.PROMPT and (self.taker.open or talk.speaker.talking)):
            talk.act(act, self.next.reply)
            if talk.leaving:
                self.next.drop()

    def forget(self) -> None:
        """The client throws the audio away."""
        self.next.drop()
        self.withdraw()
        self.hearing.clear()

    def interrupt(self, reason: Reason, heard_ms: float | None = None) -> None:
        """The client stops us."""
        self.next.drop()
        self._floor.contested = False
        self.talk.speaker.cut(reason, heard_ms=heard_ms)

    async def settled(self) -> bool:
        """Wait until all audio has been judged; whether the caller has the floor, or is about to be answered."""
        await self.ears.settled()
        return self.taker.open or self.next.ended is not None

    def close(self) -> None:
        """Hear no more."""
        self.ears.close()
        self.next.drop()

    def _on_frame(self, probability: float) -> None:
        """A frame of 32 ms has been judged."""
        now, speech = self.talk.clock(), self.taker.speech
        signals = self.taker.frame(self._floor.callers(probability, self.ears.audio_at))
        if speech.voiced and self.taker.open:
            self._voice_at = now
        for signal in signals:
            self._on_signal(signal, now)
        if self._floor.contested:
            self._floor.judge_by_length()
        elif self.taker.open and self.next.ended is None:
            if self.hearing.wants_partial(speech.now_ms, speech.voice_end_ms):
                self.ears.transcribe()
        elif not self.taker.open:
            self.hearing.forget(speech.now_ms)

    def _on_signal(self, signal: Signal, now: float) -> None:
        if signal is Signal.BEGAN:
            self._latest = None
            if self.talk.speaker.talking:
                self._floor.contest()
                self.talk.supervisor.stirs()
            else:
                self.begin_turn()
        elif signal is Signal.PAUSED and not self._floor.contested:
            if not self.hearing.asking(self.taker.speech.voice_end_ms):
                self.ears.transcribe()
        elif signal is Signal.RESUMED:
            self.next.hold()
        elif signal is Signal.ENDED and not self._floor.contested and self.next.ended is None:
            self.next.ended = Ended(now, self._voice_at)
            self.talk.supervisor.waits(now)
            self._try_answer()

    def withdraw(self) -> None:
        """It was nothing: there is no turn."""
        self._latest = None
        self.ears.end_turn()

    def go_on(self) -> None:
        """The caller's interruption is a turn: think about what is known of it."""
        transcript = self._latest
        if transcript is None:
            if not self.taker.speech.voiced:
                self.ears.transcribe()
            return
        self._speculate(transcript)
        for signal in self.taker.transcript(transcript.text, transcript.until_ms):
            self._on_signal(signal, self.talk.clock())

    def begin_turn(self) -> None:
        """The caller has the floor."""
        self.talk.supervisor.spoke()
        self.item_id = f"item_{id(self):x}{self.taker.speech.began_ms}"
        began_ms = self.taker.speech.began_ms
        self._out.event(server.SpeechStarted(item_id=self.item_id, audio_start_ms=began_ms))

    def _on_transcript(self, transcript: Transcript) -> None:
        if self.talk.config.detection is None:
            self._committed(self.item_id, transcript.text, False)
            return
        if not self.taker.open or (self._latest is not None and transcript.until_ms < self._latest.until_ms):
            return
        self._latest = transcript
        if self._floor.contested:
            self._floor.judge_by_words(transcript)
            if self._floor.contested or not self.taker.open:
                return
        self.go_on()
        self._try_answer()

    def _speculate(self, transcript: Transcript) -> None:
        """Begin to answer, if this may be all: the caller pauses, or what is known so far is a whole answer."""
        pausing = not self.taker.speech.voiced and self.taker.covers(transcript.until_ms)
        early = self.hearing.fast and is_whole(transcript.text, self.talk.question())
        if transcript.text and (pausing or early):
            self.next.speculate(transcript)

    def _try_answer(self) -> None:
        """The turn is over: answer it, once its transcript is there."""
        ended, transcript = self.next.ended, self._latest
        if ended is None or ended.answering is not None:
            return
        if transcript is None or not self.taker.covers(transcript.until_ms):
            if not self.hearing.asking(self.taker.speech.voice_end_ms):
                self.ears.transcribe()
            return
        if not transcript.text:
            self._nothing_said()
            return
        reply = self.next.settle(transcript)
        detection = self.talk.config.detection
        self._answer(reply, ended.spoke_until, None, create=detection is None or detection.create_response)

    def _answer(
        self, reply: PendingReply, spoke_until: float, metadata: dict[str, str] | None, *, create: bool = True
    ) -> None:
        now = self.talk.clock()
        if self.next.ended is None:
            self.next.ended = Ended(now, spoke_until)
            self.talk.supervisor.waits(now)
        reply.answer.marks["endpoint"] = self.next.ended.at
        self.next.ended.reply = reply
        self.next.ended.answering = asyncio.create_task(self._take(reply, self.next.ended, metadata, create=create))

    async def _take(self, reply: PendingReply, ended: Ended, metadata: dict[str, str] | None, *, create: bool) -> None:
        """Until the first sound of the answer the caller may still go on; from then on the turn is taken."""
        if create:
            await reply.ready()
            await self.talk.speaker.free()
        self.next.ended = None
        transcript, self._latest = self._latest, None
        spoken = self.taker.open
        if spoken:
            self._close_turn(transcript, answered=create)
        if not create:
            reply.drop()
            return
        if reply.error is not None and self.talk.config.phone:
            self.talk.give_up(reply)
            return
        self.talk.calls = self.talk.calls if not spoken else []
        self.talk.take(reply, ended.spoke_until, metadata)

    def _close_turn(self, transcript: Transcript | None, *, answered: bool) -> None:
        """The caller's item is complete: tell the client, and be ready for the next."""
        self._stopped()
        self._committed(self.item_id, transcript.text if transcript else "", answered)
        self.ears.end_turn()
        self.hearing.forget(self.taker.speech.now_ms)

    def _stopped(self) -> None:
        ended_ms = self.taker.speech.voice_end_ms
        self._out.event(server.SpeechStopped(item_id=self.item_id, audio_end_ms=ended_ms))

    def _nothing_said(self) -> None:
        """A sound without words: no turn."""
        self.next.drop()
        self.talk.supervisor.sounds()
        self._latest = None
        self._stopped()
        self.taker.end()
        self.talk.supervisor.quiet(self.talk.clock())

    def _give_up(self) -> None:
        reply = self.next.leave()
        transcript, self._latest = self._latest, None
        if self.taker.open:
            self._close_turn(transcript, answered=True)
        self.talk.speaker.cut("turn_detected")
        self.talk.give_up(reply)

    def _on_failure(self, error: PeerError) -> None:
        fault = Fault(type="server_error", code=error.code, message=error.message)
        self._out.event(server.NotTranscribed(item_id=self.item_id, error=fault))
        if self.next.ended is not None and self.talk.config.phone:
            self._give_up()
        else:
            self._nothing_said()

    def _keyed(self, text: str) -> None:
        """Something has been keyed in."""
        self.next.drop()
        self._committed(f"item_{secrets.token_hex(8)}", text, True)
        self._answer(self.talk.think(text, self.talk.session.language), self.talk.clock(), None)
