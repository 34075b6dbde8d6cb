"""What must outlive this process: the session's events in logger, its lead in lead_sender.

Both are written while the answer is spoken. What cannot be written now is said so in the answer's `skipped`, kept
here, and tried again until it is written: nobody has to repeat a phone number because a service was restarting.
"""

import asyncio
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from prometheus_client import Gauge

from gateway.config import Settings
from gateway.peers import Peers
from gateway.session import Session
from mesh import logs, person
from mesh.errors import PeerError, PeerRefused
from mesh.wire.lead_sender import SAVE, CallSummary, LeadRequest
from mesh.wire.logger import APPEND, Append, Event

MAX_WAITING = 20_000
WAITING = Gauge("gateway_unwritten", "Events and leads that logger and lead_sender have not taken yet.")
RETRY_S = 1.0
BATCH = 100  # events written at once; logger takes a body of 16 MiB
log = logs.get("record")


class Recorder:
    """Writes events and leads, and what is left of them in the background."""

    def __init__(self, settings: Settings, peers: Peers) -> None:
        self._settings, self._peers, self._deadline_s = settings, peers, settings.save_deadline_s
        self._events: list[Event] = []
        self._later: list[Event] = []
        self._leads: OrderedDict[str, LeadRequest] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        WAITING.set_function(lambda: self.waiting)

    def start(self) -> None:
        """Begin to retry what waits."""
        self._task = asyncio.create_task(self._retry())

    async def aclose(self) -> None:
        """A last try for what waits."""
        if self._task:
            self._task.cancel()
        await self._flush()
        if self._events or self._leads:
            log.error("lost at the end", events=len(self._events), leads=len(self._leads))

    @property
    def waiting(self) -> int:
        """Events and leads that are not written yet."""
        return len(self._events) + len(self._leads)

    async def event(self, session: Session, kind: str, data: dict[str, Any]) -> None:
        """Write one event. Raises PeerError when it has to wait; it is kept then."""
        event = _event(session, kind, data)
        if any(waiting.session_id == session.id for waiting in self._events):
            # Order within a session is part of its meaning: nothing overtakes what waits.
            self._events.append(event)
            del self._events[:-MAX_WAITING]
            raise PeerRefused("logger", 503, "logger_unavailable", "earlier events wait")
        try:
            await self._peers.logger.call(APPEND, Append(events=[event]), deadline_s=self._deadline_s)
        except PeerError:
            self._events.append(event)
            raise

    def later(self, session: Session, kind: str, data: dict[str, Any]) -> None:
        """Write an event that is no part of the state, some time soon: nobody waits for it."""
        self._later.append(_event(session, kind, data))
        del self._later[:-MAX_WAITING]

    async def lead(self, session: Session, *, call: CallSummary | None = None) -> None:
        """Write the session's lead, to be delivered when the call is over, or after a time without news of it.

        Raises PeerError when it has to wait; it is kept then, in its latest form.
        """
        settings, partial = self._settings, not session.complete
        ended = session.confirmed and session.asked is None
        wait_s = 0 if call else settings.lead_end_s if ended else settings.lead_settle_s
        extra = {"caller": session.caller} if session.caller and partial else {}
        about = {"session_id": session.id, "scenario": session.scenario.name, "partial": partial, "call": call}
        heard = {name: one for name, one in session.form.heard.items() if name in session.fields}
        request = LeadRequest.model_validate(
            {**extra, **session.fields, **about, "heard": heard, "deliver_in_s": wait_s, "began": session.began}
        )
        try:
            await self._peers.lead_sender.call(SAVE, request, deadline_s=self._deadline_s)
        except PeerRefused as error:
            # Trying again would not help: the lead itself is at fault, and the operator must see it.
            log.error("lead refused", session_id=session.id, code=error.code, error=error.message)
            raise
        except PeerError:
            self._leads[session.id] = request
            raise
        self._leads.pop(session.id, None)

    def holds(self, sessions: set[str]) -> bool:
        """Whether events of one of some sessions wait."""
        return any(event.session_id in sessions for queue in (self._events, self._later) for event in queue)

    async def erase(self, phone: str, sessions: Iterable[str]) -> set[str]:
        """Drop what waits of a person; the sessions that it was about."""
        theirs, gone = person.forms(phone), set(sessions)
        gone |= {one for one, lead in self._leads.items() if person.mentions(lead.model_dump(), theirs)}
        for queue in (self._events, self._later):
            queue[:] = [event for event in queue if event.session_id not in gone]
        for session_id in gone:
            self._leads.pop(session_id, None)
        return gone

    async def _retry(self) -> None:
        while True:
            await asyncio.sleep(RETRY_S)
            await self._flush()

    async def _append(self, queue: list[Event]) -> None:
        batch = queue[:BATCH]
        try:
            await self._peers.logger.call(APPEND, Append(events=batch), retries=0)
        except PeerRefused as error:
            # Trying again would not help, and would keep all that waits behind it.
            log.error("events refused", events=len(batch), code=error.code, error=error.message)
        del queue[: len(batch)]

    async def _flush(self) -> None:
        try:
            for queue in (self._events, self._later):
                while queue:
                    await self._append(queue)
        except PeerError as error:
            log.warning("events wait", waiting=len(self._events), reason=error.reason)
        for session_id, request in list(self._leads.items()):
            try:
                await self._peers.lead_sender.call(SAVE, request, retries=0)
            except PeerRefused as error:
                log.error("lead refused", session_id=session_id, code=error.code, error=error.message)
            except PeerError as error:
                log.warning("leads wait", waiting=len(self._leads), reason=error.reason)
                return
            if self._leads.get(session_id) is request:
                del self._leads[session_id]


def _event(session: Session, kind: str, data: dict[str, Any]) -> Event:
    return Event(id=uuid.uuid4().hex, session_id=session.id, type=kind, at=time.time(), service="gateway", data=data)
