"""The end of a call: told to gateway; and known of a call whose webhooks come once more.

| peer    | slow or down                                                    | it lies |
| ------- | --------------------------------------------------------------- | ------- |
| gateway | told again for two minutes: Twilio says it once                 | same    |
| logger  | a call counts as one that goes on: callers are worth more       | same    |
"""

import asyncio
import time

from call_handler.providers.twilio import call_sid
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError, PeerRefused
from mesh.numbers import DAY_S, whole
from mesh.wire.gateway import CLOSE, CloseRequest
from mesh.wire.logger import EVENTS

ENDED = {"completed", "busy", "failed", "no-answer", "canceled"}
CLOSE_RETRY_S, CLOSE_TRIES = 2.0, 60
LOOK_S = 0.5
SILENT_S = 900.0
"""A call of which nothing was heard for so long has ended, though nobody has said so."""
log = logs.get("ends")


class Ends:
    """Of Twilio's calls."""

    def __init__(self, gateway: Client, logger: Client) -> None:
        self._gateway, self._logger = gateway, logger
        self._closing: set[asyncio.Task[None]] = set()

    def aclose(self) -> None:
        """Sessions that are not closed yet end by themselves after their time."""
        for task in self._closing:
            task.cancel()

    async def over(self, sid: str) -> bool:
        """Whether a call has ended: a webhook that says anything else of it was recorded, and is played again."""
        try:
            events = (await self._logger.call(EVENTS, path={"session_id": sid}, deadline_s=LOOK_S, retries=0)).events
        except PeerError as error:
            log.warning("nobody knows whether the call is over", session_id=sid, reason=error.reason)
            return False
        return any(event.type == "closed" for event in events) or (
            bool(events) and events[-1].at < time.time() - SILENT_S
        )

    async def ended(self, form: dict[str, str]) -> None:
        """A status callback. The end of a call ends its session; a repeated one changes nothing.

        Twilio says it once, so with gateway down it is said again here, for a while.
        """
        status = form.get("CallStatus", "")
        if status not in ENDED:
            return
        request = CloseRequest(reason=status, duration_s=whole(form.get("CallDuration", ""), DAY_S))
        sid = call_sid(form)
        if not await self._close(sid, request):
            task = asyncio.create_task(self._close_later(sid, request))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close(self, sid: str, request: CloseRequest) -> bool:
        try:
            await self._gateway.call(CLOSE, request, path={"session_id": sid})
        except PeerError as error:
            log.warning("session not closed", session_id=sid, reason=error.reason)
            return isinstance(error, PeerRefused)
        return True

    async def _close_later(self, sid: str, request: CloseRequest) -> None:
        for _ in range(CLOSE_TRIES):
            await asyncio.sleep(CLOSE_RETRY_S)
            if await self._close(sid, request):
                return
