"""gateway: POST /process takes a turn; GET /status tells how the mesh is; everything public is under /v1 too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.people import People
from gateway.conversation.record import Recorder
from gateway.conversation.text import TextTurns
from gateway.limits.limits import Limits
from gateway.openai.front import Front
from gateway.parts import Parts
from gateway.peers import connect
from gateway.realtime.calls import Calls
from gateway.routes import accounts, openai, people, process, realtime, sessions, status
from gateway.rules import RULES, known_keys
from gateway.status import checks
from mesh.drain import Drain
from mesh.service import create_app
from mesh.settings import built
from mesh.wire.common import Check

DESCRIPTION = "The conversation, and the mesh's public API. One turn in, one turn out; a lead on the way."


def build(settings: Settings) -> FastAPI:
    """The service, with its peers wired."""
    peers = connect(settings)
    recorder = Recorder(settings, peers)
    conversation = Conversation(settings, peers, recorder)
    calls = Calls(settings, conversation, recorder, peers)
    keyring = known_keys(settings, peers)
    limits = Limits(settings, peers.accounts)
    front = Front(settings, limits.ledger)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        Drain(settings.drain_s, lambda: calls.open).install()
        await recorder.open()
        recorder.start()
        conversation.closings.start()
        calls.start()
        limits.start()
        watching = asyncio.create_task(conversation.scenarios.watch())
        conversation.understanding.warm(next(iter(conversation.scenarios.by_name.values())).default_language)
        yield
        watching.cancel()
        await calls.aclose()
        await conversation.aclose()
        await recorder.aclose()
        await front.aclose()
        await limits.aclose()
        await asyncio.gather(*(client.aclose() for client in peers.all()))

    async def probe() -> dict[str, Check]:
        found = checks(settings, conversation, recorder, calls, keyring)
        return found | {"models": front.check(), "limits": limits.rates.check()}

    stops = limits.stops()
    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe, rules=RULES, keyring=keyring, stops=stops)
    texts = TextTurns(settings, conversation, recorder, peers)
    eraser = People(peers, conversation, recorder)
    app.state.parts = Parts(
        settings, peers, recorder, conversation, texts, eraser, calls, probe, keyring, front, limits
    )
    front.mount(app)
    for topic in (openai, process, sessions, people, status, realtime, accounts):
        app.include_router(topic.routes)
    return app


app = built(build, Settings)
