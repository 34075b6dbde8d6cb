"""WS /v1/realtime: a session a socket."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket

from gateway.parts import Asking, Wired
from gateway.realtime.setup import Party
from mesh.auth.guard import credential
from mesh.wire.common import SESSION_ID

routes = APIRouter()
Name = Annotated[str | None, Query(max_length=64)]
Number = Annotated[str | None, Header(max_length=64)]


@routes.websocket("/v1/realtime")
async def realtime(
    socket: WebSocket,
    parts: Wired,
    asking: Asking,
    *,
    model: Name = None,
    session_id: Annotated[str | None, Query(pattern=SESSION_ID)] = None,
    scenario: Name = None,
    language: Annotated[str | None, Query(pattern="^[a-z]{2,3}$")] = None,
    caller: Name = None,
    called: Name = None,
    x_caller: Number = None,
    x_called: Number = None,
    phone: bool = False,
) -> None:
    """One socket, from its upgrade to its end. `model` may be a scenario's name.

    Our own telephony names the two numbers in headers: addresses end in logs.
    """
    secret = parts.front.client_secrets.find(credential(socket.scope))
    wanted = secret.session if secret else None
    party = Party(model, session_id, scenario, language, caller or x_caller, called or x_called, phone, asking, wanted)
    await parts.calls.serve(socket, party)
