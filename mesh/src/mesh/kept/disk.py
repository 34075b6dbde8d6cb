"""The disk under a service: its files are their owner's alone, and there is room for more."""

import os
import shutil
from pathlib import Path

from mesh.wire.common import Check

OTHERS = 0o077
FULL = ("disk is full", "No space left", "quota")
"""What is said of a full disk by SQLite, the system and its quotas."""


def be_private() -> None:
    """From now on no file that this process makes can be read by others."""
    os.umask(OTHERS)


def own(folder: Path) -> None:
    """Make a folder, or take it and all that is in it from others: an earlier version, or a copy, may have let them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (folder, *folder.rglob("*")):
        tighten(path)


def tighten(path: Path) -> None:
    """Take a file from others; one that has gone, or is not ours, stays as it is."""
    try:
        mode = path.lstat().st_mode
        if mode & OTHERS and not path.is_symlink():
            path.chmod(mode & 0o7777 & ~OTHERS)
    except (FileNotFoundError, PermissionError):
        return


def room(folder: Path, least_mb: float, trouble: str = "") -> Check:
    """For /health: whether there is room in a folder, and what to do; `trouble` is what the last write met."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free_mb = shutil.disk_usage(folder).free / 1_048_576
    except OSError as error:
        return Check(ok=False, detail=f"{folder} cannot be read: {error.strerror}")
    said = f"{free_mb:,.0f} MiB free at {folder}"
    if trouble:
        return Check(ok=False, detail=f"what comes is refused: {trouble}. {said}: make room, it goes on by itself")
    if free_mb < least_mb:
        return Check(ok=False, detail=f"{said}, less than DISK_MIN_MB={least_mb:g}: make room before it is full")
    return Check(ok=True, detail=said)
