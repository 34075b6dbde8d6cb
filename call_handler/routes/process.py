"""POST /process: a recorded utterance, with its lead."""

from fastapi import APIRouter, Request

from call_handler.access import Lines
from call_handler.recorded import RecordedCall
from mesh.service import serve
from mesh.wire.call_handler import PROCESS, PROCESS_DEV, CallReply, CallRequest, DevCallReply, DevCallRequest


def router(lines: Lines, recorded: RecordedCall, *, dev: bool) -> APIRouter:
    """The route; in Dev Mode everything in the body may be left out, and the answer is in words."""
    routes = APIRouter()
    summary = "A recorded utterance through the chain, and its lead"

    async def process(body: CallRequest, request: Request) -> CallReply:
        lines.check(request)
        return await recorded.run(body)

    async def in_words(body: DevCallRequest, request: Request) -> DevCallReply:
        lines.check(request)
        return await recorded.in_words(body)

    if dev:
        serve(routes, PROCESS_DEV, summary=summary)(in_words)
    else:
        serve(routes, PROCESS, summary=summary)(process)
    return routes
