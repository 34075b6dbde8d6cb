"""The file behind a spool: one SQLite database for all processes of a service that share a folder. It blocks.

A row belongs to the process that put it there for as long as that process lives, which its locked file tells: the
system lets go of the lock when the process is killed. The rows of a dead one go to the next who looks. Rows that were
refused stay until somebody decides: `python -m mesh.kept.journal FILE [list|retry|drop]`.
"""

import argparse
import fcntl
import math
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from mesh import logs

_TABLE = """
CREATE TABLE IF NOT EXISTS rows (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL,
    topic TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL, error TEXT NOT NULL, owner TEXT NOT NULL,
    UNIQUE (kind, key));
CREATE INDEX IF NOT EXISTS rows_topic ON rows (topic);
"""
_READ = "SELECT kind, key, topic, body, at FROM rows WHERE owner = ? AND error = '' ORDER BY seq"
MAX_REFUSED = 1_000
_FORGET = "DELETE FROM rows WHERE seq IN (SELECT seq FROM rows WHERE error != '' ORDER BY seq DESC LIMIT -1 OFFSET ?)"
_PUT = """
INSERT INTO rows (kind, key, topic, body, at, error, owner) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET topic = excluded.topic, body = excluded.body, at = excluded.at,
        error = excluded.error, owner = excluded.owner
"""
# FULL: what is committed survives a power cut; secure_delete: what is erased is not left in free pages.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=1500",
    "secure_delete=ON",
    "journal_size_limit=1048576",
)
_REFUSED = "SELECT kind, topic, at, error, body FROM rows WHERE error != '' ORDER BY seq"
_DROP = "DELETE FROM rows WHERE error != ''"
Id = tuple[str, str]
log = logs.get("journal")


@dataclass(slots=True, eq=False)
class Row:
    """One thing that waits. `key` is unique in its kind; `topic` is what it is about; `error`: why it was refused."""

    kind: str
    key: str
    topic: str
    body: str
    at: float
    error: str = ""
    since: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> Id:
        """What a later row of the same thing has too."""
        return self.kind, self.key


class Journal:
    """Rows on disk. All methods may raise OSError or sqlite3.Error; the next call begins anew."""

    def __init__(self, path: Path) -> None:
        self._path, self._owner = path, uuid4().hex
        self._db: sqlite3.Connection | None = None
        self._lock: int | None = None

    def write(self, rows: Iterable[Row], gone: Iterable[Id]) -> None:
        """Delete some and put others, all or nothing. On disk when this returns."""
        with self._open() as db:
            db.executemany("DELETE FROM rows WHERE kind = ? AND key = ?", gone)
            db.executemany(_PUT, [(r.kind, r.key, r.topic, r.body, r.at, r.error, self._owner) for r in rows])

    def adopt(self) -> tuple[list[Row], list[Id]]:
        """Take over the rows of dead processes: all of ours if there were any, oldest first; and what is refused."""
        with self._open() as db:
            db.execute(_FORGET, (MAX_REFUSED,))
            others = db.execute("SELECT DISTINCT owner FROM rows WHERE owner != ?", (self._owner,)).fetchall()
            for (owner,) in others:
                if self._is_dead(owner):
                    db.execute("UPDATE rows SET owner = ? WHERE owner = ?", (self._owner, owner))
            refused = [(kind, key) for kind, key in db.execute("SELECT kind, key FROM rows WHERE error != ''")]
            return self._ours(db) if others else [], refused

    def about(self, topic: str) -> list[Row]:
        """Take over all rows about a topic, whoever has them: its story goes on here. All of ours, oldest first."""
        with self._open() as db:
            query = "SELECT 1 FROM rows WHERE topic = ? AND owner != ?"
            if db.execute(query, (topic, self._owner)).fetchone() is None:
                return []
            db.execute("UPDATE rows SET owner = ? WHERE topic = ?", (self._owner, topic))
            return self._ours(db)

    def erase(self, topics: Iterable[str], matches: Callable[[str], bool]) -> set[str]:
        """Delete all rows about these topics, and about those of which a row's body matches; which these were."""
        db = self._open()
        with db:
            found = set(topics)
            found |= {topic for topic, body in db.execute("SELECT topic, body FROM rows") if matches(body)}
            db.executemany("DELETE FROM rows WHERE topic = ?", [(topic,) for topic in found])
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still has what was deleted
        return found

    def close(self) -> None:
        """Let go; what is still there is for the next."""
        if self._db:
            self._db.close()
        if self._lock is not None:
            self._lock_file(self._owner).unlink(missing_ok=True)
            os.close(self._lock)
        self._db = self._lock = None

    def _open(self) -> sqlite3.Connection:
        if self._db is not None:
            return self._db
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._lock is None:
            self._lock = os.open(self._lock_file(self._owner), os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._db = self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # full, locked, not ours to write: nothing is wrong with the file
            aside = self._path.with_suffix(f".{int(time.time())}.broken")
            log.error("no database: put aside", file=str(self._path), aside=aside.name, error=str(error))
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._path.rename(aside)
            self._db = self._connect()
        return self._db

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))  # its log files get its mode
        db = sqlite3.connect(self._path, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            db.executescript(_TABLE)
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":  # a page in its middle: it would open, and then fail again and again
                raise sqlite3.DatabaseError(found)
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _ours(self, db: sqlite3.Connection) -> list[Row]:
        rows = db.execute(_READ, (self._owner,)).fetchall()
        return [Row(kind, key, topic, body, at, since=-math.inf) for kind, key, topic, body, at in rows]

    def _lock_file(self, owner: str) -> Path:
        return self._path.with_name(f"{self._path.stem}.{owner}.lock")

    def _is_dead(self, owner: str) -> bool:
        path = self._lock_file(owner)
        try:
            lock = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(lock)


def main() -> None:
    """What nobody took: look at it, have it tried again, or delete it. The service may run meanwhile."""
    parser = argparse.ArgumentParser(prog="python -m mesh.kept.journal", description=main.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("command", nargs="?", default="list", choices=["list", "retry", "drop"])
    asked = parser.parse_args()
    if not asked.file.is_file():
        parser.error(f"there is no {asked.file}")
    with sqlite3.connect(asked.file, timeout=5) as db:
        if asked.command == "list":
            for kind, topic, at, error, body in db.execute(_REFUSED):
                when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
                sys.stdout.write(f"{when} {kind} {topic}\n    {error}\n    {body}\n")
        elif asked.command == "retry":  # without an owner it is everybody's
            done = db.execute("UPDATE rows SET error = '', owner = '' WHERE error != ''")
            sys.stdout.write(f"{done.rowcount} are tried again within seconds, or at the next start.\n")
        else:
            sys.stdout.write(f"{db.execute(_DROP).rowcount} are deleted.\n")


if __name__ == "__main__":
    main()
