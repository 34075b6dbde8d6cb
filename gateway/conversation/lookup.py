"""The session of an id: in memory, or rebuilt from its events, whoever began it.

| peer   | deadline | slow or down                                                             | it lies |
| ------ | -------- | ------------------------------------------------------------------------ | ------- |
| logger | 2 s      | what waits here is all that is known; the rest follows when it is back   | same    |
"""

import secrets

from gateway.conversation.record import Recorder
from gateway.conversation.session import Session, rebuild
from gateway.conversation.sessions import Sessions
from gateway.conversation.steps import Turn
from gateway.scenario.files import Scenarios
from mesh.auth import LOCAL, Principal
from mesh.client import Client
from mesh.errors import ApiError, PeerDown, PeerError
from mesh.wire.logger import EVENTS


class Lookup:
    """Finds sessions."""

    def __init__(self, logger: Client, recorder: Recorder, scenarios: Scenarios, sessions: Sessions) -> None:
        self._logger, self._recorder, self._scenarios, self._sessions = logger, recorder, scenarios, sessions

    async def session(
        self, turn: Turn, session_id: str | None, scenario: str | None, called: str | None, asking: Principal = LOCAL
    ) -> Session:
        """The session of an id, or a new one, which is then theirs who ask.

        Raises BadInput unknown_scenario, ApiError 404 for somebody else's session, 503 when nobody can say whose it is.
        """
        chosen = self._scenarios.choose(scenario, called)
        language, owner = chosen.default_language, asking.owner
        if session_id is None:
            return self._sessions.add(Session(secrets.token_urlsafe(12), chosen, language, owner=owner))
        known = await self.known(turn, session_id)
        check_theirs(turn, known, asking)
        new = Session(session_id, chosen, language, whole="logger" not in turn.skipped, owner=owner)
        session = known or self._sessions.add(new)
        check_theirs(turn, session, asking)  # somebody else may have begun it a moment ago
        return session

    async def known(self, turn: Turn, session_id: str) -> Session | None:
        """The session in memory, or rebuilt from its events: another gateway, or this one before a crash, began it."""
        session = self._sessions.get(session_id)
        if session is not None and (session.whole or self._recorder.waits(session_id)):
            return session
        try:
            rebuilt = await turn.step("logger", self.rebuilt(session_id))
        except PeerError as error:
            turn.skipped["logger"] = error.message
            return session or await self._in_part(session_id)
        if session is None:
            return self._sessions.add(rebuilt) if rebuilt else None
        async with session.lock:
            session.become(rebuilt or session)
            session.whole = True
        return session

    async def rebuilt(self, session_id: str) -> Session | None:
        """A session as its events tell it: those that logger has, and those that wait here. Raises PeerError."""
        waiting = await self._recorder.events_of(session_id)
        found = await self._logger.call(EVENTS, path={"session_id": session_id}, retries=0)
        known = {event.id for event in found.events}
        events = [*found.events, *(event for event in waiting if event.id not in known)]
        return rebuild(session_id, events, self._scenarios)

    async def _in_part(self, session_id: str) -> Session | None:
        known = rebuild(session_id, await self._recorder.events_of(session_id), self._scenarios)
        if known:
            known.whole = False
        return self._sessions.add(known) if known else None


def check_theirs(turn: Turn, session: Session | None, asking: Principal) -> None:
    """Raises ApiError 404 unless a session that is known belongs to who asks; 503 when that cannot be known now."""
    if asking.role == "user" and "logger" in turn.skipped and not (session and (session.whole or session.owner)):
        raise PeerDown("logger", turn.skipped["logger"])
    if session is not None and not asking.sees(session.owner):
        raise ApiError(404, "not_found", "There is no such session.")
