"""POST /process: what was said to what we answer."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from gpt.engines import Answer, Responder
from mesh.engines import Engines
from mesh.errors import ApiError
from mesh.service import serve
from mesh.wire.gpt import REPLY, GptReply, GptRequest

routes = APIRouter()


async def _engines(request: Request) -> Engines[Responder]:
    engines: Engines[Responder] = request.app.state.engines
    return engines


@serve(routes, REPLY, summary="Answer what was said", response_model=GptReply)
async def process(request: GptRequest, engines: Annotated[Engines[Responder], Depends(_engines)]) -> GptReply:
    if request.stream:
        name, answer = await engines.run(lambda engine: engine.respond(request), skip_first=request.hedge)
        events = _events(engines, name, answer)
        return StreamingResponse(events, media_type="text/event-stream")  # type: ignore[return-value]
    # In one piece, an engine that breaks off half-way is as bad as one that never began: the next takes over.
    name, (text, answer) = await engines.run(lambda engine: _whole(engine, request), skip_first=request.hedge)
    return _reply(name, answer, text)


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
