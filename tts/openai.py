"""POST /v1/audio/speech, as OpenAI has it, and GET /v1/models.

Source: https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

import base64
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from mesh.errors import ApiError, BadInput, NoEngine
from mesh.openai_errors import OpenAIRoute, error_body
from mesh.service import serve
from mesh.wire.models import MODELS, ModelCard, ModelList
from tts.encoding import Form
from tts.request import Wanted
from tts.routes import Parts
from tts.speech import Speech
from tts.voices import guess, language_of, named

RATE = 24_000
"""Of OpenAI's pcm; of all formats but mp3, whose speech is shared with POST /process."""
BEGAN = int(time.time())
FORMATS: dict[str, Form] = {
    "mp3": "mp3",
    "opus": "opus",
    "aac": "aac",
    "flac": "flac",
    "wav": "wav-stream",
    "pcm": "pcm",
}
AUDIO: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {}
            for kind in (
                "audio/mpeg",
                "audio/opus",
                "audio/aac",
                "audio/flac",
                "audio/wav",
                "audio/pcm",
                "text/event-stream",
            )
        }
    }
}

routes = APIRouter(route_class=OpenAIRoute, tags=["openai"])


class VoiceId(BaseModel):
    """A voice as an object."""

    id: str = Field(min_length=1, max_length=100)


class CreateSpeech(BaseModel):
    """Body of POST /v1/audio/speech. Other fields are not looked at."""

    model: str = Field(default="", max_length=200, examples=["tts-1"])
    """A name of GET /v1/models; an engine's name means that engine alone. Empty: the one in use."""
    input: str = Field(min_length=1, max_length=4_096, examples=["Good morning, how can I help?"])
    voice: Annotated[str, Field(max_length=100)] | VoiceId = Field(default="alloy", examples=["alloy"])
    """One of OpenAI's names: in the language of the text, as its script tells. A language's code: that one's own voice.
    Or a name of GET /voices."""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    instructions: str = Field(default="", max_length=4_096)
    """How to speak; for engines that are told so (OpenAI's and its like)."""
    stream_format: Literal["audio", "sse"] = "audio"


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]


@routes.post(
    "/v1/audio/speech", summary="Speak a text, as OpenAI does", response_class=StreamingResponse, responses=AUDIO
)
async def speech(body: CreateSpeech, parts: Wired) -> StreamingResponse:
    try:
        made = await parts.speeches.speak(await _wanted(body, parts))
    except NoEngine as error:
        raise BadInput(error.code, error.message, 400, param="voice") from error
    headers = {"x-engine": made.engine, "x-speech-key": made.key, "x-characters": str(len(body.input))}
    if body.stream_format == "sse":
        events = _events(made, len(body.input))
        return StreamingResponse(
            events, media_type="text/event-stream", headers=headers | {"cache-control": "no-cache"}
        )
    return StreamingResponse(made.listen(), media_type=made.content_type, headers=headers)


@serve(routes, MODELS, summary="What can be named as a model")
async def models(parts: Wired) -> ModelList:
    owners = _models(parts)
    return ModelList(data=[ModelCard(id=name, created=BEGAN, owned_by=owner) for name, owner in owners.items()])


def _models(parts: Parts) -> dict[str, str]:
    """Each with the engine that serves it."""
    chain = parts.engines.chain()
    return {name: chain[0] for name in named().models if chain} | {name: name for name in chain}


async def _wanted(body: CreateSpeech, parts: Parts) -> Wanted:
    """The speech that a body asks for. Raises BadInput for a model or a voice that there is not."""
    chain = parts.engines.chain()
    if body.model and body.model not in _models(parts):
        message = f"The model {body.model!r} does not exist; GET /v1/models lists those that do."
        raise BadInput("model_not_found", message, 404, param="model")
    only = body.model if body.model in chain else ""
    if not chain:
        raise ApiError(503, "no_engine", parts.engines.check().detail)
    voice = body.voice if isinstance(body.voice, str) else body.voice.id
    try:
        language = language_of(voice, await parts.engines.get(only or chain[0]))
    except KeyError:
        known = ", ".join(named().voices)
        message = f"There is no voice {voice!r}. Take one of {known}, a language's code, or a name of GET /voices."
        raise BadInput("unknown_voice", message, 400, param="voice") from None
    return Wanted(
        text=body.input,
        language=language or guess(body.input),
        voice=None if voice == language else voice,
        format=FORMATS[body.response_format],
        sample_rate=None if body.response_format == "mp3" else RATE,
        speed=body.speed,
        instructions=body.instructions,
        engine=only,
    )


async def _events(made: Speech, characters: int) -> AsyncIterator[bytes]:
    """Server-sent events: the audio as it is made, then that it is done. An error ends them, as an event.

    There are no tokens here: what is counted is characters, by which tts-1 is billed.
    """
    try:
        async for piece in made.listen():
            yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
    except ApiError as error:
        yield b"data: " + error_body(error.status, error.code, error.message) + b"\n\n"
        return
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(event: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(event) + b"\n\n"
