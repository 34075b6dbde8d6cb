"""Persons by their telephone numbers, and accounts: how a number enters, how all that is kept of them is erased.

| peer         | deadline | slow or down                                                            | it lies |
| ------------ | -------- | ----------------------------------------------------------------------- | ------- |
| logger       | 30 s     | the rest is erased all the same; the reply is 503, says what is left,   | same    |
| lead_sender  | 20 s     | and that the request is to be repeated: it erases what is left          | same    |
| tts          | 10 s     |                                                                         |         |
| call_handler | 5 s      | same; what it brings later logger does not take                         | same    |
| storage      | -        | is logger's to ask: it asks until storage has deleted all; 202 meanwhile | same    |
"""

import asyncio
import re
import time
from collections.abc import Awaitable
from dataclasses import asdict
from typing import TypeVar

from gateway.conversation.conversation import Conversation
from gateway.conversation.numbers import normal
from gateway.conversation.record import Recorder
from gateway.conversation.session import Session
from gateway.peers import Peers
from mesh import logs
from mesh.errors import ApiError, BadInput, PeerError
from mesh.kept import person
from mesh.wire import call_handler, lead_sender, logger, tts
from mesh.wire.gateway import Erased, OwnerErased

FLUSH_S = 3.0
MOST = 20_000
"""Sessions that one service tells another; each finds those that it knows by itself."""
_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
Reply = TypeVar("Reply")
log = logs.get("people")


class People:
    """Erases."""

    def __init__(self, peers: Peers, conversation: Conversation, recorder: Recorder) -> None:
        self._peers, self._conversation, self._recorder = peers, conversation, recorder

    async def erase(self, said: str, region: str | None = None) -> Erased:
        """Erase a person, by number, or by what the network gave instead of one. A number without a country code is
        one of `region`, or of the default scenario's.

        Raises BadInput invalid_phone, ApiError own_number, erasure_incomplete.
        """
        number = self._number(said, region)
        theirs = person.forms(number)
        live = {session.id for session in self._conversation.sessions if person.mentions(_known(session), theirs)}
        request = logger.EraseRequest(phone=number, at=time.time())
        return Erased(phone=number, **await self._everywhere(request, live, said=said))

    async def erase_owner(self, owner: str) -> OwnerErased:
        """Erase what belongs to an account, as for a person. Raises ApiError erasure_incomplete."""
        live = {session.id for session in self._conversation.sessions if session.owner == owner}
        request = logger.EraseRequest(owner=owner, at=time.time())
        return OwnerErased(owner=owner, **await self._everywhere(request, live))

    async def _everywhere(self, request: logger.EraseRequest, live: set[str], *, said: str = "") -> dict[str, int]:
        """Erase in every service; how much of what is gone. `live`: sessions here that are known to be theirs."""
        number, failed = request.phone, dict[str, str]()

        async def ask(peer: str, call: Awaitable[Reply]) -> Reply | None:
            try:
                return await call
            except PeerError as error:
                failed[peer] = error.message
                return None

        look = request.model_copy(update={"look": True})
        saved = await ask("lead_sender", self._peers.lead_sender.call(lead_sender.ERASE_ALL, look))
        sessions = sorted(live.union(saved.sessions if saved else ()))
        look.sessions = request.sessions = sessions[:MOST]
        found = await ask("logger", self._peers.logger.call(logger.ERASE, look))
        somebody = failed or not number or _E164.fullmatch(number) or sessions or (found and found.sessions)
        if not somebody:
            raise BadInput("invalid_phone", f"{said!r} is no telephone number; give it as +14155550123.")
        if found:
            await self._settled({*sessions, *found.sessions})
        gone = await ask("logger", self._peers.logger.call(logger.ERASE, request))
        request.sessions = sorted({*sessions, *(gone.sessions if gone else ())})[:MOST]
        for session_id in request.sessions:
            self._conversation.sessions.erase(session_id)
        await ask("tts", self._peers.tts.call(tts.FORGET))
        if gone:
            await self._settled(set(request.sessions))
            await self._recorder.erase(number, request.sessions, request.owner)
        erased = await ask("lead_sender", self._peers.lead_sender.call(lead_sender.ERASE_ALL, request))
        drop = call_handler.DropRequest(sessions=request.sessions, phone=number)
        dropped = await ask(
            "call_handler",
            self._peers.call_handler.call(call_handler.DROP, drop, headers=self._conversation.tools.credentials),
        )
        result = {
            "leads": erased.erased if erased else 0,
            "sessions": len(request.sessions),
            "events": gone.events if gone else 0,
            "objects": len(gone.objects) if gone else 0,
            "recordings": dropped.recordings if dropped else 0,
            "waiting": gone.waiting if gone else 0,
        }
        log.info("a person is erased", phone=number, owner=request.owner, **result, failed=sorted(failed))
        if failed:
            done = ", ".join(f"{name} {count}" for name, count in result.items() if name != "waiting")
            left = "; ".join(f"{peer}: {why}" for peer, why in failed.items())
            raise ApiError(503, "erasure_incomplete", f"Something is left: {left}. Ask again. Erased so far: {done}.")
        return result

    async def _settled(self, sessions: set[str]) -> None:
        """Logger must see the events that still wait here: they name what storage keeps."""
        until = time.monotonic() + FLUSH_S
        while self._recorder.holds(sessions) and time.monotonic() < until:  # noqa: ASYNC110 (a second, once a person)
            await asyncio.sleep(0.05)

    def _number(self, said: str, region: str | None) -> str:
        """The number that is meant. Raises ApiError own_number for one of ours: all sessions would go with it."""
        conversation = self._conversation
        scenarios, chosen = conversation.scenarios.by_name.values(), conversation.scenarios.choose(None)
        # Elsewhere the same digits are somebody else's.
        number = normal(said, region or conversation.region(chosen, chosen.default_language))
        if not number:
            raise BadInput("invalid_phone", "A telephone number is wanted, as +14155550123.")
        ours = {one for scenario in scenarios for one in scenario.numbers}
        ours |= {scenario.transfer.number for scenario in scenarios if scenario.transfer}
        if number in ours:
            raise ApiError(409, "own_number", "This is a number of your own, in a scenario: no person is erased by it.")
        return number


def _known(session: Session) -> dict[str, object]:
    """What a session holds of its person."""
    said = [message.content for message in session.history if message.role == "user"]
    return {"caller": session.caller, "fields": session.fields, "form": asdict(session.form), "said": said}
