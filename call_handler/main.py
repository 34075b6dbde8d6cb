"""call_handler: telephony by Twilio, Asterisk and the browser, and POST /process for recorded utterances."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from call_handler.access import Lines
from call_handler.config import Settings
from call_handler.ears import Ears
from call_handler.media import Phrases
from call_handler.promises import Promises
from call_handler.providers.audiosocket import AudioSocket
from call_handler.providers.twilio import routes as twilio_routes
from call_handler.providers.twilio.calls import TwilioCalls
from call_handler.providers.twilio.ends import Ends
from call_handler.providers.twilio.outbound import Outbound
from call_handler.providers.twilio.signature import TwilioGuard
from call_handler.recorded import RecordedCall
from call_handler.recording import Recordings
from call_handler.routes import calls as call_routes
from call_handler.routes import process as process_routes
from call_handler.switchboard import Switchboard
from call_handler.world import World
from mesh.client import Client
from mesh.drain import Drain
from mesh.kept import disk
from mesh.service import create_app, serve
from mesh.settings import built, load_config, port_offset
from mesh.wire.call_handler import DROP, Dropped, DropRequest
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
    ends = Ends(promises, peers["logger"])
    recorded = RecordedCall(*(peers[name] for name in PEERS[:5]), dev=settings.is_dev)
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
    lines = Lines(settings)

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
        signed = bool(settings.twilio_auth_token.get_secret_value())
        unsigned = "Twilio is refused" if settings.exposed else "loopback only"
        signatures = "signatures checked" if signed else f"no TWILIO_AUTH_TOKEN: {unsigned}"
        number = settings.twilio_phone_number or "no TWILIO_PHONE_NUMBER"
        return {
            "engine": Check(
                ok=signed or not settings.exposed, detail=f"twilio {settings.twilio_mode}; {number}; {signatures}"
            ),
            "public_port": Check(ok=not world.trouble, detail=world.trouble or world.where),
            "calls": Check(ok=True, detail=f"{switchboard.active} of {settings.max_calls} with audio"),
            "audiosocket": Check(ok=not audiosocket.trouble, detail=audiosocket.trouble or audiosocket.where),
            "promises": promises.check(),
            "recordings": Check(ok=True, detail=f"{recordings.waiting} wait for storage"),
            "disk": disk.room(settings.recordings_dir, settings.disk_min_mb, recordings.trouble),
        }

    app = create_app(settings, DESCRIPTION, lifespan=lifespan, probe=probe)

    @serve(app, DROP, summary="Throw away recordings of sessions whose person was erased")
    async def drop(body: DropRequest, request: Request) -> Dropped:
        lines.check_peer(request)
        for session_id in body.sessions:
            switchboard.after.pop(session_id, None)
            calls.forget(session_id)
        await promises.erase(body.phone, body.sessions)
        return Dropped(recordings=recordings.drop(body.sessions))

    ears = Ears(peers["stt"])
    webhooks = twilio_routes.Webhooks(TwilioGuard(settings), ends)
    app.include_router(twilio_routes.router(settings, webhooks, calls, switchboard, outbound, ears, gateway))
    app.include_router(process_routes.router(lines, recorded, dev=settings.is_dev))
    app.include_router(call_routes.router(lines, switchboard, outbound, audiosocket))
    return app


app = built(build, Settings)
