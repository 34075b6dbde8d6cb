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
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from prometheus_client import Gauge
from pydantic import BaseModel, ValidationError

from gateway.config import Settings
from gateway.conversation.lead import lead_of
from gateway.conversation.session import Session
from gateway.peers import Peers
from mesh import logs
from mesh.errors import PeerDown, PeerError, PeerRefused
from mesh.kept import person
from mesh.kept.journal import Row
from mesh.kept.spool import Spool
from mesh.wire.common import Check
from mesh.wire.gateway import CloseRequest
from mesh.wire.lead_sender import SAVE, CallSummary, LeadRequest
from mesh.wire.logger import APPEND, Append, Event

EVENT, NOTE, LEAD, CLOSE = "event", "note", "lead", "close"
"""What waits: events that are part of the state, other events, leads, calls that are over and not summed up yet."""
WAITING = Gauge("gateway_unwritten", "Events and leads that logger and lead_sender have not taken yet.")
OLDEST = Gauge("gateway_unwritten_oldest_seconds", "Age of the oldest of them.")
REFUSED = Gauge("gateway_refused", "Events and leads that logger and lead_sender will never take as they are.")
RETRY_S, ADOPT_EVERY = 1.0, 5
STRANDED_S = 5.0  # whoever was to write it has gone: nothing takes longer
BATCH = 100  # events written at once; logger takes a body of 16 MiB
Model = TypeVar("Model", bound=BaseModel)
log = logs.get("record")


