"""What is on its way to logger and lead_sender: on disk until it is written, kept apart when it is refused."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from prometheus_client import Gauge
from pydantic import BaseModel, ValidationError

from mesh import logs
from mesh.errors import PeerError, PeerRefused
from mesh.kept.journal import Row
from mesh.kept.spool import Spool
from mesh.wire.common import Check

EVENT, NOTE, LEAD, CLOSE = "event", "note", "lead", "close"
"""What waits: events that are part of the state, other events, leads, calls that are over and not summed up yet."""
WAITING = Gauge("gateway_unwritten", "Events and leads that logger and lead_sender have not taken yet.")
OLDEST = Gauge("gateway_unwritten_oldest_seconds", "Age of the oldest of them.")
REFUSED = Gauge("gateway_refused", "Events and leads that logger and lead_sender will never take as they are.")
STRANDED_S = 5.0  # whoever was to write it has gone: nothing takes longer
Model = TypeVar("Model", bound=BaseModel)
log = logs.get("record")


class Outgoing:
    """Rows of the spool; `late` are those whose turn it was already."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.spool = Spool(folder / "gateway.db", max_bytes=max_bytes, expendable=(NOTE, EVENT, CLOSE, LEAD))
        self._late: set[tuple[str, str]] = set()
        WAITING.set_function(lambda: self.waiting)
        OLDEST.set_function(lambda: self.spool.oldest_s)
        REFUSED.set_function(lambda: self.spool.refused)

    @property
    def waiting(self) -> int:
        """Events and leads that should have been written by now."""
        stranded = time.monotonic() - STRANDED_S
        rows = (row for kind in (EVENT, NOTE, LEAD) for row in self.spool.rows(kind))
        return sum(row.id in self._late or row.since < stranded for row in rows)

    def check(self) -> Check:
        """How what waits is, for /health."""
        spool, waiting = self.spool, self.waiting
        said = f"{waiting} events and leads wait" + (f", the oldest for {spool.oldest_s:.0f} s" if waiting else "")
        said += f"; {spool.refused} were refused: python -m mesh.kept.journal {spool.path}" if spool.refused else ""
        said += f"; {spool.dropped} were dropped: the spool is full" if spool.dropped else ""
        said += f"; in memory only: {spool.trouble}" if spool.trouble else ""
        return Check(ok=not (waiting or spool.refused or spool.dropped or spool.trouble), detail=said)

    @property
    def trouble(self) -> str:
        """Why what waits would not survive us; "" when it would."""
        return self.spool.trouble if self.spool.waiting else ""

    def put(self, kind: str, row_id: str, topic: str, body: BaseModel) -> Row:
        """Something is to be written; an earlier one of the same id is replaced."""
        return self.spool.put(kind, row_id, topic, body.model_dump_json(exclude_none=True, by_alias=True))

    def all_late(self) -> None:
        """Nobody writes any more but `due`'s reader."""
        self._late |= {row.id for kind in (EVENT, NOTE, LEAD) for row in self.spool.rows(kind)}

    async def wait(self, row: Row) -> None:
        """It has to wait."""
        self._late.add(row.id)
        await self.spool.kept()

    async def write(self, row: Row, write: Callable[[], Awaitable[object]]) -> None:
        """Write it now. Raises PeerError when it has to wait, or is refused."""
        try:
            await write()
        except PeerRefused as error:
            if error.for_good:
                self.refuse(row, error.code, error.message)
            else:
                await self.wait(row)
            raise
        except PeerError:
            await self.wait(row)
            raise
        except BaseException:
            self._late.add(row.id)  # whoever asked for it has gone
            raise
        self.done(row)

    def done(self, row: Row) -> None:
        """It is written."""
        self.spool.done(row)
        if not self.spool.has(row):
            self._late.discard(row.id)

    def refuse(self, row: Row, code: str, message: str) -> None:
        """It will never be taken as it is."""
        if code == "erased":  # its person was, meanwhile: nothing of it is kept
            self.spool.done(row)
        else:  # trying again would not help: what was sent is itself at fault, and the operator must see it
            log.error("refused", kind=row.kind, session_id=row.topic, code=code, error=message)
            self.spool.refuse(row, f"{code}: {message}")
        self._late.discard(row.id)

    def due(self, kind: str) -> list[Row]:
        """What is to be tried again. Nothing of a session overtakes what is just being written of it."""
        stranded, found, busy = time.monotonic() - STRANDED_S, [], set()
        for row in self.spool.rows(kind):
            late = kind == NOTE or row.id in self._late or row.since < stranded
            if late and row.topic not in busy:
                found.append(row)
            else:
                busy.add(row.topic)
        return found

    def read(self, row: Row, model: type[Model]) -> Model | None:
        """What a row holds; None when an earlier version of us has put there what makes no sense any more."""
        try:
            return model.model_validate_json(row.body)
        except ValidationError as error:
            self.refuse(row, "unreadable", f"{error.error_count()} values make no sense")
            return None
