"""What logger's routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from logger.erasure import Erasure
from mesh.kept.db import Database
from mesh.kept.retention import Retention


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process."""

    db: Database
    erasure: Erasure
    retention: Retention


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]
