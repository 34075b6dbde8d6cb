"""tts: POST /process turns text into audio; POST /speech gives its address at the first sound."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Path
from fastapi.responses import StreamingResponse

from mesh.client import Client
from mesh.engines import Engines
from mesh.errors import ApiError, NoEngine
from mesh.service import create_app, serve
from mesh.settings import built
from mesh.wire.common import Check
from mesh.wire.tts import FORGET, LISTEN, PREPARE, SPEAK, VOICES, Forgotten, TtsRequest, Voices
from mesh.wire.tts import Speech as SpeechReply
from tts.config import Settings
from tts.engines import AUTO, specs
from tts.speeches import Speech, Speeches

DESCRIPTION = "Text to audio: mp3, wav, pcm, mulaw; streamed as it is made, never made twice."

AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/mpeg": {}, "audio/wav": {}, "audio/pcm": {}, "audio/basic": {}}}
}


def build(settings: Settings) -> FastAPI:
    """The service, with its engines and its cache wired."""
    engines = Engines("tts", specs(settings), wanted=settings.tts_engine, auto=AUTO)
    storage = Client("storage", settings.storage_url, caller="tts", dev=settings.is_dev)
    speeches = Speeches(settings, engines, storage)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for name in engines.chain()[:1]:
            await engines.get(name)
        yield
        await speeches.aclose()
        await engines.aclose()
        await storage.aclose()

    async def probe() -> dict[str, Check]:
        return {"engine": engines.check()}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    @serve(app, SPEAK, summary="Speak a text", responses=AUDIO)
    async def process(request: TtsRequest) -> StreamingResponse:
        return _stream(await speeches.speak(request))

    @serve(app, PREPARE, summary="Begin to speak a text and give its address")
    async def prepare(request: TtsRequest) -> SpeechReply:
        speech = await speeches.speak(request)
        return SpeechReply(key=speech.key, content_type=speech.content_type, engine=speech.engine, cached=speech.cached)

    @serve(app, LISTEN, summary="The audio of an address", responses=AUDIO)
    async def listen(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> StreamingResponse:
        speech = await speeches.find(key)
        if speech is None:
            raise ApiError(404, "no_such_speech", "There is no speech of this key, or it has been evicted.")
        return _stream(speech)

    @serve(app, FORGET, summary="Forget the speech in memory; what is in storage stays there")
    async def forget() -> Forgotten:
        return Forgotten(speeches=speeches.forget())

    @serve(app, VOICES, summary="Voices of the engine in use")
    async def voices() -> Voices:
        chain = engines.chain()
        if not chain:
            raise NoEngine("no_engine", engines.check().detail)
        engine = await engines.get(chain[0])
        return Voices(engine=chain[0], voices=engine.voices())

    return app


def _stream(speech: Speech) -> StreamingResponse:
    headers = {"x-engine": speech.engine, "x-speech-key": speech.key}
    return StreamingResponse(speech.listen(), media_type=speech.content_type, headers=headers)


app = built(build, Settings)
