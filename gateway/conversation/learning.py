"""What models find in turns, taken into the sessions when it comes: beside the answers, or long after them."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.conversation.model import Beside
from gateway.conversation.session import Session
from gateway.conversation.understanding import Plan, Understanding
from mesh.wire.events import SessionEvent

Write = Callable[[SessionEvent], Awaitable[None]]


class Learning:
    """The one that changes sessions by what models found. It waits for each as long as the model has time."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        self._tasks: dict[asyncio.Task[None], str] = {}

    def learn(self, session: Session, plan: Plan, write: Write) -> None:
        """A turn is taken: what is found in it fills the form, and is written as an event, with the lead."""
        if plan.beside is None:
            return
        plan.beside.wanted = True
        task = asyncio.create_task(self._fill(session, plan, plan.beside, write))
        self._tasks[task] = session.id
        task.add_done_callback(self._tasks.pop)

    async def settled(self, session_id: str) -> None:
        """Return when nothing is being looked for in a session's turns any more."""
        tasks = [task for task, its in self._tasks.items() if its == session_id]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def aclose(self) -> None:
        """Return when nothing is being looked for at all."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fill(self, session: Session, plan: Plan, beside: Beside, write: Write) -> None:
        found = await beside.at_last()
        async with session.lock:
            event = self._understanding.learned(session, plan, found)
            if event is not None:
                session.apply(event)
                session.unsaved = True
                await write(event)
