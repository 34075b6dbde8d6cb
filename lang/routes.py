"""The routes of languages."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from lang.engines import Detected, Detector
from mesh.engines import Engines
from mesh.errors import BadInput
from mesh.service import serve
from mesh.wire.lang import DETECT, LANGUAGES, LangReply, LangRequest, Languages

routes = APIRouter()


@dataclass(frozen=True, slots=True)
class Parts:
    """What they work with."""

    engines: Engines[Detector]
    known: Languages
    allowed: list[str]


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]


@serve(routes, DETECT, summary="Find the language of a text")
async def process(request: LangRequest, parts: Wired) -> LangReply:
    known, allowed = parts.known, parts.allowed
    unknown = [code for code in request.allowed if code not in allowed]
    if unknown:
        raise BadInput("unknown_language", f"Not set up for {', '.join(unknown)}; known: {', '.join(allowed)}.")
    candidates = request.allowed or allowed

    async def detect(detector: Detector) -> Detected | None:
        return detector.detect(request.text, candidates, request.history)

    engine, found = await parts.engines.run(detect)
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


@serve(routes, LANGUAGES, summary="Languages that the mesh speaks")
async def languages(parts: Wired) -> Languages:
    return parts.known