class Recorder:
    """Writes events and leads, and what is left of them in the background."""

    def __init__(self, settings: Settings, peers: Peers) -> None:
        self._settings, self._peers, self._deadline_s = settings, peers, settings.save_deadline_s
        size = int(settings.spool_max_mb * 1024 * 1024)
        self._spool = Spool(settings.spool_dir / "gateway.db", max_bytes=size, expendable=(NOTE, EVENT, CLOSE, LEAD))
        self._late: set[tuple[str, str]] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: list[asyncio.Task[None]] = []
        WAITING.set_function(lambda: self.waiting)
        OLDEST.set_function(lambda: self._spool.oldest_s)
        REFUSED.set_function(lambda: self._spool.refused)

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
        self._late |= {row.id for kind in (EVENT, NOTE, LEAD) for row in self._spool.rows(kind)}
        await asyncio.gather(self._write_events(), self._write_leads())
        await self._spool.aclose()

    @property
    def waiting(self) -> int:
        """Events and leads that should have been written by now."""
        stranded = time.monotonic() - STRANDED_S
        rows = (row for kind in (EVENT, NOTE, LEAD) for row in self._spool.rows(kind))
        return sum(row.id in self._late or row.since < stranded for row in rows)

    def check(self) -> Check:
        """How what waits is, for /health."""
        spool, waiting = self._spool, self.waiting
        said = f"{waiting} events and leads wait" + (f", the oldest for {spool.oldest_s:.0f} s" if waiting else "")
        said += f"; {spool.refused} were refused: python -m mesh.kept.journal {spool.path}" if spool.refused else ""
        said += f"; {spool.dropped} were dropped: the spool is full" if spool.dropped else ""
        said += f"; in memory only: {spool.trouble}" if spool.trouble else ""
        return Check(ok=not (waiting or spool.refused or spool.dropped or spool.trouble), detail=said)

    @property
    def trouble(self) -> str:
        """Why what waits would not survive us; "" when it would."""
        return self._spool.trouble if self._spool.waiting else ""

    def hold(self, session: Session, kind: str, data: dict[str, Any]) -> Row:
        """An event that is to be written next: should we die now, it will be written all the same."""
        return self._put_event(EVENT, _event(session, kind, data))

    async def event(self, session: Session, held: Row) -> None:
        """Write an event that is held. Raises PeerError when it has to wait; it is on disk then."""
        if not self._spool.has(held):
            return  # it has waited for so long that it was written meanwhile
        if self._spool.first(EVENT, session.id) is not held:
            # Order within a session is part of its meaning: nothing overtakes what waits.
            await self._wait(held)
            raise PeerDown("logger", "earlier events wait")
        append = Append(events=[Event.model_validate_json(held.body)])
        await self._write(held, lambda: self._peers.logger.call(APPEND, append, deadline_s=self._deadline_s))

    def later(self, session: Session, kind: str, data: dict[str, Any], *, once: str = "") -> None:
        """Write an event that is no part of the state, some time soon: nobody waits for it. `once` is its id."""
        self._put_event(NOTE, _event(session, kind, data, once))

    async def lead(self, session: Session, *, call: CallSummary | None = None) -> None:
        """Write the session's lead, to be delivered when the call is over, or after a time without news of it.

        Raises PeerError when it has to wait; it is on disk then, in its latest form.
        """
        request = lead_of(session, self._settings, call)
        earlier = self._spool.is_on_disk(LEAD, session.id)
        row = self._spool.put(LEAD, session.id, session.id, _json(request))
        if earlier:
            await self._spool.kept()  # else the next process would write the earlier one over this one
        lock = self._locks.setdefault(session.id, asyncio.Lock())
        if lock.locked():
            await self._wait(row)
            raise PeerDown("lead_sender", "an earlier lead of the session is on its way")
        async with lock:
            await self._write(row, lambda: self._peers.lead_sender.call(SAVE, request, deadline_s=self._deadline_s))

    def closing(self, session_id: str, request: CloseRequest) -> Row:
        """A call is over and is to be summed up: the next process will, if we cannot. `done` when it is."""
        return self._spool.put(CLOSE, uuid.uuid4().hex, session_id, _json(request))

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

    async def erase(self, phone: str, sessions: Iterable[str]) -> set[str]:
        """Delete what waits, and what was refused, of a person; the sessions that it was about."""
        theirs = person.forms(phone)
        return await self._spool.erase(sessions, lambda body: person.mentions(json.loads(body), theirs))

    def _put_event(self, kind: str, event: Event) -> Row:
        return self._spool.put(kind, event.id, event.session_id, _json(event))

    async def _wait(self, row: Row) -> None:
        """It has to wait."""
        self._late.add(row.id)
        await self._spool.kept()

    async def _write(self, row: Row, write: Callable[[], Awaitable[object]]) -> None:
        try:
            await write()
        except PeerRefused as error:
            if error.for_good:
                self._refuse(row, error.code, error.message)
            else:
                await self._wait(row)
            raise
        except PeerError:
            await self._wait(row)
            raise
        except BaseException:
            self._late.add(row.id)  # whoever asked for it has gone
            raise
        self._done(row)

    def _done(self, row: Row) -> None:
        self._spool.done(row)
        if not self._spool.has(row):
            self._late.discard(row.id)

    def _refuse(self, row: Row, code: str, message: str) -> None:
        if code == "erased":  # its person was, meanwhile: nothing of it is kept
            self._spool.done(row)
        else:  # trying again would not help: what was sent is itself at fault, and the operator must see it
            log.error("refused", kind=row.kind, session_id=row.topic, code=code, error=message)
            self._spool.refuse(row, f"{code}: {message}")
        self._late.discard(row.id)

    async def _retry(self, write: Callable[[], Awaitable[None]]) -> None:
        for count in itertools.count():
            await asyncio.sleep(RETRY_S)
            if count % ADOPT_EVERY == 0:
                await self._spool.adopt()
            try:
                await write()
            except Exception:  # whatever is wrong with one must not keep all others for ever
                log.exception("not written")

    def _due(self, kind: str) -> list[Row]:
        """What is to be tried again. Nothing of a session overtakes what is just being written of it."""
        stranded, found, busy = time.monotonic() - STRANDED_S, [], set()
        for row in self._spool.rows(kind):
            late = kind == NOTE or row.id in self._late or row.since < stranded
            if late and row.topic not in busy:
                found.append(row)
            else:
                busy.add(row.topic)
        return found

    async def _write_events(self) -> None:
        try:
            for kind in (EVENT, NOTE):
                due = self._due(kind)
                for start in range(0, len(due), BATCH):
                    await self._append(due[start : start + BATCH])
        except PeerError as error:
            log.warning("events wait", waiting=self.waiting, reason=error.reason)

    async def _append(self, rows: list[Row]) -> None:
        events = [event for row in rows if (event := self._read(row, Event))]
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
            self._refuse(rows[0], error.code, error.message)
        for row in rows:
            self._done(row)

    async def _write_leads(self) -> None:
        for row in self._due(LEAD):
            lock = self._locks.setdefault(row.topic, asyncio.Lock())
            if lock.locked():
                continue
            async with lock:
                request = self._read(row, LeadRequest)
                try:
                    if request:
                        await self._peers.lead_sender.call(SAVE, request, deadline_s=self._deadline_s, retries=0)
                except PeerRefused as error:
                    if error.for_good:
                        self._refuse(row, error.code, error.message)
                except PeerError as error:
                    log.warning("leads wait", waiting=self.waiting, reason=error.reason)
                    return
                else:
                    self._done(row)

    def _read(self, row: Row, model: type[Model]) -> Model | None:
        """What a row holds; None when an earlier version of us has put there what makes no sense any more."""
        try:
            return model.model_validate_json(row.body)
        except ValidationError as error:
            self._refuse(row, "unreadable", f"{error.error_count()} values make no sense")
            return None


def _json(model: BaseModel) -> str:
    return model.model_dump_json(exclude_none=True, by_alias=True)


def _event(session: Session, kind: str, data: dict[str, Any], once: str = "") -> Event:
    made = once or uuid.uuid4().hex
    return Event(id=made, session_id=session.id, type=kind, at=time.time(), service="gateway", data=data)
