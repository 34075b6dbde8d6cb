"""Logs stay small while their writers go on.

A service writes to its file itself, in append mode: neither a dead supervisor nor a slow one can hold it up. The file
is copied and cut to nothing under its writer's hands; a line that comes between the two, microseconds apart, is lost.
"""

import asyncio
import os
import shutil
from pathlib import Path
from typing import IO

from launcher.screen import say

MAX_MB, KEEP = 20.0, 3
EVERY_S = 1.0


def open_log(path: Path) -> IO[bytes]:
    """A log to append to, readable by its owner only."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    path.chmod(0o600)  # it may be there since before
    return file


async def keep_small(paths: list[Path]) -> None:
    """Rotate what has grown too large, again and again."""
    limit = float(os.environ.get("MESH_LOG_MAX_MB") or MAX_MB) * 1048576
    while True:
        for path in paths:
            if path.exists() and path.stat().st_size > limit:
                await asyncio.to_thread(rotate, path)
        await asyncio.sleep(EVERY_S)


def rotate(path: Path) -> None:
    """Move a log's lines to `.1`, that one's to `.2`, and so on; the oldest go. On a full disk they go at once."""
    for number in range(KEEP - 1, 0, -1):
        older = _old(path, number)
        if older.exists():
            older.replace(_old(path, number + 1))
    with path.open("r+b") as log:
        try:
            with open_log(_old(path, 1)) as copy:
                shutil.copyfileobj(log, copy)
        except OSError as error:
            for number in range(1, KEEP + 1):
                _old(path, number).unlink(missing_ok=True)
            say(f"{path}: its old lines are dropped, they cannot be kept ({error.strerror}).")
        log.truncate(0)


def _old(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
