"""Speech by key: made once, heard by many, kept in memory and in storage.

The key is the SHA-256 of all that decides the sound. Two requests for one key at the same time share one synthesis;
a later one finds it in memory or in storage. Storage down or slow costs a synthesis, never the answer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from mesh import logs
from mesh.client import Client
from mesh.engines import Engines
from mesh.errors import ApiError, BadInput, EngineError, PeerError, PeerRefused
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.storage import GET, PUT
from tts import tempo
from tts.config import Settings
from tts.encoding import CONTENT_TYPES, Encoder
from tts.engines import Pcm, Synthesizer, Utterance
from tts.request import Wanted
from tts.speech import Speech
from tts.voices import voice_for

Result = TypeVar("Result")
BUCKET = "speech"
STORAGE_DEADLINE_S = 0.25  # a lookup that takes longer is no gain
GATHERED_S = 0.2
"""Audio after the first piece that goes to another thread at once: each way there costs as much as encoding it."""
FETCHED_S = 60.0  # whoever was given an address has fetched its speech by then
STORAGE_REST_S = 5.0  # after a failed lookup storage is not asked again for so long
log = logs.get("speeches")


class Speeches:
    """All speech of this process."""

    def __init__(self, settings: Settings, engines: Engines[Synthesizer], storage: Client) -> None:
        self._settings, self._engines, self._storage = settings, engines, storage
        self._languages = load_config("languages.yaml", Languages)
        self._live: dict[str, Speech] = {}
        self._kept: OrderedDict[str, Speech] = OrderedDict()
        self._kept_bytes = 0
        self._storage_rests_until = 0.0
        self._forgot_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._encoders = ThreadPoolExecutor(2, "encoder")
        self._imported: set[tuple[str, bool]] = set()

    async def speak(self, request: Wanted) -> Speech:
        """The speech for a request, begun: its first audio is there. Raises BadInput, EngineError."""
        if not any(character.isalnum() for character in request.text):
            raise BadInput("nothing_to_say", "The text has no letter or digit in it.")
        key = request.key(self._first(), self._languages.default)
        found = await (self.find(key, request) if request.keep else self._join(key, request))
        if found is not None:
            return found
        # From here to the next await nothing else runs: the key is taken before anybody else looks.
        speech = Speech(key, CONTENT_TYPES[request.format], "")
        self._live[key] = speech
        self._start(self._make(request, speech))
        await speech.begun()
        return speech

    async def find(self, key: str, request: Wanted | None = None) -> Speech | None:
        """The speech of a key: being made, in memory, or in storage; None when it is nowhere."""
        if key in self._live:
            return await self._join(key, request)
        kept = self._in_memory(key, request)
        if kept is not None:
            return kept
        if self._storage_rests_until > time.monotonic():
            return None
        try:
            async with self._storage.stream(
                GET, path={"bucket": BUCKET, "key": key}, deadline_s=STORAGE_DEADLINE_S, retries=0
            ) as reply:
                data = b"".join([piece async for piece in self._storage.pieces(reply, STORAGE_DEADLINE_S)])
                kind = reply.headers.get("content-type", "application/octet-stream")
        except PeerRefused:
            return await self._join(key, request)
        except PeerError:
            self._storage_rests_until = time.monotonic() + STORAGE_REST_S
            return await self._join(key, request)
        if key in self._live:
            return await self._join(key, request)
        speech = Speech(key, CONTENT_TYPES[request.format] if request else kind, "cache", cached=True)
        speech.spare = True
        await speech.add(data)
        await speech.finish()
        self._keep(speech)
        return speech

    def _in_memory(self, key: str, request: Wanted | None) -> Speech | None:
        """The finished speech of a key; a stand-in is good for its address only, not for who asks again."""
        kept = self._kept.get(key)
        if kept is None or (kept.stand_in and request):
            return None
        self._kept.move_to_end(key)
        return kept

    async def _join(self, key: str, request: Wanted | None) -> Speech | None:
        """The speech of a key if somebody began to make it meanwhile, once it has begun to sound, or made all of it."""
        live = self._live.get(key)
        if live is not None:
            await live.begun()
        return live or self._in_memory(key, request)

    def forget(self) -> int:
        """Empty the memory: somebody was erased. What may be about to be fetched, and is nowhere else, goes a while
        later; how much speech went at once.
        """
        self._forgot_at = time.monotonic()
        gone = [one.key for one in self._kept.values() if one.spare or self._forgot_at - one.made_at > FETCHED_S]
        for key in gone:
            self._drop(key)
        if self._kept:
            asyncio.get_running_loop().call_later(FETCHED_S + 1, self._forget_rest, set(self._kept))
        return len(gone)

    def _forget_rest(self, keys: set[str]) -> None:
        for key in keys:
            self._drop(key)

    def _drop(self, key: str) -> None:
        gone = self._kept.pop(key, None)
        self._kept_bytes -= len(gone.data) if gone else 0

    async def aclose(self) -> None:
        """Let what is being made and stored come to its end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        self._encoders.shutdown(wait=False, cancel_futures=True)

    def _first(self) -> str:
        return next(iter(self._engines.chain()), "")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, request: Wanted, speech: Speech) -> None:
        """Synthesise into `speech`, then keep and store it. Errors go to those who listen."""
        begun = time.monotonic()
        try:
            speech.engine, (first, pcm) = await self._begin(request)

            do = self._beside if request.heavy else _at_once
            encoder = await self._encoder(request, pcm.rate)
            await speech.add(await do(encoder.feed, first))
            held, least = b"", int(pcm.rate * 2 * GATHERED_S) if request.heavy else 0
            async for piece in self._watched(pcm):
                held += piece
                if len(held) >= least:
                    await speech.add(await do(encoder.feed, held))
                    held = b""
            await speech.add(await do(encoder.feed, held))
            await speech.add(await do(encoder.end))
            speech.stand_in = speech.engine != (request.engine or self._first())
            speech.spare, speech.made_at = not request.keep, time.monotonic()
            self._keep(speech)
            await speech.finish()
        except ApiError as error:
            if speech.engine:
                self._engines.broke_off(speech.engine, error)
            await speech.finish(error)
        except Exception:  # an engine's or encoder's library failed: those who listen must not wait for ever
            log.exception("synthesis crashed", engine=speech.engine)
            await speech.finish(EngineError("The synthesis broke off."))
        finally:
            del self._live[speech.key]
        if speech.error is None and not speech.stand_in and request.keep:
            await self._store(speech)
        if self._forgot_at > begun:
            self._drop(speech.key)

    async def _beside(self, work: Callable[..., Result], *arguments: object) -> Result:
        """What takes long, off the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._encoders, work, *arguments)

    async def _encoder(self, request: Wanted, rate: int) -> Encoder:
        """The encoder; what it is made with is imported off the loop: the first of its kind takes up to a second."""
        kind = (request.format, request.sample_rate is None)
        known = kind in self._imported
        self._imported.add(kind)
        do = _at_once if known and not request.heavy else self._beside
        return await do(Encoder, request.format, rate, request.sample_rate, request.stretch)

    async def _begin(self, request: Wanted) -> tuple[str, tuple[bytes, Pcm]]:
        """The engine that speaks, its first piece, and the rest: an engine has not worked before it made a sound."""
        code = request.language or self._languages.default
        language = self._languages.get(code)

        async def begin(engine: Synthesizer) -> tuple[bytes, Pcm]:
            voice = voice_for(engine, request.voice, code, language)
            speed = tempo.of_engine(request.speed)
            try:
                async with asyncio.timeout(self._settings.tts_first_audio_s):
                    utterance = Utterance(request.text, code, language.locale, voice, speed, request.instructions)
                    pcm = await engine.speak(utterance)
                    return await anext(pcm.pieces), pcm
            except TimeoutError:
                raise EngineError("No audio within the deadline.", status=504, code="engine_timeout") from None
            except StopAsyncIteration:
                raise EngineError("The engine made no sound.") from None

        def can(engine: Synthesizer) -> bool:
            return engine.speaks(code) and request.engine in ("", engine.voice_key)

        return await self._engines.run(begin, can=can)

    async def _watched(self, pcm: Pcm) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._settings.tts_max_stall_s):
                    piece = await anext(pcm.pieces, None)
            except TimeoutError:
                raise EngineError("The audio stalled.", status=504, code="engine_timeout") from None
            if piece is None:
                return
            yield piece

    def _keep(self, speech: Speech) -> None:
        self._drop(speech.key)
        self._kept[speech.key] = speech
        self._kept_bytes += len(speech.data)
        while self._kept and self._kept_bytes > self._settings.tts_memory_mb * 1024 * 1024:
            self._drop(next(iter(self._kept)))

    async def _store(self, speech: Speech) -> None:
        try:
            await self._storage.call(
                PUT,
                path={"bucket": BUCKET, "key": speech.key},
                content=speech.data,
                headers={"content-type": speech.content_type},
            )
            speech.spare = True
        except PeerError as error:
            log.warning("not stored", key=speech.key, reason=error.reason)


async def _at_once(work: Callable[..., Result], *arguments: object) -> Result:
    return work(*arguments)
