"""gpt: POST /process answers what was said, in one piece or streamed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from gpt.config import Settings
from gpt.engines import AUTO, Answer, Responder, specs
from mesh.engines import Engines
from mesh.errors import ApiError
from mesh.service import create_app, serve
from mesh.settings import built
from mesh.wire.common import Check
from mesh.wire.gpt import REPLY, GptReply, GptRequest

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

    @serve(app, REPLY, summary="Answer what was said", response_model=GptReply)
    async def process(request: GptRequest) -> GptReply:
        if request.stream:
            name, answer = await engines.run(lambda engine: engine.respond(request), skip_first=request.hedge)
            events = _events(engines, name, answer)
            return StreamingResponse(events, media_type="text/event-stream")  # type: ignore[return-value]
        # In one piece, an engine that breaks off half-way is as bad as one that never began: the next takes over.
        name, (text, answer) = await engines.run(lambda engine: _whole(engine, request), skip_first=request.hedge)
        return _reply(name, answer, text)

    return app


async def _whole(engine: Responder, request: GptRequest) -> tuple[str, Answer]:
    answer = await engine.respond(request)
    return "".join([piece async for piece in answer.pieces]), answer


async def _events(engines: Engines[Responder], name: str, answer: Answer) -> AsyncIterator[bytes]:
    said: list[str] = []
    try:
        async for piece in answer.pieces:
            said.append(piece)
            yield b"data: " + orjson.dumps({"delta": piece}) + b"\n\n"
    except ApiError as error:
        engines.broke_off(name, error)
        # The status is sent already: the stream itself says that it broke off.
        yield (
            b"event: error\ndata: " + orjson.dumps({"error": {"code": error.code, "message": error.message}}) + b"\n\n"
        )
        return
    yield b"data: " + orjson.dumps({"done": _reply(name, answer, "".join(said)).model_dump()}) + b"\n\n"


def _reply(name: str, answer: Answer, text: str) -> GptReply:
    finish = "length" if answer.finish == "length" else "stop"
    return GptReply(
        response=text.strip(),
        engine=name,
        model=answer.model,
        language=answer.language,
        finish=finish,
        calls=answer.calls,
    )


app = built(build, Settings)
