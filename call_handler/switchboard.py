"""All calls with audio of this process, whoever brings them: how many there may be, and what follows each of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from call_handler.config import Settings
from call_handler.media import Carrier, MediaCall, Phrases
from call_handler.promises import Promises
from call_handler.recording import Recordings
from call_handler.then import Then, Transfer
from mesh.wire.realtime import ServerEvent

KEPT = 5_000
"""Ends of calls that are remembered for the webhook that asks what comes next."""
LEAVE_S = 8.0
"""Longest goodbye of all calls together, when we stop."""
Listen = Callable[[MediaCall, "asyncio.Task[None]"], Awaitable[bool]]
"""Reads a provider's socket to its end; whether the caller has hung up (else the call may come back)."""
Watch = Callable[[ServerEvent], Awaitable[None]]


class Switchboard:
    """Connects carriers to gateway."""

    def __init__(
        self,
        settings: Settings,
        phrases: Phrases,
        recordings: Recordings,
        *,
        promises: Promises,
        text: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._settings, self._phrases, self._recordings = settings, phrases, recordings
        self._promises, self._text = promises, text
        self._calls: dict[str, tuple[MediaCall, Carrier]] = {}
        self.after: dict[str, Then] = {}
        """What comes after a call's audio, by session."""
        self.ending: Callable[[], bool] = lambda: False
        """Whether we are about to stop, and take no more calls."""

    @property
    def active(self) -> int:
        """Calls in progress."""
        return len(self._calls)

    @property
    def full(self) -> bool:
        """One more must be told that we are busy."""
        return self.ending() or self.active >= self._settings.max_calls

    async def connect(
        self, carrier: Carrier, session_id: str, query: dict[str, str], listen: Listen, *, watch: Watch | None = None
    ) -> None:
        """One call, to its end. `query` may name scenario, language, caller, called."""
        call = MediaCall(
            carrier,
            self._settings.gateway_url,
            {"session_id": session_id, **{name: value for name, value in query.items() if value}},
            phrases=self._phrases,
            recordings=self._recordings,
            promises=self._promises,
            watch=watch,
            token=self._settings.calls_token.get_secret_value(),
        )
        self._calls[session_id] = (call, carrier)
        running = asyncio.create_task(call.run())
        hung_up = True
        try:
            hung_up = await listen(call, running)
        finally:
            mine = self._calls.get(session_id, (None,))[0] is call
            if mine:
                del self._calls[session_id]
            if carrier.then is not None:
                self.follow(session_id, carrier.then)
            if hung_up and carrier.then is None:
                await call.aclose("hangup")
            else:
                call.keep_session()
            running.cancel()
            if mine:
                await self._recordings.end(session_id, finished=hung_up or carrier.then is not None)
            then = carrier.then
            if isinstance(then, Transfer) and then.announce == "text" and then.summary:
                await self._text(then.number, then.summary)

    async def hang_up(self, session_id: str, then: Then) -> bool:
        """End a call from outside; whether it was in progress here."""
        self.follow(session_id, then)
        if session_id not in self._calls:
            return False
        call, carrier = self._calls[session_id]
        await carrier.hang_up(then)
        await call.aclose(then.reason)
        return True

    async def leave(self) -> None:
        """We stop, and calls are in progress: their callers are told, and promised a call back."""
        for call, _ in self._calls.values():
            call.leave()
        deadline = time.monotonic() + LEAVE_S
        while self.active and time.monotonic() < deadline:  # noqa: ASYNC110 (once)
            await asyncio.sleep(0.05)

    def follow(self, session_id: str, then: Then) -> None:
        """Remember what comes after a call."""
        self.after[session_id] = then
        while len(self.after) > KEPT:
            del self.after[next(iter(self.after))]
