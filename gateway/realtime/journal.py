"""What happens in a call, written in its order, and its lead with it the moment it is heard."""

import asyncio

from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.realtime.setup import House
from mesh.kept.journal import Row
from mesh.wire.events import SessionEvent


class Journal:
    """One call's."""

    def __init__(self, house: House, session: Session) -> None:
        self._house, self._session = house, session
        self._rows: asyncio.Queue[Row] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def happened(self, event: SessionEvent) -> None:
        """It is part of the session from now on."""
        self._session.apply(event)
        self.put(event)

    def put(self, event: SessionEvent) -> None:
        """It is part of the session already."""
        self._rows.put_nowait(self._house.recorder.hold(self._session, event))

    async def late(self, event: SessionEvent) -> None:
        """A model has found it after the turn."""
        self.put(event)

    def note(self, event: SessionEvent) -> None:
        """It is no part of the session's state."""
        self._house.recorder.later(self._session, event)

    async def aclose(self) -> None:
        """Return when all is written, or waits where it survives us."""
        await self._house.conversation.learning.settled(self._session.id)
        await self._rows.join()
        self._writer.cancel()

    async def _write(self) -> None:
        while True:
            held = await self._rows.get()
            try:
                await self._house.conversation.write(Turn(), self._session, held)
            finally:
                self._rows.task_done()
