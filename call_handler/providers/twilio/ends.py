"""The end of a call: told to gateway; and known of a call whose webhooks come once more.

| peer    | slow or down                                                    | it lies |
| ------- | --------------------------------------------------------------- | ------- |
| logger  | a call counts as one that goes on: callers are worth more       | same    |
"""

import time

from call_handler.promises import Promises
from call_handler.providers.twilio.calls import call_sid
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError
from mesh.numbers import DAY_S, whole
from mesh.wire.gateway import CloseRequest
from mesh.wire.logger import EVENTS

ENDED = {"completed", "busy", "failed", "no-answer", "canceled"}
LOOK_S = 0.5
SILENT_S = 900.0
"""A call of which nothing was heard for so long has ended, though nobody has said so."""
log = logs.get("ends")


class Ends:
    """Of Twilio's calls."""

    def __init__(self, promises: Promises, logger: Client) -> None:
        self._promises, self._logger = promises, logger

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

        Twilio says it once, so with gateway down it is kept here and said again.
        """
        status = form.get("CallStatus", "")
        if status not in ENDED:
            return
        request = CloseRequest(reason=status, duration_s=whole(form.get("CallDuration", ""), DAY_S))
        await self._promises.ended(call_sid(form), request)
