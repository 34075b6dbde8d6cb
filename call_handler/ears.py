"""Whether our own stt understands a telephone: it decides between `stream` and `gather` where TWILIO_MODE is auto."""

import asyncio
import time

from mesh.client import Client
from mesh.errors import PeerError
from mesh.wire.common import HEALTH

FRESH_S, DEADLINE_S = 10.0, 1.0
WEAK = ("", "pocketsphinx")
"""Engines that make nothing of 8 kHz: pocketsphinx is what a machine without models has."""


class Ears:
    """Asks stt, and remembers its answer for a while. Without stt there is nothing to stream to."""

    def __init__(self, stt: Client) -> None:
        self._stt = stt
        self._good, self._until = False, 0.0
        self._lock = asyncio.Lock()

    async def good(self) -> bool:
        """Whether it understands."""
        async with self._lock:
            if time.monotonic() > self._until:
                try:
                    self._good = (await self._stt.call(HEALTH, deadline_s=DEADLINE_S)).engine not in WEAK
                except PeerError:
                    self._good = False
                self._until = time.monotonic() + FRESH_S
        return self._good
