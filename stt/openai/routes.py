"""POST /v1/audio/transcriptions and /v1/audio/translations; GET /v1/models."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from mesh.audio import Pcm
from mesh.errors import BadInput, NoEngine
from mesh.openai_errors import OpenAIRoute
from mesh.service import serve
from mesh.wire.models import MODELS, ModelList
from stt.engines import RATE, Job
from stt.live import Live
from stt.openai import replies
from stt.openai.form import TIMED, read_form, schema
from stt.transcription import Transcription
from stt.workers import while_there

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/plain": {}, "text/vtt": {}, "text/event-stream": {}}}
}
PARAMS = {"language_not_supported": "language", "cannot_translate": "model", "no_words": TIMED}

routes = APIRouter(route_class=OpenAIRoute, tags=["openai"])


async def _transcription(request: Request) -> Transcription:
    transcription: Transcription = request.app.state.transcription
    return transcription


Wired = Annotated[Transcription, Depends(_transcription)]


@routes.post(
    "/v1/audio/transcriptions", summary="Transcribe audio, as OpenAI does", openapi_extra=schema(), responses=ANSWERS
)
async def transcriptions(request: Request, transcription: Wired) -> Response:
    return await _answer(request, transcription, translate=False)


@routes.post(
    "/v1/audio/translations", summary="Audio in any language as English text", openapi_extra=schema(), responses=ANSWERS
)
async def translations(request: Request, transcription: Wired) -> Response:
    return await _answer(request, transcription, translate=True)


@serve(routes, MODELS, summary="What can be named as a model")
async def models(transcription: Wired) -> ModelList:
    return ModelList(data=list((await transcription.models()).values()))


async def _answer(request: Request, transcription: Transcription, *, translate: bool) -> Response:
    form, upload = await read_form(request)
    pcm = await while_there(request, transcription.decode(upload))
    job, duration_s = form.job(translate=translate), round(len(pcm) / RATE, 2)
    headers = {"x-audio-seconds": f"{duration_s:g}"}
    try:
        if form.stream:
            return await _streamed(request, transcription, pcm, job, headers)
        engine, transcript = await while_there(request, transcription.hear(pcm, job))
    except NoEngine as error:
        raise BadInput(error.code, error.message, 400, param=PARAMS.get(error.code)) from error
    answer = replies.reply(form, transcript, duration_s, translate=translate)
    answer.headers.update(headers | _by(transcription, engine))
    return answer


async def _streamed(
    request: Request, transcription: Transcription, pcm: Pcm, job: Job, headers: dict[str, str]
) -> Response:
    """Events, begun when the first segment is there: what fails before has an honest status."""
    live = Live(lambda told: transcription.hear(pcm, job, told=told))
    await while_there(request, live.begun())
    return StreamingResponse(
        replies.events(live, round(len(pcm) / RATE, 2)),
        media_type="text/event-stream",
        headers=headers | {"cache-control": "no-cache"} | _by(transcription, live.engine),
    )


def _by(transcription: Transcription, engine: str) -> dict[str, str]:
    weak = transcription.weak(engine)
    return {"x-engine": engine} | ({"x-degraded": weak} if weak else {})
