"""tts: POST /process and OpenAI's /v1/audio/speech turn text into audio; POST /speech gives its address at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from mesh.client import Client
from mesh.engines import Engines
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check
from tts import openai, routes
from tts.config import Settings
from tts.engines import AUTO, specs
from tts.speeches import Speeches

DESCRIPTION = "Text to audio: mp3, wav, pcm, mulaw; streamed as it is made, never made twice."


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

    app.state.parts = routes.Parts(engines, speeches)
    app.include_router(routes.routes)
    app.include_router(openai.routes)
    return app


app = built(build, Settings)
