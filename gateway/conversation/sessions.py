"""Sessions in memory."""

import time
from collections import OrderedDict
from collections.abc import Iterator

from gateway.conversation.session import Session


class Sessions:
    """Sessions in memory: at most so many, forgotten after a time of silence (logger still has them)."""

    def __init__(self, limit: int, ttl_s: float) -> None:
        self._limit, self._ttl_s = limit, ttl_s
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def get(self, session_id: str) -> Session | None:
        """The session, if it is in memory; it counts as touched."""
        session = self._sessions.get(session_id)
        if session is not None:
            session.touched = time.monotonic()
            self._sessions.move_to_end(session_id)
        return session

    def add(self, session: Session) -> Session:
        """Keep a session; one of the same id that was added meanwhile wins."""
        kept = self._sessions.setdefault(session.id, session)
        oldest = time.monotonic() - self._ttl_s
        while self._sessions:
            first = next(iter(self._sessions.values()))
            if len(self._sessions) <= self._limit and first.touched > oldest:
                break
            self._sessions.popitem(last=False)
        return kept

    def erase(self, session_id: str) -> None:
        """Forget a session, and its person wherever it is still in use: a call may be in progress."""
        session = self._sessions.pop(session_id, None)
        if session is not None:
            session.forget()

    def remove(self, session_id: str) -> None:
        """Forget a session that is over."""
        self._sessions.pop(session_id, None)
