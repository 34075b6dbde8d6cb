"""POST /process: a recorded utterance, with its lead. In Dev Mode everything in the body may be left out, and the
answer is in words.
"""

from fastapi import APIRouter

from call_handler.parts import Ours
from mesh.service import serve
from mesh.wire.call_handler import PROCESS, PROCESS_DEV, CallReply, CallRequest, DevCallReply, DevCallRequest

SUMMARY = "A recorded utterance through the chain, and its lead"
routes, dev_routes = APIRouter(), APIRouter()


@serve(routes, PROCESS, summary=SUMMARY)
async def process(body: CallRequest, parts: Ours) -> CallReply:
    return await parts.recorded.run(body)


@serve(dev_routes, PROCESS_DEV, summary=SUMMARY)
async def in_words(body: DevCallRequest, parts: Ours) -> DevCallReply:
    return await parts.recorded.in_words(body)
