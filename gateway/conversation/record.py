"""What must outlive this process: the session's events in logger, its lead in lead_sender.

Both are written while the answer is spoken. What cannot be written now is said so in the answer's `skipped`, kept on
disk (mesh.kept.spool) and tried again until it is written, by this process or by the next: nobody has to repeat a phone
number because services were restarting.

| peer        | slow or down                               | refuses (4xx)                                           |
| ----------- | ------------------------------------------ | ------------------------------------------------------- |
| logger      | events wait, in order within their session | the event is kept apart: /health and the log say so     |
| lead_sender | the lead waits, in its latest form         | same; the session's next lead takes its place           |
| the disk    | /health and `skipped` say that memory alone has it                                                   |
"""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from weakref import WeakValueDictionary

from gateway.config import Settings
from gateway.conversation.lead import lead_of
from gateway.conversation.outgoing import CLOSE, EVENT, LEAD, NOTE, Outgoing
from gateway.conversation.session import Session
from gateway.peers import Peers
from mesh import logs
from mesh.errors import PeerDown, PeerError, PeerRefused
from mesh.kept import person
from mesh.kept.journal import Row
from mesh.wire.common import Check
from mesh.wire.events import SessionEvent, kept
from mesh.wire.gateway import CloseRequest
from mesh.wire.lead_sender import SAVE, CallSummary, LeadRequest
from mesh.wire.logger import APPEND, Append, Event

RETRY_S, ADOPT_EVERY = 1.0, 5
BATCH = 100  # events written at once; logger takes a body of 16 MiB
log = logs.get("record")


