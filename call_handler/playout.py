"""Playout: what gateway gives goes out in 20 ms frames on a monotonic clock, a little ahead (`lead_ms`).

Who is on the other end plays what it has been sent, so the lead is what a barge-in must throw away (`clear`) and what
hides our own hiccups. A mark follows each clause; that it comes back is the truth of what was heard. Twilio sends the
marks back after a `clear` too: those are void.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

FRAME = 160
"""Bytes of 20 ms of G.711 mu-law at 8 kHz."""
PER_MS = 8
STEP_S = 0.04
"""Two frames go out at each step."""
MAX_AUDIO = 600_000 * PER_MS
"""Longest item that is kept, bytes: ten minutes."""
SILENCE = b"\xff"
MARK_LATE_S = 1.5
"""A mark that does not come back counts by the clock after so long."""


class Line(Protocol):
    """The provider's side of one call."""

    marks: bool
    """It says when a mark has been played."""
    lead_ms: int
    """It takes so much ahead of what is being heard."""

    async def send_audio(self, frame: bytes) -> None:
        """20 ms of mu-law."""
        ...

    async def send_mark(self, name: str) -> None:
        """A mark behind what has been sent."""
        ...

    async def send_clear(self) -> None:
        """Throw away what has been sent and not been played."""
        ...


Report = Callable[[str, float, bool], None]
Sent = Callable[[bytes, int], None]


class Playout:
    """One call's audio on its way out.

    `report` is told of an item what has been heard (ms) and whether that is all; `sent` gets each frame that goes out
    and how many bytes of earlier ones are still to be heard before it.
    """

    def __init__(self, line: Line, report: Report, sent: Sent, clock: Callable[[], float]) -> None:
        self._line, self._report, self._on_sent, self._clock = line, report, sent, clock
        self._item = ""
        self._audio = bytearray()
        self._whole = False
        self._sent = self._heard = 0  # bytes of the item
        self._anchor = (0, 0.0)  # this byte began to be heard at this time
        self._marks: list[int] = []  # where clauses end, as far as no mark has been sent
        self._flying: dict[str, tuple[int, float]] = {}  # marks on their way: their place, and when they count as lost
        self._void: set[str] = set()
        self._names = 0
        self._wake = asyncio.Event()
        self.paused = False
        self.gaps = 0
        """Times that the other end ran dry within an item."""

    @property
    def busy(self) -> bool:
        """Something is still to be heard."""
        return bool(self._item)

    def begin(self, item_id: str) -> None:
        """A new item follows. The one before has been heard, or nobody wants it."""
        self._forget(item_id)

    def add(self, data: bytes) -> None:
        """More audio of the item."""
        if len(self._audio) < MAX_AUDIO:
            self._audio += data
        self._wake.set()

    def clause(self) -> None:
        """A clause ends here."""
        if self._audio and (not self._marks or self._marks[-1] < len(self._audio)):
            self._marks.append(len(self._audio))

    def end(self) -> None:
        """All of the item is there."""
        self._audio += SILENCE * (-len(self._audio) % FRAME)
        self._whole = True
        self.clause()
        self._wake.set()

    def heard(self) -> int:
        """Bytes of the item that have been played, as far as we can tell."""
        if self.paused or not self._sent:
            return self._heard
        place, at = self._anchor
        by_clock = place + int((self._clock() - at) * 1000 * PER_MS)
        return max(self._heard, min(self._sent, by_clock))

    async def pause(self) -> None:
        """Be silent at once, and keep what was not heard."""
        if not self._item or self.paused:
            return
        self._sent = self._heard = self.heard() // FRAME * FRAME
        self.paused = True
        places = {place for place, _ in self._flying.values()} | set(self._marks)
        self._marks = sorted(place for place in places if place > self._heard)
        self._drop_marks()
        await self._line.send_clear()
        self._report(self._item, self._heard / PER_MS, False)

    def resume(self) -> None:
        """Go on with what was not heard."""
        if self.paused:
            self.paused = False
            self._wake.set()

    async def clear(self) -> None:
        """Be silent, and forget the rest."""
        sounding = bool(self._item) and not self.paused
        self._forget("")
        if sounding:
            await self._line.send_clear()

    def marked(self, name: str) -> None:
        """A mark came back."""
        if name in self._void:
            self._void.discard(name)
        elif name in self._flying:
            self._played(self._flying.pop(name)[0])

    async def run(self) -> None:
        """Send, for as long as the call lasts."""
        while True:
            if not self._flying and not self._due():
                self._wake.clear()
                await self._wake.wait()
            if self._due():
                await self._send()
            self._count_late()
            await asyncio.sleep(STEP_S)

    def _due(self) -> bool:
        return bool(self._item) and not self.paused and len(self._audio) - self._sent >= FRAME

    async def _send(self) -> None:
        """Send what may go out now."""
        now, heard = self._clock(), self.heard()
        if heard >= self._sent:  # nothing is ahead: what goes out now is heard now
            self.gaps += self._sent > self._anchor[0]
            self._anchor = (self._sent, now)
            if self._sent == 0:
                self._report(self._item, 0.0, False)
        item = self._item
        while self._due() and self._sent - heard < self._line.lead_ms * PER_MS and self._item == item:
            frame = bytes(self._audio[self._sent : self._sent + FRAME])
            self._on_sent(frame, self._sent - heard)
            self._sent += FRAME
            await self._line.send_audio(frame)
            while self._marks and self._marks[0] <= self._sent and not self.paused:
                await self._send_mark(self._marks.pop(0))

    async def _send_mark(self, place: int) -> None:
        self._names += 1
        name = f"{self._item}:{self._names}"
        due = self._anchor[1] + (place - self._anchor[0]) / PER_MS / 1000
        self._flying[name] = (place, due + (MARK_LATE_S if self._line.marks else 0.0))
        if self._line.marks:
            await self._line.send_mark(name)

    def _count_late(self) -> None:
        """Marks of a line that has none, and those that were lost, count by the clock."""
        now = self._clock()
        for name, (place, due) in list(self._flying.items()):
            if now >= due and name in self._flying:
                del self._flying[name]
                self._void.add(name)
                self._played(place)

    def _played(self, place: int) -> None:
        self._heard = max(self._heard, place)
        item, done = self._item, self._whole and place >= len(self._audio)
        if done:
            self._forget("")
        self._report(item, place / PER_MS, done)

    def _forget(self, item_id: str) -> None:
        self._drop_marks()
        self._item, self._audio, self._whole = item_id, bytearray(), False
        self._sent = self._heard = 0
        self._anchor, self._marks, self.paused = (0, 0.0), [], False

    def _drop_marks(self) -> None:
        if self._line.marks:
            self._void.update(self._flying)
        self._flying.clear()
