"""Our side of a call: one response after another, as OpenAI's events, and what of it has been heard.

A telephone (call_handler) tells us what it has played, takes audio as binary frames, and can pause. Any other client is
taken to play what it gets from the moment it gets it.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

from gateway.realtime.delivery import Delivery, Outbox, part_of
from gateway.realtime.objects import Response
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.sound import Sound
from gateway.turns.playback import Sounding
from mesh.wire.realtime import answers
from mesh.wire.realtime.objects import Details, Fault

Reason = Literal["turn_detected", "client_cancelled"]
LOST_S = 4.0
"""Audio whose end the telephone never reports counts as heard after so long."""


class Speaker:
    """One call's voice. `finished` is called with each response once it was heard or cut, and with its text."""

    def __init__(
        self,
        out: Outbox,
        *,
        phone: bool,
        clock: Callable[[], float],
        finished: Callable[[Response, str], None],
    ) -> None:
        self._out, self._phone, self._clock, self._finished = out, phone, clock, finished
        self.current: Response | None = None
        self.lately = ""
        """The last few hundred characters that we have said: what an echo would repeat."""
        self._task: asyncio.Task[None] | None = None
        self._free = asyncio.Event()
        self._free.set()

    def say(self, reply: PendingReply, sound: Sound | None, metadata: dict[str, str] | None = None) -> Response:
        """Send a reply, which is the response from now on. What was said before must have been finished or cut."""
        response = Response(reply, sound is None, metadata)
        self.current = response
        self._free.clear()
        self._task = asyncio.create_task(self._send(response, sound))
        return response

    async def free(self) -> None:
        """Return when what is being said has been heard or cut."""
        await self._free.wait()

    def in_question(self) -> bool:
        """Whether the last clause of a reply, which holds its question, is being heard."""
        response = self.current
        if response is None:
            return False
        response.playback.heard(self.position_ms())
        return response.playback.in_last_clause()

    def dry_s(self) -> float:
        """For how long the other side has waited for more of a response that is not complete."""
        response = self.current
        if response is None or response.sent or response.paused or response.first_audio_at is None:
            return 0.0
        end = response.reported_at + (response.playback.length_ms - response.playback.heard_ms) / 1000
        return max(0.0, self._clock() - end)

    def fill(self, text: str, audio: bytes, sound: Sound) -> None:
        """Put a phrase into the response that is being said: what comes next is late."""
        response = self.current
        if response is not None and not response.sent and audio:
            response.playback.begin(text)
            self._audio(response, audio, sound)

    @property
    def sent(self) -> bool:
        """All of the current response has been sent."""
        return self.current is not None and self.current.sent

    @property
    def talking(self) -> bool:
        """Something of ours is being sent, or is still to be heard."""
        return self.current is not None

    def position_ms(self) -> float:
        """How far into the current response the other side is, as far as we can tell."""
        response = self.current
        if response is None or response.first_audio_at is None:
            return 0.0
        passed = 0.0 if response.paused else (self._clock() - response.reported_at) * 1000
        return min(response.playback.heard_ms + passed, response.playback.length_ms)

    def sounding(self, at: float) -> Sounding | None:
        """What was being played at a time."""
        response = self.current
        if response is None or response.paused or response.first_audio_at is None:
            return None
        position = response.playback.heard_ms + (at - response.reported_at) * 1000
        return Sounding(response.item_id, response.audio, position)

    def played(self, item_id: str, until_ms: float, *, done: bool) -> None:
        """The telephone has played so much of an item."""
        response = self.current
        if response is None or response.item_id != item_id:
            return
        response.reply.answer.mark("first_frame")
        if until_ms > 0:
            response.reply.answer.mark("mark_heard")
        response.playback.heard(until_ms)
        response.reported_at = self._clock()
        response.done = response.done or done

    def pause(self) -> None:
        """The telephone stops at once; it keeps the rest."""
        response = self.current
        if response is None or not self._phone or response.paused:
            return
        response.playback.heard(self.position_ms())
        response.paused = True
        self._out.event(answers.Pause(**part_of(response)))

    def resume(self) -> None:
        """The telephone goes on where it stopped."""
        response = self.current
        if response is None or not response.paused:
            return
        response.paused = False
        response.reported_at = self._clock()
        self._out.event(answers.Resume(**part_of(response)))

    def cut(self, reason: Reason, *, heard_ms: float | None = None) -> None:
        """Stop for good: what was not heard was never said."""
        response = self.current
        if response is None:
            return
        heard = self.position_ms() if heard_ms is None else heard_ms
        if self._task is not None:
            self._task.cancel()
        response.reply.drop()
        if self._phone:
            self._out.event(answers.Cleared(**part_of(response)))
        if not response.sent:
            response.sent = True
            Delivery(self._out, response).done("cancelled", Details(type="cancelled", reason=reason))
        response.playback.heard_ms = heard
        self._finish(response, response.playback.text if response.text_only else response.playback.text_heard(heard))

    def tick(self) -> None:
        """Notice that the response has been heard to its end."""
        response = self.current
        if response is None or not response.sent:
            return
        left_ms = response.playback.length_ms - self.position_ms()
        if response.text_only or (response.done if self._phone else left_ms <= 0) or self._lost(response):
            response.playback.heard_ms = response.playback.length_ms
            self._finish(response, response.playback.text)

    def _lost(self, response: Response) -> bool:
        if response.paused:
            return False
        if response.first_audio_at is None:
            return True  # it had no sound at all
        return self._clock() - response.first_audio_at > response.playback.length_ms / 1000 * 1.2 + LOST_S

    def _finish(self, response: Response, heard: str) -> None:
        self.current = None
        self._free.set()
        self.lately = f"{self.lately} {heard}"[-600:]
        self._finished(response, heard)

    async def _send(self, response: Response, sound: Sound | None) -> None:
        reply, playback, delivery = response.reply, response.playback, Delivery(self._out, response)
        delivery.created()
        begun = False
        async for clause in reply.clauses():
            if not begun:
                begun = True
                delivery.begin()
            playback.begin(clause.text)
            self.lately = f"{self.lately} {clause.text}"[-600:]
            delivery.words(clause.text + " ")
            async for piece in clause.audio():
                assert sound is not None
                self._audio(response, piece, sound)
            playback.clauses[-1].whole = True
        if begun:
            delivery.end()
        delivery.calls()
        response.sent = True
        if reply.error is not None and not begun:
            error = Fault(type="server_error", code=reply.error.code, message=reply.error.message)
            delivery.done("failed", Details(type="failed", error=error))
        elif reply.answer.cut:
            delivery.done("incomplete", Details(type="incomplete", reason="max_output_tokens"))
        else:
            delivery.done("completed")
        self.tick()

    def _audio(self, response: Response, piece: bytes, sound: Sound) -> None:
        if response.first_audio_at is None:
            response.first_audio_at = response.reported_at = self._clock()
            response.reply.answer.mark("first_sent")
        response.playback.add(len(piece) / sound.per_ms)
        if self._phone:
            response.audio += piece
            self._out.audio(piece)
        else:
            Delivery(self._out, response).audio(piece)
