"""What gateway's routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.config import Settings
from gateway.conversation.conversation import Conversation
from gateway.conversation.people import People
from gateway.conversation.record import Recorder
from gateway.conversation.text import TextTurns
from gateway.limits.limits import Limits
from gateway.openai.front import Front
from gateway.peers import Peers
from gateway.realtime.calls import Calls
from mesh.auth import Principal, principal
from mesh.auth.keys import Keyring
from mesh.service import Probe


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process."""

    settings: Settings
    peers: Peers
    recorder: Recorder
    conversation: Conversation
    texts: TextTurns
    people: People
    calls: Calls
    probe: Probe
    """The checks of /health."""
    keyring: Keyring | None
    """None where no secret is set."""
    front: Front
    limits: Limits


async def _wired(connection: HTTPConnection) -> Parts:
    parts: Parts = connection.app.state.parts
    return parts


async def _asking(connection: HTTPConnection) -> Principal:
    return principal(connection.scope)


Wired = Annotated[Parts, Depends(_wired)]
Asking = Annotated[Principal, Depends(_asking)]
