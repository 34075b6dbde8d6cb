"""gpt: POST /process answers what was said, in one piece or streamed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gpt import openai_api, routes
from gpt.config import Settings
from gpt.engines import AUTO, Responder, specs
from mesh.engines import Engines
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check

DESCRIPTION = "What the caller said to what we answer."


def build(settings: Settings) -> FastAPI:
    """The service, with its engines wired."""
    engines: Engines[Responder] = Engines("gpt", specs(settings), wanted=settings.llm_engine, auto=AUTO)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engines.get(engines.chain()[-1])
        yield
        await engines.aclose()

    async def probe() -> dict[str, Check]:
        return {"engine": engines.check()}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    app.state.engines = engines
    app.include_router(routes.routes)
    app.include_router(openai_api.routes)
    return app


app = built(build, Settings)
