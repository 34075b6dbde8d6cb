"""Who has the floor when the caller makes a sound while we speak. The rules are in gateway/turns/bargein.py."""

from typing import Protocol

from gateway.conversation.fields import CONFIRM
from gateway.realtime import waterfall
from gateway.realtime.ears import Ears
from gateway.realtime.hearing import Transcript
from gateway.realtime.sound import PCMU, samples
from gateway.realtime.talk import Talk
from gateway.turns import bargein
from gateway.turns.bargein import Verdict
from gateway.turns.playback import Timeline
from gateway.turns.speech import AT_ONCE, BEGIN_FRAMES, FRAME_MS
from mesh.wire.events import Interruption


class Call(Protocol):
    """What is asked of the call."""

    talk: Talk
    ears: Ears

    def begin_turn(self) -> None:
        """The caller has the floor."""
        ...

    def go_on(self) -> None:
        """Think about what is known of the turn."""
        ...

    def withdraw(self) -> None:
        """It was nothing: there is no turn."""
        ...


class Floor:
    """One call's. `contested` from the first voiced frame until it is clear what the sound is."""

    def __init__(self, call: Call) -> None:
        from gateway.turns.echo import EchoGuard  # numpy: not before the first call

        self._echo, self._timeline = EchoGuard(), Timeline()
        self.contested = False
        self._call = call
        self._paused = False
        self._asked_ms = 0

    def callers(self, probability: float, audio_at: float) -> float:
        """The probability that the next frame holds the caller's voice, not the echo of ours. `audio_at` is when audio
        came last. It says, too, how much voice begins a turn: a telephone that speaks is paused at once, and goes on.
        """
        call, talk = self._call, self._call.talk
        config, speech, hearing = talk.config, call.ears.taker.speech, call.ears.hearing
        if not config.phone or config.sound_in is not PCMU or config.sound_out is not PCMU:
            return probability
        ended_ms = speech.now_ms + FRAME_MS
        at = audio_at - (hearing.received_ms - ended_ms) / 1000
        heard, played = hearing.audio(speech.now_ms, ended_ms), self._timeline.frame(talk.speaker.sounding(at))
        probability = self._echo.step(probability, samples(heard), samples(played))
        may_pause = talk.speaker.talking and call.ears.taker.fixed_ms is None
        speech.begin_frames = AT_ONCE if may_pause and self._echo.sure else BEGIN_FRAMES
        return probability

    def contest(self) -> None:
        """The caller makes a sound."""
        self.contested, self._paused, self._asked_ms = True, False, 0

    def judge_by_length(self) -> None:
        """After each frame: step one, and the part of step two that needs no words."""
        call, speech = self._call, self._call.ears.taker.speech
        if not call.talk.speaker.talking:  # we had finished meanwhile: an ordinary turn
            self._confirm()
            return
        likely = call.ears.taker.fixed_ms is None or speech.voiced_ms >= bargein.LIKELY_MS
        if not self._paused and speech.voiced and likely and not self._pause():
            return
        if not self.contested:
            return
        over = speech.silence_ms >= 2 * FRAME_MS and speech.voiced_ms > bargein.CLICK_MS
        due = self._asked_ms < speech.voice_end_ms if over else speech.voiced_ms >= bargein.ASK_MS
        rested = speech.now_ms - self._asked_ms >= bargein.ASK_MS // 2
        if due and rested and not call.ears.hearing.asking(speech.voice_end_ms):
            self._asked_ms = speech.now_ms
            call.ears.transcribe()
        if self._paused or speech.silence_ms >= bargein.GIVE_UP_MS:
            self._judge(bargein.by_length(speech.voiced_ms, speech.silence_ms, asked=call.ears.hearing.busy))

    def judge_by_words(self, transcript: Transcript) -> None:
        """With a transcript: step two."""
        call, speech = self._call, self._call.ears.taker.speech
        verdict = bargein.by_words(
            transcript.text,
            call.talk.session.language,
            call.talk.speaker.lately,
            answering=call.talk.question().name in ("", CONFIRM) and call.talk.speaker.in_question(),
            over=speech.silence_ms >= 4 * FRAME_MS and call.ears.taker.covers(transcript.until_ms),
        )
        self._judge(verdict, transcript.text)

    def _pause(self) -> bool:
        """Step one: be silent at once. False when nobody may interrupt."""
        detection = self._call.talk.config.detection
        if detection is not None and not detection.interrupt_response:
            return False
        self._paused = True
        self._call.talk.speaker.pause()
        if self._call.ears.taker.fixed_ms is not None:  # server_vad: any speech interrupts
            self._confirm()
        return True

    def _judge(self, verdict: Verdict, text: str = "") -> None:
        if verdict is Verdict.WAIT:
            return
        waterfall.INTERRUPTIONS.labels(verdict.value).inc()
        self._call.talk.journal.note(Interruption(verdict=verdict.value, text=text, paused=self._paused))
        if verdict is Verdict.CONFIRMED:
            self._confirm()
            return
        self.contested = False
        self._call.withdraw()
        self._call.talk.speaker.resume()

    def _confirm(self) -> None:
        """Step three: the caller has the floor."""
        self.contested = False
        self._call.talk.speaker.cut("turn_detected")
        self._call.begin_turn()
        self._call.go_on()
