"""Speech by key: made once, heard by many, kept in memory and in storage.

The key is the SHA-256 of all that decides the sound. Two requests for one key at the same time share one synthesis;
a later one finds it in memory or in storage. Storage down or slow costs a synthesis, never the answer.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import orjson

from mesh import logs
from mesh.client import Client
from mesh.engines import Engines
from mesh.errors import ApiError, BadInput, EngineError, PeerError, PeerRefused
from mesh.settings import load_config
from mesh.wire.lang import Languages
from mesh.wire.storage import GET, PUT
from mesh.wire.tts import CONTENT_TYPES, TtsRequest
from tts.config import Settings
from tts.encoding import Encoder
from tts.engines import Pcm, Synthesizer, Utterance

BUCKET = "speech"
STORAGE_DEADLINE_S = 0.25  # a lookup that takes longer is no gain
FETCHED_S = 60.0  # whoever was given an address has fetched its speech by then
STORAGE_REST_S = 5.0  # after a failed lookup storage is not asked again for so long
log = logs.get("speeches")


class Speech:
    """One synthesis: what there is of it, and whether more comes."""

    def __init__(self, key: str, content_type: str, engine: str, *, cached: bool = False) -> None:
        self.key, self.content_type, self.engine, self.cached = key, content_type, engine, cached
        self.error: ApiError | None = None
        self.stand_in = False
        """Made by an engine that is not the first choice: good for its address, not for the next who asks."""
        self.spare = False
        """Nobody needs it from memory: it is in storage too, or was words of a moment."""
        self.made_at = time.monotonic()
        self._pieces: list[bytes] = []
        self._done = False
        self._grown = asyncio.Condition()

    async def add(self, piece: bytes) -> None:
        """More audio."""
        if piece:
            self._pieces.append(piece)
            await self._wake()

    async def finish(self, error: ApiError | None = None) -> None:
        """No more audio; with `error`, it broke off."""
        self.error, self._done = error, True
        await self._wake()

    @property
    def data(self) -> bytes:
        """All of the audio so far."""
        return b"".join(self._pieces)

    async def listen(self) -> AsyncIterator[bytes]:
        """The audio from its beginning, as it comes. Raises EngineError where it broke off."""
        heard = 0
        while True:
            async with self._grown:
                await self._grown.wait_for(lambda: self._done or len(self._pieces) > heard)  # noqa: B023 (used at once)
            while heard < len(self._pieces):
                yield self._pieces[heard]
                heard += 1
            if self._done:
                if self.error:
                    raise self.error
                return

    async def begun(self) -> None:
        """Return at the first audio. Raises EngineError when none comes."""
        async for _ in self.listen():
            return

    async def _wake(self) -> None:
        async with self._grown:
            self._grown.notify_all()


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

    async def speak(self, request: TtsRequest) -> Speech:
        """The speech for a request, begun: its first audio is there. Raises BadInput, EngineError."""
        if not any(character.isalnum() for character in request.text):
            raise BadInput("nothing_to_say", "The text has no letter or digit in it.")
        key = self._key(request)
        found = await (self.find(key, request) if request.keep else self._join(key, request))
        if found is not None:
            return found
        # From here to the next await nothing else runs: the key is taken before anybody else looks.
        speech = Speech(key, CONTENT_TYPES[request.format], "")
        self._live[key] = speech
        self._start(self._make(request, speech))
        await speech.begun()
        return speech

    async def find(self, key: str, request: TtsRequest | None = None) -> Speech | None:
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

    def _in_memory(self, key: str, request: TtsRequest | None) -> Speech | None:
        """The finished speech of a key; a stand-in is good for its address only, not for who asks again."""
        kept = self._kept.get(key)
        if kept is None or (kept.stand_in and request):
            return None
        self._kept.move_to_end(key)
        return kept

    async def _join(self, key: str, request: TtsRequest | None) -> Speech | None:
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

    def _key(self, request: TtsRequest) -> str:
        first = next(iter(self._engines.chain()), "")
        parts = request.model_dump(exclude={"keep"}) | {
            "engine": first,
            "language": request.language or self._languages.default,
        }
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, request: TtsRequest, speech: Speech) -> None:
        """Synthesise into `speech`, then keep and store it. Errors go to those who listen."""
        begun = time.monotonic()
        try:
            speech.engine, (first, pcm) = await self._begin(request)
            encoder = Encoder(request.format, pcm.rate, request.sample_rate)
            await speech.add(encoder.feed(first))
            async for piece in self._watched(pcm):
                await speech.add(encoder.feed(piece))
            await speech.add(encoder.end())
            speech.stand_in = speech.engine != next(iter(self._engines.chain()), "")
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

    async def _begin(self, request: TtsRequest) -> tuple[str, tuple[bytes, Pcm]]:
        """The engine that speaks, its first piece, and the rest: an engine has not worked before it made a sound."""
        code = request.language or self._languages.default
        language = self._languages.get(code)

        async def begin(engine: Synthesizer) -> tuple[bytes, Pcm]:
            voice = request.voice or (language.voices.get(engine.voice_key, "") if language.code == code else "")
            try:
                async with asyncio.timeout(self._settings.tts_first_audio_s):
                    pcm = await engine.speak(Utterance(request.text, code, language.locale, voice, request.speed))
                    return await anext(pcm.pieces), pcm
            except TimeoutError:
                raise EngineError("No audio within the deadline.", status=504, code="engine_timeout") from None
            except StopAsyncIteration:
                raise EngineError("The engine made no sound.") from None

        return await self._engines.run(begin, can=lambda engine: engine.speaks(code))

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
