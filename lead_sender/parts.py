"""What lead_sender's routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from lead_sender.config import Settings
from lead_sender.courier import Courier
from lead_sender.destinations import Destinations
from lead_sender.erasure import Erasure
from mesh.kept.db import Database
from mesh.kept.retention import Retention


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process."""

    settings: Settings
    db: Database
    erasure: Erasure
    retention: Retention
    destinations: Destinations
    courier: Courier


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]
