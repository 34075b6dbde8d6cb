"""call_handler: telephony by Twilio, Asterisk and the browser, and POST /process for recorded utterances."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from call_handler.access import RULES, Lines
from call_handler.config import Settings
from call_handler.ears import Ears
from call_handler.media import Phrases
from call_handler.parts import Parts
from call_handler.promises import Promises
from call_handler.providers.audiosocket import AudioSocket
from call_handler.providers.twilio import routes as twilio
from call_handler.providers.twilio import signature
from call_handler.providers.twilio.calls import TwilioCalls
from call_handler.providers.twilio.desk import Desk
from call_handler.providers.twilio.ends import Ends
from call_handler.providers.twilio.media_stream import MediaStreams, Tokens
from call_handler.providers.twilio.outbound import Outbound
from call_handler.providers.twilio.webhooks import Webhooks
from call_handler.recorded import RecordedCall
from call_handler.recording import Recordings
from call_handler.routes import calls as own_calls
from call_handler.routes import process
from call_handler.switchboard import Switchboard
from call_handler.world import World
from mesh.client import Client
from mesh.drain import Drain
from mesh.kept import disk
from mesh.service import create_app
from mesh.settings import built, load_config, port_offset
from mesh.wire.common import Check
from mesh.wire.lang import Languages

DESCRIPTION = (
    "Telephony: Twilio's webhooks and streams, Asterisk's AudioSocket, the browser, outbound calls, recordings."
)
PEERS = ("stt", "lang", "gpt", "tts", "lead_sender", "gateway", "storage", "logger")


def build(settings: Settings) -> FastAPI:
    """The service, with its peers wired."""
    peers = {
        name: Client(name, getattr(settings, f"{name}_url"), caller="call_handler", dev=settings.is_dev)
        for name in PEERS
    }
    gateway, languages = peers["gateway"], load_config("languages.yaml", Languages)
    promises = Promises(settings.spool_dir, gateway, peers["lead_sender"])
    calls = TwilioCalls(settings, gateway, promises)
    outbound = Outbound(settings, gateway)
    recordings = Recordings(settings.recordings_dir, peers["storage"], peers["logger"])
    phrases = Phrases(peers["tts"], languages)
    switchboard = Switchboard(settings, phrases, recordings, promises=promises, text=outbound.text)
    port = settings.audiosocket_port
    audiosocket = AudioSocket(switchboard, settings.audiosocket_host, port + port_offset() if port else 0)
    drain = Drain(settings.drain_s, lambda: switchboard.active, switchboard.leave)
    switchboard.ending = lambda: drain.begun
    port = settings.public_port
    world = World(settings.public_host, port + port_offset() if port else 0)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        drain.install()
        await promises.open()
        phrases.warm(languages.default)
        recordings.start()
        await audiosocket.start()
        await world.start(app)
        yield
        await world.aclose()
        await audiosocket.aclose()
        await asyncio.gather(calls.aclose(), outbound.aclose(), recordings.aclose(), promises.aclose())
        await asyncio.gather(*(client.aclose() for client in peers.values()))

    async def probe() -> dict[str, Check]:
        return {
            "engine": signature.check(settings),
            "public_port": Check(ok=not world.trouble, detail=world.trouble or world.where),
            "calls": Check(ok=True, detail=f"{switchboard.active} of {settings.max_calls} with audio"),
            "audiosocket": Check(ok=not audiosocket.trouble, detail=audiosocket.trouble or audiosocket.where),
            "promises": promises.check(),
            "recordings": Check(ok=True, detail=f"{recordings.waiting} wait for storage"),
            "disk": disk.room(settings.recordings_dir, settings.disk_min_mb, recordings.trouble),
        }

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe, rules=RULES)
    ends = Ends(promises, peers["logger"])
    tokens = Tokens(settings.twilio_auth_token.get_secret_value())
    app.state.desk = Desk(
        settings=settings,
        webhooks=Webhooks(signature.TwilioGuard(settings), ends),
        calls=calls,
        switchboard=switchboard,
        outbound=outbound,
        ears=Ears(peers["stt"]),
        gateway=gateway,
        tokens=tokens,
        streams=MediaStreams(switchboard, tokens),
    )
    recorded = RecordedCall(*(peers[name] for name in PEERS[:5]), dev=settings.is_dev)
    app.state.parts = Parts(
        Lines(settings), switchboard, outbound, audiosocket, recorded, recordings, promises=promises, calls=calls
    )
    for routes in (twilio.routes, process.dev_routes if settings.is_dev else process.routes, own_calls.routes):
        app.include_router(routes)
    return app


app = built(build, Settings)
