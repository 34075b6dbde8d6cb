"""Calls that are over: each is summed up once, by this process or by the next.

| peer        | slow or down                                             | it lies                       |
| ----------- | -------------------------------------------------------- | ----------------------------- |
| gpt         | the rules sum up (call_summary.py)                       | same                          |
| logger      | of a call that an earlier process left: tried again      | same                          |
| lead_sender | the lead waits in the spool                              | record.py                     |
"""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.conversation.call_summary import summarise
from gateway.conversation.model import Model
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from mesh import logs
from mesh.errors import PeerError
from mesh.kept.journal import Row
from mesh.wire import events
from mesh.wire.gateway import CloseRequest

RETRY_S = 2.0
LAST_S = 3.0
"""Left for summaries when the process is to end."""
Rebuilt = Callable[[str], Awaitable[Session | None]]
log = logs.get("closings")


class Closings:
    """Sums calls up. `rebuilt` gives a session by its events and may raise PeerError."""

    def __init__(self, recorder: Recorder, model: Model, rebuilt: Rebuilt) -> None:
        self._recorder, self._model, self._rebuilt = recorder, model, rebuilt
        self._running: set[asyncio.Task[None]] = set()
        self._ours: set[str] = set()
        """Calls that this process sums up, by the keys of their rows."""
        self._recovering: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Finish what earlier processes have left."""
        self._recovering = asyncio.create_task(self._recover())

    async def aclose(self) -> None:
        """Some time for what is being summed up; the rest is for the next process."""
        if self._recovering:
            self._recovering.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=LAST_S)
        for task in list(self._running):
            task.cancel()

    async def expect(self, session_id: str, request: CloseRequest) -> Row:
        """A call is about to be summed up here: should we die before, the next process will.

        It is on disk before the end of the session is known anywhere: whoever asks then for its end once more is told
        that it has ended.
        """
        row = self._recorder.closing(session_id, request)
        self._ours.add(row.key)
        await self._recorder.kept()
        return row

    def begin(self, row: Row, session: Session, request: CloseRequest) -> None:
        """Sum a call up. Nobody waits for it: a model may take its time."""
        task = asyncio.create_task(self._sum_up(row, session, request.duration_s or 0))
        self._ours.add(row.key)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def put_off(self, session_id: str, request: CloseRequest) -> None:
        """End a call and sum it up when it is known again."""
        self._recorder.closing(session_id, request)
        await self._recorder.kept()

    async def _sum_up(self, row: Row, session: Session, duration_s: float) -> None:
        found = await summarise(session, self._model, duration_s)
        # The same call summed up twice, by us and by the process that died over it, is the same event.
        self._recorder.later(session, events.Summary.model_validate(found.model_dump()), once=f"sum_{row.key}")
        if session.fields or session.unsaved:
            await Turn().optional("lead_sender", self._recorder.lead(session, call=found))
        self._recorder.done(row)
        self._ours.discard(row.key)

    async def _recover(self) -> None:
        unsaved = self._recorder.unwritten()
        while True:
            try:
                for session_id in list(unsaved):
                    await self._save(session_id)
                    unsaved.discard(session_id)
                await self._resume()
            except PeerError as error:
                log.warning("calls of an earlier process wait", reason=error.reason)
            await asyncio.sleep(RETRY_S)

    async def _save(self, session_id: str) -> None:
        """The lead of a session in whose midst a process died: it may never have been sent."""
        session = await self._rebuilt(session_id)
        if session and session.fields:
            log.info("saved again", session_id=session_id)
            await Turn().optional("lead_sender", self._recorder.lead(session))

    async def _resume(self) -> None:
        for row, request in self._recorder.closings():
            if row.key in self._ours:
                continue
            session = await self._rebuilt(row.topic)
            if session is None:
                self._recorder.done(row)  # nothing was said in it, or it was erased
            elif row.key not in self._ours:
                log.info("summed up later", session_id=row.topic)
                if not session.closed:
                    closed = self._recorder.hold(session, events.Ended.model_validate(request.model_dump()))
                    await Turn().optional("logger", self._recorder.event(session, closed))
                self.begin(row, session, request)
