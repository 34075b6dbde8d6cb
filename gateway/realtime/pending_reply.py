"""An answer in the making: text as it is written, cut into clauses, each spoken while the next is written.

It is begun on speculation and held; whoever takes it reads `clauses`. Nothing outside changes until it is taken.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

from gateway.conversation.answering import Answer
from gateway.realtime.sound import Sound
from gateway.realtime.voice import Voice
from gateway.turns.clauses import Clauses
from mesh import logs
from mesh.errors import PeerError, PeerRefused

AHEAD = 2
"""Clauses that are synthesised at the same time."""
log = logs.get("reply")


class Spoken:
    """A clause: its text and, as it comes, its audio (none in a text session)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, piece: bytes | None) -> None:
        """More audio; None ends it."""
        self._pieces.put_nowait(piece)

    async def audio(self) -> AsyncIterator[bytes]:
        """The audio, once."""
        while (piece := await self._pieces.get()) is not None:
            yield piece


class PendingReply:
    """An answer and its audio, clause by clause. `words` are its pieces; nothing but its own task reads them.

    `speakers` are the voices by language: the answer may be in another one than the session was.
    """

    def __init__(
        self,
        answer: Answer,
        words: AsyncIterator[str],
        voice: Voice,
        sound: Sound | None,
        *,
        speakers: Mapping[str, str] | None = None,
        speed: float = 1.0,
        kept: bytes = b"",
        fixed: bool = True,
    ) -> None:
        self.answer = answer
        self.error: PeerError | None = None
        self.sound = sound
        """How it sounds; None: it is text."""
        self._voice, self._words, self._fixed = voice, words, fixed
        self._speakers, self._speed, self._kept = speakers or {}, speed, kept
        self._clauses: asyncio.Queue[Spoken | None] = asyncio.Queue()
        self._first: Spoken | None = None
        self._ready = asyncio.Event()
        self._room = asyncio.Semaphore(AHEAD)
        self._speaking: list[asyncio.Task[None]] = []
        self._task = asyncio.create_task(self._run())

    async def ready(self) -> None:
        """Return at the first sound (or text, or call), or when it is sure that none comes."""
        await self._ready.wait()

    async def clauses(self) -> AsyncIterator[Spoken]:
        """The clauses in order, as they come; to be read once."""
        while (clause := await self._clauses.get()) is not None:
            yield clause

    def drop(self) -> None:
        """It is not wanted any more."""
        self._task.cancel()
        if self.answer.plan is not None and self.answer.plan.beside is not None:
            self.answer.plan.beside.drop()
        for task in self._speaking:
            task.cancel()
        self._clauses.put_nowait(None)

    async def _run(self) -> None:
        cutter: Clauses | None = None
        try:
            if self._kept:
                await self._say_kept()
                return
            async for piece in self._words:
                self.answer.mark("first_token")
                cutter = cutter or Clauses(self.answer.language)  # the language may have changed by now
                for clause in cutter.feed(piece):
                    await self._say(clause)
            for clause in cutter.end() if cutter else []:
                await self._say(clause)
        except PeerError as error:
            self.error = error
        except Exception as error:  # a call must hear an apology, whatever broke
            log.exception("reply broke")
            self.error = PeerRefused("gateway", 500, "internal", type(error).__name__)
        finally:
            self._clauses.put_nowait(None)
            if not self._speaking:
                self._ready.set()

    async def _say(self, text: str) -> None:
        self.answer.mark("first_clause")
        spoken = Spoken(text)
        self._first = self._first or spoken
        self._clauses.put_nowait(spoken)
        if self.sound is None:
            spoken.put(None)
            self._ready.set()
            return
        await self._room.acquire()
        self._speaking.append(asyncio.create_task(self._speak(spoken, self.sound)))

    async def _say_kept(self) -> None:
        """A phrase whose audio is there already: nothing can go wrong with it."""
        spoken = Spoken("".join([piece async for piece in self._words]).strip())
        self._clauses.put_nowait(spoken)
        spoken.put(self._kept)
        spoken.put(None)
        self._ready.set()

    async def _speak(self, spoken: Spoken, sound: Sound) -> None:
        try:
            language = self.answer.language
            audio = self._voice.speak(
                spoken.text,
                language,
                sound,
                voice=self._speakers.get(language),
                speed=self._speed,
                keep=self._fixed,
            )
            async for piece in audio:
                spoken.put(piece)
                self._sounds(spoken)
        except PeerError as error:
            log.error("clause not spoken", code=error.code, error=error.message)
        finally:
            self._room.release()
            spoken.put(None)
            self._sounds(spoken)

    def _sounds(self, spoken: Spoken) -> None:
        """A clause has audio, or none will come: what counts is the first, however soon a later one is there."""
        if spoken is self._first and not self._ready.is_set():
            self.answer.mark("first_audio")
            self._ready.set()
