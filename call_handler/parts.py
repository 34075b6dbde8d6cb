"""What call_handler's own routes work with; Twilio's have a desk of their own (providers/twilio/desk.py)."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from call_handler.access import Lines
from call_handler.promises import Promises
from call_handler.providers.audiosocket import AudioSocket
from call_handler.providers.twilio.calls import TwilioCalls
from call_handler.providers.twilio.outbound import Outbound
from call_handler.recorded import RecordedCall
from call_handler.recording import Recordings
from call_handler.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process."""

    lines: Lines
    switchboard: Switchboard
    outbound: Outbound
    audiosocket: AudioSocket
    recorded: RecordedCall
    recordings: Recordings
    promises: Promises
    calls: TwilioCalls


async def _wired(connection: HTTPConnection) -> Parts:
    parts: Parts = connection.app.state.parts
    return parts


async def _ours(connection: HTTPConnection) -> Parts:
    parts = await _wired(connection)
    parts.lines.check(connection)
    return parts


Wired = Annotated[Parts, Depends(_wired)]
"""For a handler that decides itself who may ask."""
Ours = Annotated[Parts, Depends(_ours)]
"""For those who may use our lines; others get 401 or 403."""
