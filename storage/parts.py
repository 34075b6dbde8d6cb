"""What storage's routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from mesh.kept.retention import Retention
from storage.config import Settings
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process."""

    settings: Settings
    store: Store
    retentions: dict[str, Retention]
    """By bucket."""


async def _wired(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(_wired)]
