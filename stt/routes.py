"""POST /process: audio to text."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from mesh.service import serve
from mesh.upload import json_or_file, multipart_schema
from mesh.wire.stt import TRANSCRIBE, SttReply, SttRequest
from stt.engines import Job
from stt.transcription import Transcription
from stt.workers import while_there


class FormFields(BaseModel):
    """What may stand beside `file` in the multipart form."""

    language: Annotated[str | None, Field(pattern="^[a-z]{2,3}$")] = None
    expected_language: Annotated[str | None, Field(pattern="^[a-z]{2,3}$")] = None
    words: bool = False


routes = APIRouter()


async def _transcription(request: Request) -> Transcription:
    transcription: Transcription = request.app.state.transcription
    return transcription


@serve(
    routes,
    TRANSCRIBE,
    summary="Transcribe audio",
    openapi_extra=multipart_schema(SttRequest, FormFields),
    response_model_exclude_none=True,
)
async def process(request: Request, transcription: Annotated[Transcription, Depends(_transcription)]) -> SttReply:
    body, upload = await json_or_file(request, SttRequest, FormFields)
    if upload is not None:
        job = Job(body.language, words="wished" if body.words else "")
        return await while_there(request, transcription.of_file(upload, job, body.expected_language))
    assert isinstance(body, SttRequest)
    return await while_there(request, transcription.of_url(body))
