"""How many texts went out today: to each number, and in all. Counted before they are sent, and kept over restarts.

A number is kept as a keyed hash, and for its day only: nothing here says who was written to.
"""

import asyncio
import hashlib
import hmac
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from call_handler.config import Settings
from mesh import logs
from mesh.errors import ApiError

_TABLE = "CREATE TABLE IF NOT EXISTS sent (day INTEGER, who TEXT, number INTEGER, PRIMARY KEY (day, who))"
_ADD = "INSERT INTO sent VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET number = number + 1 RETURNING number"
DAY_S = 86_400
log = logs.get("texts")


class Texts:
    """The day's counts of one Twilio account."""

    def __init__(self, settings: Settings) -> None:
        self._path, self._lock = settings.texts_file, asyncio.Lock()
        self._limits = (settings.texts_per_number, settings.texts_per_day)
        self._account = f"{settings.twilio_api_url} {settings.twilio_account_sid}"
        self._key = settings.twilio_auth_token.get_secret_value().encode()

    async def count(self, to: str) -> None:
        """One more. Raises ApiError too_many_texts; not_counted where that cannot be known."""
        try:
            async with self._lock:
                within = await asyncio.to_thread(self._add, to)
        except (sqlite3.Error, OSError) as error:
            log.error("texts cannot be counted", error=str(error))
            raise ApiError(503, "not_counted", "Texts cannot be counted now, so none is sent.") from error
        if not within:
            log.warning("too many texts", to=to)
            per_number, per_day = self._limits
            raise ApiError(
                429,
                "too_many_texts",
                f"Today's texts are sent: {per_number} a number (TEXTS_PER_NUMBER), {per_day} in all (TEXTS_PER_DAY).",
            )

    def _add(self, to: str) -> bool:
        day = int(time.time() // DAY_S)
        _make(self._path)
        with closing(sqlite3.connect(self._path, timeout=5, isolation_level=None)) as database:
            database.execute(_TABLE)
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM sent WHERE day < ?", (day - 1,))
            counts = [database.execute(_ADD, (day, self._hash(who))).fetchone()[0] for who in (to, "")]
            within = all(count <= limit for count, limit in zip(counts, self._limits, strict=True))
            database.execute("COMMIT" if within else "ROLLBACK")
        return within

    def _hash(self, who: str) -> str:
        return hmac.new(self._key, f"{self._account} {who}".encode(), hashlib.sha256).hexdigest()


def _make(path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
