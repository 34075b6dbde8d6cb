"""One live call: the caller's audio in, turns out. The rules are in gateway/turns; this is where they meet the world."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.fields import words as plain
from gateway.realtime import waterfall
from gateway.realtime.hearing import Heard, Hearing, Pace
from gateway.realtime.reply import Reply
from gateway.realtime.sound import PCMU
from gateway.realtime.speaker import Outbox
from gateway.realtime.talk import Talk
from gateway.turns import bargein
from gateway.turns.bargein import Verdict
from gateway.turns.echo import EchoGuard
from gateway.turns.endpointing import QUICK_MS, patience_ms
from gateway.turns.speech import FRAME_MS
from gateway.turns.supervisor import Act
from gateway.turns.taker import Signal, TurnTaker
from gateway.turns.vocabulary import words
from gateway.vad import NARROW, SILENCE_DB, WIDE, Vad
from mesh.errors import PeerError

PREFIX_MS = 400
"""Audio before the first voiced frame that belongs to the turn: weak first sounds are no voice to the VAD."""
STALLED_S = 0.4
"""Audio that stops coming in the middle of a turn is silence."""
KEYS_S = 2.5
"""Pause after the last key that ends what is keyed in."""
Committed = Callable[[str, str, bool], None]


@dataclass(slots=True)
class Interruption:
    """A sound of the caller while we speak, until it is clear what it is."""

    paused: bool = False
    asked_ms: int = 0


@dataclass(slots=True)
class Ended:
    """The caller's turn is over; its transcript or its answer is awaited."""

    at: float
    spoke_until: float
    answering: asyncio.Task[None] | None = None
    reply: Reply | None = field(default=None)


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
        )
        self._stream = vad.open(NARROW if self._narrow else WIDE, self._on_frame)
        self._silence = b"\xff" * NARROW if self._narrow else bytes(WIDE)
        self.taker = TurnTaker(talk.question)
        self.configure()
        self._echo = EchoGuard()
        self._draft: Reply | None = None
        self._heard: Heard | None = None
        self._ended: Ended | None = None
        self._interruption: Interruption | None = None
        self._keys = ""
        self._keyed_at = self._audio_at = self._voice_at = talk.clock()
        self.item_id = ""

    def configure(self) -> None:
        """Take over the turn detection that the client has set."""
        detection = self.talk.config.detection
        self.taker.speech.threshold = detection.threshold if detection else 0.5
        fixed = detection is not None and detection.type == "server_vad"
        self.taker.speech.now_ms = max(self.taker.speech.now_ms, int(self.hearing.received_ms))
        self.taker.fixed_ms = detection.silence_duration_ms if detection and fixed else None

    def audio(self, data: bytes) -> None:
        """Audio of the caller, as it comes."""
        self.hearing.add(data)
        self._audio_at = self.talk.clock()
        if self.talk.config.detection is not None:
            self._stream.feed(data)

    def key(self, digit: str) -> None:
        """A key was pressed: whoever presses keys has heard enough."""
        self.talk.speaker.cut("turn_detected")
        self.talk.supervisor.spoke()
        self._keyed_at = self.talk.clock()
        if digit != "#":
            self._keys += digit
        if digit == "#" or self._keys_complete():
            self._take_keys()

    def say_text(self, text: str, metadata: dict[str, str] | None = None) -> None:
        """The caller has written, or an answer to what was said is asked for: answer it."""
        self._drop_answer()
        self._answer(self.talk.think(text), self.talk.clock(), metadata)

    def tick(self, now: float) -> None:
        """Called ten times a second: what has to happen though nothing came in."""
        talk = self.talk
        talk.speaker.tick()
        if self._keys and now - self._keyed_at >= KEYS_S:
            self._take_keys()
        if self.taker.open and now - self._audio_at >= STALLED_S and not self._stream.pending:
            for _ in range(100 // FRAME_MS):
                self.hearing.add(self._silence)
                self._on_frame(0.0, SILENCE_DB)
        if talk.leaving:
            return
        if talk.speaker.dry_s() > talk.supervisor.budgets.mask_s and talk.sound:
            text = talk.house.voice.text("hold", talk.session.language)
            talk.speaker.fill(text, talk.house.voice.phrase("hold", talk.session.language, talk.sound), talk.sound)
        act = talk.supervisor.due(now)
        if act is Act.GIVE_UP:
            self._give_up()
        elif act is not None and not (act is Act.PROMPT and (self.taker.open or talk.speaker.talking)):
            talk.act(act, self._ended.reply if self._ended else None)
            if talk.leaving:
                self._drop_answer()

    def commit(self) -> None:
        """The client ends the turn itself (no turn detection)."""
        self.hearing.transcribe(0, int(self.hearing.received_ms))
        self.hearing.clear()

    def forget(self) -> None:
        """The client throws the audio away."""
        self._drop_answer()
        self.taker.end()
        self.hearing.drop()
        self.hearing.clear()

    def interrupt(self, reason: str, heard_ms: float | None = None) -> None:
        """The client stops us."""
        self._drop_answer()
        self._interruption = None
        self.talk.speaker.cut(reason, heard_ms=heard_ms)

    @property
    def answering(self) -> bool:
        """An answer is being prepared."""
        return self._ended is not None

    async def settled(self) -> bool:
        """Wait until all audio has been judged; whether the caller has the floor, or is about to be answered."""
        while self._stream.pending:
            await asyncio.sleep(0.02)
        return self.taker.open or self._ended is not None

    def close(self) -> None:
        """Hear no more."""
        self._stream.close()
        self._drop_answer()
        self.hearing.drop()

    def _on_frame(self, probability: float, level_db: float) -> None:
        """A frame of 32 ms has been judged."""
        speaker, now = self.talk.speaker, self.talk.clock()
        self._echo.step(level_db, speaker.level_db())
        signals = self.taker.frame(probability)
        if self.taker.speech.voiced and self.taker.open:
            self._voice_at = now
        for signal in signals:
            self._on_signal(signal, now)
        if self._interruption is not None:
            self._judge_by_length(self._interruption)
        elif self.taker.open and self.taker.speech.voiced and self.hearing.wants_partial(self.taker.speech.now_ms):
            self._transcribe()
        if not self.taker.open:
            self.hearing.forget(self.hearing.received_ms)

    def _on_signal(self, signal: Signal, now: float) -> None:
        if signal is Signal.BEGAN:
            self._heard = None
            if self.talk.speaker.talking:
                self._interruption = Interruption()
                self.talk.supervisor.stirs()
            else:
                self._begin_turn()
        elif signal is Signal.PAUSED and self._interruption is None:
            self._transcribe()
        elif signal is Signal.RESUMED:
            self._hold_answer()
        elif signal is Signal.ENDED and self._interruption is None and self._ended is None:
            self._ended = Ended(now, self._voice_at)
            self.talk.supervisor.waits(now)
            self._try_answer()

    def _begin_turn(self) -> None:
        self.talk.supervisor.spoke()
        self.item_id = f"item_{id(self):x}{self.taker.speech.began_ms}"
        self._out.event(
            "input_audio_buffer.speech_started", audio_start_ms=self.taker.speech.began_ms, item_id=self.item_id
        )

    def _transcribe(self) -> None:
        speech = self.taker.speech
        self.hearing.transcribe(speech.began_ms - PREFIX_MS, speech.now_ms)

    def _on_transcript(self, heard: Heard) -> None:
        if self.talk.config.detection is None:
            self._committed(self.item_id, heard.text, False)
            return
        if not self.taker.open or (self._heard is not None and heard.until_ms < self._heard.until_ms):
            return
        self._heard = heard
        if self._interruption is not None:
            self._judge_by_words(self._interruption, heard)
            if self._interruption is not None or not self.taker.open:
                return
        self._speculate(heard)
        for signal in self.taker.transcript(heard.text, heard.until_ms):
            self._on_signal(signal, self.talk.clock())
        self._try_answer()

    def _speculate(self, heard: Heard) -> None:
        """Begin to answer, if this may be all: the caller pauses, and the transcript holds what they said."""
        silent = not self.taker.speech.voiced
        if not silent or not heard.text or not self.taker.covers(heard.until_ms):
            return
        if self._draft is not None and words(self._draft.text) == words(heard.text):
            return
        if self._draft is not None:
            self._draft.drop()
        self._draft = self.talk.think(heard.text)
        self._draft.marks["stt"] = heard.came_at

    def _try_answer(self) -> None:
        """The turn is over: answer it, once its transcript is there."""
        ended, heard = self._ended, self._heard
        if ended is None or ended.answering is not None:
            return
        if heard is None or not self.taker.covers(heard.until_ms):
            if not self.hearing.asking(self.taker.speech.voice_end_ms):
                self._transcribe()
            return
        if not heard.text:
            self._nothing_said()
            return
        reply = self._draft
        if reply is None or words(reply.text) != words(heard.text):
            if reply is not None:
                reply.drop()
            reply = self.talk.think(heard.text)
            reply.marks["stt"] = heard.came_at
        self._draft = None
        detection = self.talk.config.detection
        self._answer(reply, ended.spoke_until, None, create=detection is None or detection.create_response)

    def _answer(
        self, reply: Reply, spoke_until: float, metadata: dict[str, str] | None, *, create: bool = True
    ) -> None:
        now = self.talk.clock()
        if self._ended is None:
            self._ended = Ended(now, spoke_until)
            self.talk.supervisor.waits(now)
        reply.marks["endpoint"] = self._ended.at
        self._ended.reply = reply
        self._ended.answering = asyncio.create_task(self._take(reply, self._ended, metadata, create=create))

    async def _take(self, reply: Reply, ended: Ended, metadata: dict[str, str] | None, *, create: bool) -> None:
        """Until the first sound of the answer the caller may still go on; from then on the turn is taken."""
        if create:
            await reply.ready()
            await self.talk.speaker.free()
        self._ended = None
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
        self._out.event(
            "input_audio_buffer.speech_stopped", audio_end_ms=self.taker.speech.voice_end_ms, item_id=self.item_id
        )
        self._committed(self.item_id, heard.text if heard else "", answered)
        self.taker.end()
        self.hearing.drop()
        self.hearing.forget(self.hearing.received_ms)

    def _nothing_said(self) -> None:
        """A sound without words: no turn."""
        self._drop_answer()
        self.talk.supervisor.sounds()
        self._heard = None
        self._out.event(
            "input_audio_buffer.speech_stopped", audio_end_ms=self.taker.speech.voice_end_ms, item_id=self.item_id
        )
        self.taker.end()
        self.talk.supervisor.quiet(self.talk.clock())

    def _hold_answer(self) -> None:
        """The caller goes on. What was prepared is kept, in case it was but a breath and the words stay the same."""
        if self._ended is None:
            return
        if self._ended.answering is not None:
            self._ended.answering.cancel()
        self._draft = self._ended.reply or self._draft
        self._ended = None
        self.talk.supervisor.sounds()

    def _drop_answer(self) -> None:
        """What was being prepared is not wanted: the caller goes on, or has said something else."""
        if self._draft is not None:
            self._draft.drop()
            self._draft = None
        if self._ended is not None:
            if self._ended.answering is not None:
                self._ended.answering.cancel()
            if self._ended.reply is not None:
                self._ended.reply.drop()
            self._ended = None

    def _give_up(self) -> None:
        reply = self._ended.reply if self._ended else None
        if self._ended is not None and self._ended.answering is not None:
            self._ended.answering.cancel()
        self._ended = self._draft = None
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
        if self._ended is not None and self.talk.config.phone:
            self._give_up()
        else:
            self._nothing_said()

    def _judge_by_length(self, interruption: Interruption) -> None:
        """Step one, and the part of step two that needs no words."""
        speech = self.taker.speech
        if not self.talk.speaker.talking:  # we had finished meanwhile: an ordinary turn
            self._confirm(interruption)
            return
        smart = self.taker.fixed_ms is None
        if not interruption.paused and speech.voiced and speech.voiced_ms >= bargein.LIKELY_MS:
            detection = self.talk.config.detection
            if detection is not None and not detection.interrupt_response:
                return
            if self._echo.is_echo():
                return
            interruption.paused = True
            self.talk.speaker.pause()
            if not smart:
                self._confirm(interruption)
                return
        until, over = speech.now_ms, speech.silence_ms >= 2 * FRAME_MS
        due = speech.voiced_ms >= bargein.ASK_MS if not over else interruption.asked_ms < speech.voice_end_ms
        if (
            due
            and not self.hearing.asking(speech.voice_end_ms)
            and until - interruption.asked_ms >= bargein.ASK_MS // 2
        ):
            interruption.asked_ms = until
            self._transcribe()
        if interruption.paused or speech.silence_ms >= bargein.GIVE_UP_MS:
            asked = self.hearing.asking(0)
            self._judge(interruption, bargein.by_length(speech.voiced_ms, speech.silence_ms, asked=asked))

    def _judge_by_words(self, interruption: Interruption, heard: Heard) -> None:
        talk, speech = self.talk, self.taker.speech
        asked = talk.session.asked == "confirm" or not talk.session.asked
        verdict = bargein.by_words(
            heard.text,
            talk.session.language,
            talk.speaker.lately,
            answering=asked and talk.speaker.in_question(),
            over=speech.silence_ms >= 4 * FRAME_MS and self.taker.covers(heard.until_ms),
        )
        self._judge(interruption, verdict)

    def _judge(self, interruption: Interruption, verdict: Verdict) -> None:
        if verdict is Verdict.WAIT:
            return
        waterfall.INTERRUPTIONS.labels(verdict.value).inc()
        text = self._heard.text if self._heard else ""
        self.talk.note("interruption", {"verdict": verdict.value, "text": text, "paused": interruption.paused})
        if verdict is Verdict.CONFIRMED:
            self._confirm(interruption)
            return
        self._interruption = None
        self._heard = None
        self.taker.end()
        self.hearing.drop()
        self.talk.speaker.resume()

    def _confirm(self, interruption: Interruption) -> None:
        """Step three: the caller has the floor."""
        self._interruption = None
        self.talk.speaker.cut("turn_detected")
        self._begin_turn()
        heard = self._heard
        if heard is None:
            if not self.taker.speech.voiced:
                self._transcribe()
            return
        self._speculate(heard)
        for signal in self.taker.transcript(heard.text, heard.until_ms):
            self._on_signal(signal, self.talk.clock())

    def _keys_complete(self) -> bool:
        question = self.talk.question()
        if question.type == "confirm":
            return True
        return question.type == "phone" and patience_ms(self._keys, question) == QUICK_MS

    def _take_keys(self) -> None:
        keys, self._keys = self._keys, ""
        if not keys:
            return
        question = self.talk.question()
        if question.type == "confirm" and keys in ("1", "2"):
            text = plain.first(keys == "1", question.language)
        else:
            text = "+" + keys[1:] if keys.startswith("*") else keys
        self._drop_answer()
        self._committed(f"item_{id(self):x}k{int(self.hearing.received_ms)}", text, True)
        self._answer(self.talk.think(text, question.language), self.talk.clock(), None)
