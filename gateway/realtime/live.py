"""One live call: the caller's audio in, turns out. The rules are in gateway/turns; here they meet the world."""

import asyncio
import secrets
from collections.abc import Callable

from gateway.realtime.floor import Floor
from gateway.realtime.hearing import KEEP_MS, Heard, Hearing, Pace
from gateway.realtime.keys import Keys
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.prospect import Ended, Prospect
from gateway.realtime.sound import PCMU
from gateway.realtime.speaker import Outbox
from gateway.realtime.talk import Talk
from gateway.turns.endpointing import is_whole
from gateway.turns.speech import FRAME_MS
from gateway.turns.supervisor import Act
from gateway.turns.taker import Signal, TurnTaker
from gateway.vad import NARROW, SILENCE_DB, WIDE, Vad
from mesh.errors import PeerError

PREFIX_MS = 400
"""Audio before the first voiced frame that belongs to the turn: weak first sounds are no voice to the VAD."""
PATIENCE = {"low": 2.0, "auto": 1.0, "medium": 1.0, "high": 0.7}
"""By the eagerness of semantic_vad: how much longer than usual a caller may go on."""
STALLED_S = 0.4
"""Audio that stops coming in the middle of a turn is silence."""
Committed = Callable[[str, str, bool], None]


class LiveCall:
    """Ears and reflexes. `committed` is told of each turn that is taken: its item gets an id there."""

    def __init__(self, talk: Talk, vad: Vad, pace: Pace, out: Outbox, *, committed: Committed) -> None:
        self.talk, self._out, self._committed = talk, out, committed
        config, settings = talk.config, talk.house.settings
        self._vad, self._narrow = vad, config.sound_in is PCMU
        self.hearing = Hearing(
            talk.house.peers.stt,
            pace,
            narrow=self._narrow,
            heard=self._on_transcript,
            failed=self._on_failure,
            deadline_s=settings.stt_deadline_s,
            expected=lambda: talk.session.language,
        )
        self._stream = vad.open(NARROW if self._narrow else WIDE, self._on_frame)
        self._silence = b"\xff" * NARROW if self._narrow else bytes(WIDE)
        self.taker = TurnTaker(talk.question)
        self.configure()
        self._floor = Floor(self)
        self._heard: Heard | None = None
        self.next = Prospect(talk)
        self.keys = Keys(talk, self._keyed)
        self._audio_at = self._voice_at = talk.clock()
        self.item_id = ""

    def configure(self) -> None:
        """Take over the turn detection that the client has set."""
        detection = self.talk.config.detection
        fixed = detection if detection is not None and detection.type == "server_vad" else None
        self.taker.speech.threshold = fixed.threshold if fixed else 0.5
        self.taker.speech.now_ms = max(self.taker.speech.now_ms, int(self.hearing.received_ms))
        self.taker.fixed_ms = fixed.silence_duration_ms if fixed else None
        self.taker.patience = PATIENCE[detection.eagerness] if detection is not None else 1.0
        self._prefix_ms = fixed.prefix_padding_ms if fixed else PREFIX_MS
        self.hearing.keep_ms = max(KEEP_MS, self._prefix_ms + KEEP_MS // 2)

    def audio(self, data: bytes) -> None:
        """Audio of the caller, as it comes."""
        self.hearing.add(data)
        self._audio_at = self.talk.clock()
        if self.talk.config.detection is not None:
            self._stream.feed(data)

    def say_text(self, text: str, metadata: dict[str, str] | None = None) -> None:
        """The caller has written, or an answer to what was said is asked for: answer it."""
        self.next.drop()
        self._answer(self.talk.think(text), self.talk.clock(), metadata)

    def tick(self, now: float) -> None:
        """Called ten times a second: what has to happen though nothing came in."""
        talk = self.talk
        talk.speaker.tick()
        self.keys.tick(now)
        if self.taker.open and now - self._audio_at >= STALLED_S and not self._stream.pending:
            for _ in range(100 // FRAME_MS):
                self.hearing.add(self._silence)
                self._on_frame(0.0, SILENCE_DB)
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

    def commit(self) -> None:
        """The client ends the turn itself (no turn detection)."""
        self.hearing.transcribe(0, int(self.hearing.received_ms))
        self.hearing.clear()

    def forget(self) -> None:
        """The client throws the audio away."""
        self.next.drop()
        self.withdraw()
        self.hearing.clear()

    def interrupt(self, reason: str, heard_ms: float | None = None) -> None:
        """The client stops us."""
        self.next.drop()
        self._floor.contested = False
        self.talk.speaker.cut(reason, heard_ms=heard_ms)

    async def settled(self) -> bool:
        """Wait until all audio has been judged; whether the caller has the floor, or is about to be answered."""
        while self._stream.pending:  # noqa: ASYNC110 (once a call at most)
            await asyncio.sleep(0.02)
        return self.taker.open or self.next.ended is not None

    def close(self) -> None:
        """Hear no more."""
        self._stream.close()
        self.next.drop()
        self.hearing.drop()

    def _on_frame(self, probability: float, _level_db: float) -> None:
        """A frame of 32 ms has been judged."""
        now, speech = self.talk.clock(), self.taker.speech
        signals = self.taker.frame(self._floor.callers(probability, self._audio_at))
        if speech.voiced and self.taker.open:
            self._voice_at = now
        for signal in signals:
            self._on_signal(signal, now)
        if self._floor.contested:
            self._floor.judge_by_length()
        elif self.taker.open and self.next.ended is None:
            if self.hearing.wants_partial(speech.now_ms, speech.voice_end_ms):
                self.transcribe()
        elif not self.taker.open:
            self.hearing.forget(speech.now_ms)

    def _on_signal(self, signal: Signal, now: float) -> None:
        if signal is Signal.BEGAN:
            self._heard = None
            if self.talk.speaker.talking:
                self._floor.contest()
                self.talk.supervisor.stirs()
            else:
                self.begin_turn()
        elif signal is Signal.PAUSED and not self._floor.contested:
            if not self.hearing.asking(self.taker.speech.voice_end_ms):
                self.transcribe()
        elif signal is Signal.RESUMED:
            self.next.hold()
        elif signal is Signal.ENDED and not self._floor.contested and self.next.ended is None:
            self.next.ended = Ended(now, self._voice_at)
            self.talk.supervisor.waits(now)
            self._try_answer()

    def withdraw(self) -> None:
        """It was nothing: there is no turn."""
        self._heard = None
        self.taker.end()
        self.hearing.drop()

    def go_on(self) -> None:
        """The caller's interruption is a turn: think about what is known of it."""
        heard = self._heard
        if heard is None:
            if not self.taker.speech.voiced:
                self.transcribe()
            return
        self._speculate(heard)
        for signal in self.taker.transcript(heard.text, heard.until_ms):
            self._on_signal(signal, self.talk.clock())

    def begin_turn(self) -> None:
        """The caller has the floor."""
        self.talk.supervisor.spoke()
        self.item_id = f"item_{id(self):x}{self.taker.speech.began_ms}"
        began = {"audio_start_ms": self.taker.speech.began_ms, "item_id": self.item_id}
        self._out.event("input_audio_buffer.speech_started", **began)

    def transcribe(self) -> None:
        """Have all of the turn so far transcribed."""
        speech = self.taker.speech
        self.hearing.transcribe(speech.began_ms - self._prefix_ms, speech.now_ms)

    def _on_transcript(self, heard: Heard) -> None:
        if self.talk.config.detection is None:
            self._committed(self.item_id, heard.text, False)
            return
        if not self.taker.open or (self._heard is not None and heard.until_ms < self._heard.until_ms):
            return
        self._heard = heard
        if self._floor.contested:
            self._floor.judge_by_words(heard)
            if self._floor.contested or not self.taker.open:
                return
        self.go_on()
        self._try_answer()

    def _speculate(self, heard: Heard) -> None:
        """Begin to answer, if this may be all: the caller pauses, or what is known so far is a whole answer."""
        pausing = not self.taker.speech.voiced and self.taker.covers(heard.until_ms)
        early = self.hearing.fast and is_whole(heard.text, self.talk.question())
        if heard.text and (pausing or early):
            self.next.speculate(heard)

    def _try_answer(self) -> None:
        """The turn is over: answer it, once its transcript is there."""
        ended, heard = self.next.ended, self._heard
        if ended is None or ended.answering is not None:
            return
        if heard is None or not self.taker.covers(heard.until_ms):
            if not self.hearing.asking(self.taker.speech.voice_end_ms):
                self.transcribe()
            return
        if not heard.text:
            self._nothing_said()
            return
        reply = self.next.settle(heard)
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
        heard, self._heard = self._heard, None
        spoken = self.taker.open
        if spoken:
            self._close_turn(heard, answered=create)
        if not create:
            reply.drop()
            return
        if reply.error is not None and self.talk.config.phone:
            self.talk.give_up(reply)
            return
        self.talk.calls = self.talk.calls if not spoken else []
        self.talk.take(reply, ended.spoke_until, metadata)

    def _close_turn(self, heard: Heard | None, *, answered: bool) -> None:
        """The caller's item is complete: tell the client, and be ready for the next."""
        self._stopped()
        self._committed(self.item_id, heard.text if heard else "", answered)
        self.taker.end()
        self.hearing.drop()
        self.hearing.forget(self.taker.speech.now_ms)

    def _stopped(self) -> None:
        ended = {"audio_end_ms": self.taker.speech.voice_end_ms, "item_id": self.item_id}
        self._out.event("input_audio_buffer.speech_stopped", **ended)

    def _nothing_said(self) -> None:
        """A sound without words: no turn."""
        self.next.drop()
        self.talk.supervisor.sounds()
        self._heard = None
        self._stopped()
        self.taker.end()
        self.talk.supervisor.quiet(self.talk.clock())

    def _give_up(self) -> None:
        reply = self.next.leave()
        heard, self._heard = self._heard, None
        if self.taker.open:
            self._close_turn(heard, answered=True)
        self.talk.speaker.cut("turn_detected")
        self.talk.give_up(reply)

    def _on_failure(self, error: PeerError) -> None:
        self._out.event(
            "conversation.item.input_audio_transcription.failed",
            item_id=self.item_id,
            content_index=0,
            error={"type": "server_error", "code": error.code, "message": error.message},
        )
        if self.next.ended is not None and self.talk.config.phone:
            self._give_up()
        else:
            self._nothing_said()

    def _keyed(self, text: str) -> None:
        """Something has been keyed in."""
        self.next.drop()
        self._committed(f"item_{secrets.token_hex(8)}", text, True)
        self._answer(self.talk.think(text, self.talk.session.language), self.talk.clock(), None)
