"""Twilio's webhooks: who may send them, and that each has its effect once."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response

from call_handler.providers.twilio.calls import call_sid
from call_handler.providers.twilio.ends import Ends
from call_handler.providers.twilio.repeats import KEPT_S, Repeats
from call_handler.providers.twilio.signature import TwilioGuard
from mesh.errors import ApiError

Form = dict[str, str]


class Webhooks:
    """Lets webhooks in that are Twilio's, and each of them once."""

    def __init__(self, guard: TwilioGuard, ends: Ends) -> None:
        self.guard, self.ends = guard, ends
        self._repeats = Repeats()

    async def once(
        self, request: Request, work: Callable[[Form], Coroutine[Any, Any, str]], *, at: int = 0, live: bool = False
    ) -> Response:
        """The answer to a webhook, whose work is done once though it comes again.

        `at`: when we asked for it, ms; `live`: it means nothing when the call is over. Raises ApiError.
        """
        form = await self.guard.form(request)
        if at and at / 1000 < time.time() - KEPT_S:
            raise ApiError(409, "call_over", "This webhook answers what was asked long ago.")

        async def begin() -> str:
            if live and await self.over(call_sid(form)):
                raise ApiError(409, "call_over", "This webhook is of a call that has ended.")
            return await work(form)

        document = await self._repeats.answer(self.guard.repeated(request, form), begin)
        return xml(document) if document else Response(status_code=204)

    async def over(self, sid: str) -> bool:
        """Whether a call has ended. Who tries us out, unsigned, may use an id again."""
        return self.guard.signed and await self.ends.over(sid)


def xml(document: str) -> Response:
    """TwiML, or another document, as Twilio wants it."""
    return Response(document, media_type="application/xml")
