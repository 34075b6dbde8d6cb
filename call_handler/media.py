"""One call with audio, whoever brings it: the caller's frames to gateway, its audio and its decisions back.

A provider implements `Line` (call_handler/playout.py) and `hang_up`; everything else is the same for all of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from call_handler.link import Link, Lost
from call_handler.playout import FRAME, Line, Playout
from call_handler.promises import Promises
from call_handler.recording import Recording, Recordings
from call_handler.then import HangUp, Then, Transfer
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError
from mesh.wire.gateway import CloseRequest
from mesh.wire.lang import Languages
from mesh.wire.realtime import ServerEvent, answers, client, objects, server
from mesh.wire.tts import SPEAK, TtsRequest

MASK_S = 1.0
"""Gateway may be away for so long before the caller is told to wait."""
BYE_S = 6.0
AHEAD_S = 30.0
log = logs.get("media")


class Carrier(Line, Protocol):
    """A provider's call."""

    then: Then | None
    """What follows, once we have hung up."""

    async def hang_up(self, then: Then) -> None:
        """End it; `then` follows."""
        ...


class Phrases:
    """What must be said even when gateway is not there; fetched from tts once per language."""

    def __init__(self, tts: Client, languages: Languages) -> None:
        self._tts, self._languages = tts, languages
        self.default = languages.default
        self._audio: dict[tuple[str, str], bytes] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def get(self, name: str, language: str) -> bytes:
        """mu-law audio; empty while there is none."""
        return self._audio.get((name, language), b"")

    def warm(self, language: str) -> None:
        """Fetch those of a language, once."""
        if language not in self._tasks:
            self._tasks[language] = asyncio.create_task(self._fetch(language))

    async def _fetch(self, language: str) -> None:
        templates = self._languages.get(language).templates
        for name, text in (("hold", templates["hold"]), ("lost", f"{templates['apology']} {templates['call_back']}")):
            try:
                request = TtsRequest(text=text, language=language, format="mulaw")
                self._audio[name, language] = await self._tts.call(SPEAK, request)
            except PeerError as error:
                log.warning("phrase not made", phrase=name, reason=error.reason)
                self._tasks.pop(language, None)
                return


