"""lang: POST /process finds the language of a text; GET /languages lists what we speak."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from lang.config import Settings
from lang.engines import Detected, Detector, specs
from mesh.engines import Engines
from mesh.errors import BadInput
from mesh.service import create_app, serve
from mesh.settings import built, load_config
from mesh.wire.common import Check
from mesh.wire.lang import DETECT, LANGUAGES, LangReply, LangRequest, Languages

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

    @serve(app, DETECT, summary="Find the language of a text")
    async def process(request: LangRequest) -> LangReply:
        unknown = [code for code in request.allowed if code not in allowed]
        if unknown:
            raise BadInput("unknown_language", f"Not set up for {', '.join(unknown)}; known: {', '.join(allowed)}.")
        candidates = request.allowed or allowed

        async def detect(detector: Detector) -> Detected | None:
            return detector.detect(request.text, candidates, request.history)

        engine, found = await engines.run(detect)
        if found is None:
            # Digits, or a script we do not speak: the language of the call so far, else the default.
            default = known.default if known.default in candidates else candidates[0]
            found = Detected(default, 0.0, "default")
        language = known.get(found.language)
        return LangReply(
            detected_language=found.language,
            confidence=found.confidence,
            by=found.by,
            engine=engine,
            name=language.name,
            locale=language.locale,
            voice=language.voices.get("espeak", ""),
            templates=language.templates,
        )

    @serve(app, LANGUAGES, summary="Languages that the mesh speaks")
    async def languages() -> Languages:
        return known

    return app


app = built(build, Settings)
