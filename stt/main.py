"""stt: POST /process turns audio into text; so does OpenAI's API, under /v1/audio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from mesh.drain import Drain
from mesh.engines import Engines
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check
from stt import decoding, routes
from stt.config import Settings
from stt.engines import AUTO, WARMED, specs
from stt.openai import routes as openai_routes
from stt.transcription import Transcription
from stt.workers import Workers

DESCRIPTION = "Audio to text. wav, mp3, ogg/opus, webm, m4a, flac, au, G.711 mu-law; by URL or as a file."


def build(settings: Settings) -> FastAPI:
    """The service, with its engines wired."""
    workers = Workers(settings.stt_workers, settings.stt_queue)
    engines = Engines("stt", specs(settings, workers), wanted=settings.stt_engine, auto=AUTO)
    # Not the engines' workers: nobody's audio waits for the decoding of a stranger's file.
    decoders = Workers(settings.stt_decoders, settings.stt_queue)
    transcription = Transcription(settings, engines, decoders)

    async def drop_what_waits() -> None:
        workers.stop()
        decoders.stop()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        Drain(0.0, lambda: workers.taken + decoders.taken, drop_what_waits).install()
        # A model takes seconds to load: the first caller should not wait for it.
        await asyncio.to_thread(decoding.warm)
        local = next(iter(engines.chain()), "") in WARMED
        warming = asyncio.create_task(transcription.warm_up()) if local else None
        yield
        if warming:
            await asyncio.wait([warming])
        await engines.aclose()

    async def probe() -> dict[str, Check]:
        return {"engine": engines.check(), "workers": Check(ok=True, detail=f"{workers.taken} taken")}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    app.state.transcription = transcription
    app.include_router(routes.routes)
    app.include_router(openai_routes.routes)
    return app


app = built(build, Settings)