class MediaCall:
    """A call in progress. `run` lasts as long as it does."""

    def __init__(
        self,
        carrier: Carrier,
        gateway_url: str,
        query: dict[str, str],
        *,
        phrases: Phrases,
        recordings: Recordings,
        promises: Promises,
        watch: Callable[[ServerEvent], Awaitable[None]] | None = None,
        token: str = "",
    ) -> None:
        self._carrier, self._phrases, self._promises, self._watch = carrier, phrases, promises, watch
        self._session_id, self._language = query["session_id"], query.get("language") or phrases.default
        self._caller, self._recordings = query.get("caller", ""), recordings
        self._recording: Recording | None = None
        self._began = time.monotonic()
        self._heard = 0
        self._link = Link(gateway_url, query, self._event, self._audio, token)
        self.playout = Playout(carrier, self._report, self._sent, time.monotonic)
        self._reports: asyncio.Queue[tuple[str, float, bool]] = asyncio.Queue()
        self._masked = False
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """We stop: say so, promise a call back, and hang up."""
        self._leaving.set()

    async def run(self) -> None:
        """Until gateway hangs up, or `aclose`."""
        self._phrases.warm(self._language)
        tasks = [
            asyncio.create_task(work)
            for work in (self.playout.run(), self._report_all(), self._mask(), self._link.run(), self._leaving.wait())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._leaving.is_set() and not self._link.closed:
                await self._goodbye("stopped")
            for task in done:
                if isinstance(task.exception(), Lost):
                    await self._goodbye("lost")
                elif task.exception() is not None:
                    log.error("call broke", error=repr(task.exception()))
        finally:
            for task in tasks:
                task.cancel()

    async def frame(self, data: bytes) -> None:
        """The caller's audio, mu-law. Nobody speaks faster than time: what is far ahead of it fills disks."""
        self._heard += len(data)
        if self._heard > (time.monotonic() - self._began + AHEAD_S) * 8_000:
            self._heard -= len(data)
            return
        if self._recording is not None:
            self._recording.caller(data)
        await self._link.audio(data)

    async def key(self, digit: str) -> None:
        """A key was pressed."""
        await self._link.event(client.Key(digit=digit))

    async def aclose(self, reason: str) -> None:
        """The caller is gone, or we have hung up: the session ends, though gateway may be away just now."""
        if self._link.closed:
            return
        duration_s = round(time.monotonic() - self._began, 1)
        if not await self._link.close(reason, duration_s):
            await self._promises.ended(self._session_id, CloseRequest(reason=reason, duration_s=duration_s))

    def keep_session(self) -> None:
        """The carrier broke off in the middle: the caller may come back into the same session."""
        self._link.closed = True

    async def _event(self, event: ServerEvent) -> None:
        if self._watch is not None:
            await self._watch(event)
        match event:
            case server.HangUp():
                await self._carrier.hang_up(HangUp())
                await self.aclose(event.reason)
            case server.PutThrough():
                then = Transfer(event.number, event.announce, event.summary, self._language)
                await self._carrier.hang_up(then)
                await self.aclose("transferred")
            case server.Telephone():
                self._language = event.language
                self._phrases.warm(self._language)
                self._masked = False
                if event.record and self._recording is None:
                    self._record()
            case server.Refused():
                log.error("gateway refuses", code=event.error.code, error=event.error.message)
            case _:
                await self._play(event)

    async def _play(self, event: ServerEvent) -> None:
        """What gateway says of its own speech."""
        playout = self.playout
        match event:
            case answers.OutputAdded(item=objects.Message() as item):
                playout.begin(item.id)
            case answers.WordsDelta():
                playout.clause()
            case answers.AudioDone():
                playout.end()
            case answers.Pause():
                await playout.pause()
                self._cleared()
            case answers.Resume():
                playout.resume()
            case answers.Cleared():
                await playout.clear()
                self._cleared()

    def _record(self) -> None:
        try:
            self._recording = self._recordings.open(self._session_id)
        except OSError as error:  # a full disk: the call is worth more than its recording
            log.error("call is not recorded", error=str(error))

    def _sent(self, frame: bytes, ahead: int) -> None:
        if self._recording is not None:
            self._recording.us(frame, ahead)

    def _cleared(self) -> None:
        if self._recording is not None:
            self._recording.cleared()

    def _audio(self, data: bytes) -> None:
        self.playout.add(data)

    def _report(self, item_id: str, heard_ms: float, done: bool) -> None:
        self._reports.put_nowait((item_id, heard_ms, done))

    async def _report_all(self) -> None:
        while True:
            item_id, heard_ms, done = await self._reports.get()
            if not item_id.startswith("local"):
                await self._link.event(client.Played(item_id=item_id, audio_end_ms=heard_ms, done=done))

    async def _mask(self) -> None:
        """While gateway is away and nothing is left to play, ask for a moment's patience, once."""
        while True:
            await asyncio.sleep(0.2)
            since = self._link.down_since
            if since is not None and time.monotonic() - since > MASK_S and not self.playout.busy and not self._masked:
                self._masked = True
                self._local("hold")

    def _local(self, name: str) -> None:
        audio = self._phrases.get(name, self._language)
        if audio:
            self.playout.begin(f"local_{name}")
            self.playout.add(audio[: len(audio) // FRAME * FRAME])
            self.playout.end()

    async def _goodbye(self, reason: str) -> None:
        """Gateway does not come back, or we stop: say so, and promise a call back."""
        await self._promises.call_back(self._session_id, self._caller)
        await self.aclose(reason)
        await self.playout.clear()
        self._local("lost")
        deadline = time.monotonic() + BYE_S
        while self.playout.busy and time.monotonic() < deadline:  # noqa: ASYNC110 (a second at most between two marks)
            await asyncio.sleep(0.1)
        await self._carrier.hang_up(HangUp())