class Recorder:
    """Writes events and leads, and what is left of them in the background."""

    def __init__(self, settings: Settings, peers: Peers) -> None:
        self._settings, self._peers, self._deadline_s = settings, peers, settings.save_deadline_s
        size = int(settings.spool_max_mb * 1024 * 1024)
        self._outgoing = Outgoing(settings.spool_dir, size)
        self._spool = self._outgoing.spool
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Read what an earlier process has left."""
        await self._spool.open()
        if self._spool.waiting:
            log.info("left by an earlier process", waiting=self._spool.waiting)

    def start(self) -> None:
        """Begin to retry what waits. Logger and lead_sender do not wait for one another."""
        self._tasks = [asyncio.create_task(self._retry(each)) for each in (self._write_events, self._write_leads)]

    async def aclose(self) -> None:
        """A last try for what waits; the rest is for the next process."""
        for task in self._tasks:
            task.cancel()
        self._outgoing.all_late()
        await asyncio.gather(self._write_events(), self._write_leads())
        await self._spool.aclose()

    @property
    def trouble(self) -> str:
        """Why what waits would not survive us; "" when it would."""
        return self._outgoing.trouble

    def check(self) -> Check:
        """How what waits is, for /health."""
        return self._outgoing.check()

    def hold(self, session: Session, event: SessionEvent) -> Row:
        """An event that is to be written next: should we die now, it will be written all the same."""
        return self._put_event(EVENT, _event(session, event))

    async def event(self, session: Session, held: Row) -> None:
        """Write an event that is held. Raises PeerError when it has to wait; it is on disk then."""
        if not self._spool.has(held):
            return  # it has waited for so long that it was written meanwhile
        if self._spool.first(EVENT, session.id) is not held:
            # Order within a session is part of its meaning: nothing overtakes what waits.
            await self._outgoing.wait(held)
            raise PeerDown("logger", "earlier events wait")
        append = Append(events=[Event.model_validate_json(held.body)])
        await self._outgoing.write(held, lambda: self._peers.logger.call(APPEND, append, deadline_s=self._deadline_s))

    def later(self, session: Session, event: SessionEvent, *, once: str = "") -> None:
        """Write an event that is no part of the state, some time soon: nobody waits for it. `once` is its id."""
        self._put_event(NOTE, _event(session, event, once))

    async def lead(self, session: Session, *, call: CallSummary | None = None) -> None:
        """Write the session's lead, to be delivered when the call is over, or after a time without news of it.

        Raises PeerError when it has to wait; it is on disk then, in its latest form.
        """
        request = lead_of(session, self._settings, call)
        earlier = self._spool.is_on_disk(LEAD, session.id)
        row = self._outgoing.put(LEAD, session.id, session.id, request)
        if earlier:
            await self._spool.kept()  # else the next process would write the earlier one over this one
        lock = self._locks.setdefault(session.id, asyncio.Lock())
        if lock.locked():
            await self._outgoing.wait(row)
            raise PeerDown("lead_sender", "an earlier lead of the session is on its way")
        async with lock:
            await self._outgoing.write(
                row, lambda: self._peers.lead_sender.call(SAVE, request, deadline_s=self._deadline_s)
            )

    def closing(self, session_id: str, request: CloseRequest) -> Row:
        """A call is over and is to be summed up: the next process will, if we cannot. `done` when it is."""
        return self._outgoing.put(CLOSE, uuid.uuid4().hex, session_id, request)

    async def kept(self) -> None:
        """Wait until all that waits is on disk, if the disk takes it."""
        await self._spool.kept()

    def closings(self) -> list[tuple[Row, CloseRequest]]:
        """Calls that are over and not summed up."""
        return [(row, CloseRequest.model_validate_json(row.body)) for row in self._spool.rows(CLOSE)]

    def done(self, closing: Row) -> None:
        """A call is summed up."""
        self._spool.done(closing)

    def unwritten(self) -> set[str]:
        """The sessions of which events wait."""
        return {row.topic for row in self._spool.rows(EVENT)}

    def waits(self, session_id: str) -> bool:
        """Whether events of a session wait."""
        return self._spool.first(EVENT, session_id) is not None

    async def events_of(self, session_id: str) -> list[Event]:
        """Events of a session that logger does not have yet, oldest first; its story goes on here."""
        return [Event.model_validate_json(row.body) for row in await self._spool.about(session_id) if row.kind == EVENT]

    def holds(self, sessions: set[str]) -> bool:
        """Whether events of one of some sessions wait."""
        return any(row.topic in sessions for kind in (EVENT, NOTE) for row in self._spool.rows(kind))

    async def erase(self, phone: str, sessions: Iterable[str], owner: str | None = None) -> set[str]:
        """Delete what waits, and what was refused, of a person or an owner; the sessions that it was about."""
        theirs = person.forms(phone) if phone else frozenset[str]()

        def matches(body: str) -> bool:
            said = json.loads(body)
            if owner is None:
                return person.mentions(said, theirs)
            return owner in (said.get("owned_by"), (said.get("data") or {}).get("owner"))

        return await self._spool.erase(sessions, matches)

    def _put_event(self, kind: str, event: Event) -> Row:
        return self._outgoing.put(kind, event.id, event.session_id, event)

    async def _retry(self, write: Callable[[], Awaitable[None]]) -> None:
        for count in itertools.count():
            await asyncio.sleep(RETRY_S)
            if count % ADOPT_EVERY == 0:
                await self._spool.adopt()
            try:
                await write()
            except Exception:  # whatever is wrong with one must not keep all others for ever
                log.exception("not written")

    async def _write_events(self) -> None:
        try:
            for kind in (EVENT, NOTE):
                due = self._outgoing.due(kind)
                for start in range(0, len(due), BATCH):
                    await self._append(due[start : start + BATCH])
        except PeerError as error:
            log.warning("events wait", waiting=self._outgoing.waiting, reason=error.reason)

    async def _append(self, rows: list[Row]) -> None:
        events = [event for row in rows if (event := self._outgoing.read(row, Event))]
        try:
            if events:
                await self._peers.logger.call(APPEND, Append(events=events), retries=0)
        except PeerRefused as error:
            if not error.for_good:
                raise
            if len(rows) > 1:  # one of them is at fault: not all that it came with
                for row in rows:
                    await self._append([row])
                return
            self._outgoing.refuse(rows[0], error.code, error.message)
        for row in rows:
            self._outgoing.done(row)

    async def _write_leads(self) -> None:
        for row in self._outgoing.due(LEAD):
            lock = self._locks.setdefault(row.topic, asyncio.Lock())
            if lock.locked():
                continue
            async with lock:
                request = self._outgoing.read(row, LeadRequest)
                try:
                    if request:
                        await self._peers.lead_sender.call(SAVE, request, deadline_s=self._deadline_s, retries=0)
                except PeerRefused as error:
                    if error.for_good:
                        self._outgoing.refuse(row, error.code, error.message)
                except PeerError as error:
                    log.warning("leads wait", waiting=self._outgoing.waiting, reason=error.reason)
                    return
                else:
                    self._outgoing.done(row)


def _event(session: Session, event: SessionEvent, once: str = "") -> Event:
    made, data = once or uuid.uuid4().hex, kept(event)
    if session.owner and "owner" in type(event).model_fields:
        data["owner"] = session.owner
    return Event(id=made, session_id=session.id, type=event.type, at=time.time(), service="gateway", data=data)
