"""lang: POST /process finds the language of a text; GET /languages lists what we speak."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from lang import routes
from lang.config import Settings
from lang.engines import Detector, specs
from mesh.engines import Engines
from mesh.service import create_app
from mesh.settings import built, load_config
from mesh.wire.common import Check
from mesh.wire.lang import Languages

DESCRIPTION = "Text to language, and to the voice, locale and phrases that go with it."


def build(settings: Settings) -> FastAPI:
    """The service, with its engines wired."""
    known = load_config("languages.yaml", Languages)
    allowed = settings.lang_allowed or [language.code for language in known.languages]
    engines: Engines[Detector] = Engines(
        "lang", specs(settings, allowed), wanted=settings.lang_engine, auto=("lingua", "words")
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engines.get(engines.chain()[0])
        yield
        await engines.aclose()

    async def probe() -> dict[str, Check]:
        return {"engine": engines.check(), "languages": Check(ok=True, detail=", ".join(allowed))}

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    app.state.parts = routes.Parts(engines, known, allowed)
    app.include_router(routes.routes)
    return app


app = built(build, Settings)
