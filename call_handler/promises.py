"""What call_handler has to tell others for certain: a call back that was promised, the end of a call.

It is on disk (mesh.kept.spool) before the caller hears of it, and told until it is taken, by us or by the next process.

| peer        | deadline | slow or down           | refuses (4xx)                                      |
| ----------- | -------- | ---------------------- | -------------------------------------------------- |
| lead_sender | 5 s      | the promise waits      | kept apart: /health and the log say so             |
| gateway     | 5 s      | the end waits, a day   | the session is not known there: forgotten          |
"""

import asyncio
import itertools
import json
import time
from pathlib import Path
from typing import Any

from mesh import logs
from mesh.client import Client
from mesh.errors import PeerError, PeerRefused
from mesh.kept import person
from mesh.kept.journal import Row
from mesh.kept.spool import Spool
from mesh.repeat import repeat
from mesh.wire.common import Check
from mesh.wire.gateway import CLOSE, CloseRequest
from mesh.wire.lead_sender import SAVE, LeadRequest

CALL_BACK, END = "call_back", "end"
RETRY_S, ADOPT_EVERY = 2.0, 3
FORGOTTEN_S = 86_400.0
STRANDED_S = 10.0  # whoever was to tell it has gone: nothing takes longer
MAX_BYTES = 16 * 1024 * 1024
log = logs.get("promises")


class Promises:
    """Keeps them."""

    def __init__(self, folder: Path, gateway: Client, lead_sender: Client) -> None:
        self._gateway, self._lead_sender = gateway, lead_sender
        self._spool = Spool(folder / "call_handler.db", max_bytes=MAX_BYTES, expendable=(END, CALL_BACK))
        self._task: asyncio.Task[None] | None = None
        self._rounds = itertools.count()
        self._telling: set[tuple[str, str]] = set()
        self._late: set[tuple[str, str]] = set()

    async def open(self) -> None:
        """Read what an earlier process has left, and begin to tell it."""
        await self._spool.open()
        self._task = asyncio.create_task(repeat(self._tell_all, RETRY_S, "promises wait"))

    async def aclose(self) -> None:
        """The rest is for the next process."""
        if self._task:
            self._task.cancel()
        await self._spool.aclose()

    def check(self) -> Check:
        """For /health."""
        spool = self._spool
        stranded = time.monotonic() - STRANDED_S
        rows = [row for kind in (CALL_BACK, END) for row in spool.rows(kind)]
        waiting = sum(row.id in self._late or row.since < stranded for row in rows)
        said = f"{waiting} wait" + (
            f"; {spool.refused} were refused: python -m mesh.kept.journal {spool.path}" if spool.refused else ""
        )
        said += f"; in memory only: {spool.trouble}" if spool.trouble else ""
        return Check(ok=not (waiting or spool.refused or spool.trouble), detail=said)

    async def call_back(self, session_id: str, caller: str) -> None:
        """Save the caller's number, so that the promise of a call back can be kept."""
        if not any(character.isdigit() for character in caller):
            return
        # Without a country code it may be an extension of ours too: no telephone number for sure.
        number = {"phone" if caller.startswith("+") else "caller": caller}
        request = LeadRequest.model_validate(
            {**number, "session_id": session_id, "partial": True, "began": time.time()}
        )
        await self._tell(self._put(CALL_BACK, session_id, request))

    async def ended(self, session_id: str, request: CloseRequest) -> None:
        """A call is over: its session ends, and is summed up. Told twice, it changes nothing."""
        await self._tell(self._put(END, session_id, request))

    async def erase(self, phone: str, sessions: list[str]) -> set[str]:
        """Delete what waits of a person; the sessions that it was about."""
        theirs = person.forms(phone)
        return await self._spool.erase(sessions, lambda body: person.mentions(json.loads(body), theirs))

    def _put(self, kind: str, session_id: str, request: LeadRequest | CloseRequest) -> Row:
        return self._spool.put(kind, session_id, session_id, request.model_dump_json(exclude_none=True))

    async def _tell(self, row: Row) -> None:
        if not await self._try(row):
            self._late.add(row.id)
            await self._spool.kept()

    async def _try(self, row: Row) -> bool:
        """Whether it is settled."""
        if row.id in self._telling:
            return False
        self._telling.add(row.id)
        try:
            await (self._save(row) if row.kind == CALL_BACK else self._close(row))
        except PeerRefused as error:
            if row.kind == CALL_BACK and not error.for_good:
                return False
            log.error("refused", kind=row.kind, session_id=row.topic, code=error.code, error=error.message)
            if row.kind == CALL_BACK and error.code != "erased":  # of a person who was, nothing is kept
                self._spool.refuse(row, f"{error.code}: {error.message}")
        except PeerError as error:
            log.warning("waits", kind=row.kind, session_id=row.topic, peer=error.peer, reason=error.reason)
            if row.kind == CALL_BACK or row.at > time.time() - FORGOTTEN_S:
                return False
        finally:
            self._telling.discard(row.id)
        self._spool.done(row)
        self._late.discard(row.id)
        return True

    async def _save(self, row: Row) -> Any:  # noqa: ANN401 (nobody looks at it)
        request = LeadRequest.model_validate_json(row.body)
        return await self._lead_sender.call(SAVE, request)

    async def _close(self, row: Row) -> Any:  # noqa: ANN401 (nobody looks at it)
        request = CloseRequest.model_validate_json(row.body)
        return await self._gateway.call(CLOSE, request, path={"session_id": row.topic})

    async def _tell_all(self) -> None:
        if next(self._rounds) % ADOPT_EVERY == 0:
            await self._spool.adopt()
        for kind in (CALL_BACK, END):
            for row in self._spool.rows(kind):
                if not await self._try(row):
                    break  # its peer is away
