"""The routes of speech."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse

from mesh.engines import Engines
from mesh.errors import ApiError, NoEngine
from mesh.service import serve
from mesh.wire.tts import FORGET, LISTEN, PREPARE, SPEAK, VOICES, Forgotten, TtsRequest, Voices
from mesh.wire.tts import Speech as SpeechReply
from tts.engines import Synthesizer
from tts.request import Wanted
from tts.speech import Speech
from tts.speeches import Speeches

AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/mpeg": {}, "audio/wav": {}, "audio/pcm": {}, "audio/basic": {}}}
}

routes = APIRouter()


@dataclass(frozen=True, slots=True)
class Parts:
    """What they work with."""

    engines: Engines[Synthesizer]
    speeches: Speeches


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]


@serve(routes, SPEAK, summary="Speak a text", responses=AUDIO)
async def process(request: TtsRequest, parts: Wired) -> StreamingResponse:
    return _stream(await parts.speeches.speak(Wanted.of(request)))


@serve(routes, PREPARE, summary="Begin to speak a text and give its address")
async def prepare(request: TtsRequest, parts: Wired) -> SpeechReply:
    speech = await parts.speeches.speak(Wanted.of(request))
    return SpeechReply(key=speech.key, content_type=speech.content_type, engine=speech.engine, cached=speech.cached)


@serve(routes, LISTEN, summary="The audio of an address", responses=AUDIO)
async def listen(key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], parts: Wired) -> StreamingResponse:
    speech = await parts.speeches.find(key)
    if speech is None:
        raise ApiError(404, "no_such_speech", "There is no speech of this key, or it has been evicted.")
    return _stream(speech)


@serve(routes, FORGET, summary="Forget the speech in memory; what is in storage stays there")
async def forget(parts: Wired) -> Forgotten:
    return Forgotten(speeches=parts.speeches.forget())


@serve(routes, VOICES, summary="Voices of the engine in use")
async def voices(parts: Wired) -> Voices:
    chain = parts.engines.chain()
    if not chain:
        raise NoEngine("no_engine", parts.engines.check().detail)
    engine = await parts.engines.get(chain[0])
    return Voices(engine=chain[0], voices=engine.voices())


def _stream(speech: Speech) -> StreamingResponse:
    headers = {"x-engine": speech.engine, "x-speech-key": speech.key}
    return StreamingResponse(speech.listen(), media_type=speech.content_type, headers=headers)
