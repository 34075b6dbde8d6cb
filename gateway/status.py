"""The state of gateway, and of every service as gateway sees it."""

import asyncio
import time

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.record import Recorder
from gateway.peers import Peers
from gateway.realtime.calls import Calls
from mesh.auth.keys import Keyring
from mesh.client import Client
from mesh.errors import PeerError
from mesh.kept import disk
from mesh.wire.common import HEALTH, Check, Health
from mesh.wire.gateway import ServiceStatus, StatusReply


def checks(
    settings: Settings, conversation: Conversation, recorder: Recorder, calls: Calls, keyring: Keyring | None
) -> dict[str, Check]:
    """Gateway's own, for /health."""
    scenarios = conversation.scenarios
    wrong = "; ".join(scenarios.broken.values())
    return {
        "engine": Check(ok=True, detail=", ".join(scenarios.by_name)),
        "scenarios": Check(ok=not wrong, detail=wrong or f"{len(scenarios.by_name)} files"),
        "sessions": Check(ok=True, detail=f"{len(conversation.sessions)} in memory"),
        "realtime": Check(ok=True, detail=f"{calls.open} of {settings.max_sockets} sockets open"),
        "unwritten": recorder.check(),
        "disk": disk.room(settings.spool_dir, settings.disk_min_mb),
        "keys": keyring.check() if keyring else Check(ok=True, detail="no JWT_SECRET: this machine alone is served"),
    }


async def status(peers: Peers, own: Health) -> StatusReply:
    """Ask every service for its health at the same time; one that does not answer within a second is down.

    `own` is gateway's health, which needs no asking.
    """
    clients = peers.all()
    found = await asyncio.gather(*(_ask(client) for client in clients))
    services = {"gateway": _state(own, 0.0)}
    services |= {client.peer: state for client, state in zip(clients, found, strict=True)}
    healthy = all(state.state == "ok" for state in services.values())
    return StatusReply(status="ok" if healthy else "degraded", version=own.version, services=services)


async def _ask(client: Client) -> ServiceStatus:
    started = time.perf_counter()
    try:
        health = await client.call(HEALTH, deadline_s=1.0, retries=0)
    except PeerError as error:
        return ServiceStatus(state="down", detail=error.message)
    return _state(health, round((time.perf_counter() - started) * 1000, 1))


def _state(health: Health, latency_ms: float) -> ServiceStatus:
    return ServiceStatus(
        state=health.status,
        version=health.version,
        engine=health.engine,
        latency_ms=latency_ms,
        detail=health.trouble,
        checks=health.checks,
    )
