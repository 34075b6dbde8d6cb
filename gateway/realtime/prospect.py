"""The answer that is being prepared: on speculation while the caller may go on, then as the answer to a turn that is
over.
"""

import asyncio
from dataclasses import dataclass

from gateway.realtime.hearing import Transcript
from gateway.realtime.pending_reply import PendingReply
from gateway.realtime.talk import Talk
from gateway.turns.vocabulary import words


@dataclass(slots=True)
class Ended:
    """The caller's turn is over; its transcript or its answer is awaited."""

    at: float
    spoke_until: float
    answering: asyncio.Task[None] | None = None
    reply: PendingReply | None = None


class Prospect:
    """One call's next answer."""

    def __init__(self, talk: Talk) -> None:
        self.ended: Ended | None = None
        """Set from the end of the caller's turn until our answer sounds."""
        self._talk = talk
        self._draft: PendingReply | None = None

    @property
    def reply(self) -> PendingReply | None:
        """The answer to a turn that is over."""
        return self.ended.reply if self.ended else None

    def speculate(self, transcript: Transcript) -> None:
        """Begin to answer what may be all that the caller says."""
        if (
            self._draft is not None
            and words(self._draft.answer.text) == words(transcript.text)
            and self._talk.is_current(self._draft)
        ):
            return
        if self._draft is not None:
            self._draft.drop()
        self._draft = self._talk.think(transcript.text)
        self._draft.answer.marks |= {"asked_stt": transcript.asked_at, "stt": transcript.came_at}

    def settle(self, transcript: Transcript) -> PendingReply:
        """The answer to what was all: the one that was speculated on, if its words are these."""
        self.speculate(transcript)
        reply, self._draft = self._draft, None
        assert reply is not None
        return reply

    def hold(self) -> None:
        """The caller goes on. What was prepared is kept, in case it was but a breath and the words stay the same."""
        if self.ended is None:
            return
        if self.ended.answering is not None:
            self.ended.answering.cancel()
        self._draft = self.ended.reply or self._draft
        self.ended = None
        self._talk.supervisor.sounds()

    def leave(self) -> PendingReply | None:
        """Nobody waits any more for the answer to the turn that is over; it is the caller's to drop."""
        reply = self.reply
        if self.ended is not None and self.ended.answering is not None:
            self.ended.answering.cancel()
        self.ended = self._draft = None
        return reply

    def drop(self) -> None:
        """What was being prepared is not wanted: the caller goes on, or has said something else."""
        if self._draft is not None:
            self._draft.drop()
        reply = self.leave()
        if reply is not None:
            reply.drop()
