import shutil
from typing import NamedTuple

import pytest

from launcher.supervisor import StartError, check_machine
from launcher.venvs import SetupError, prepare


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_a_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 50 * 1024**2))
    with pytest.raises(StartError, match="nearly full: 50 MiB are free"):
        check_machine([])


def test_what_uv_says_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """A disk that fills up while environments are made, as uv reports it."""
    import subprocess

    def full(*_: object, **__: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], 1, "", "error: failed to write: No space left on device (os error 28)")

    monkeypatch.setattr(subprocess, "run", full)
    monkeypatch.setattr("launcher.venvs._read", lambda _: "old")
    monkeypatch.setattr("launcher.venvs._stamp_file", lambda _: __import__("pathlib").Path(str(tmp_path)))
    with pytest.raises(SetupError, match="The environment of lang could not be made: the disk is full"):
        prepare(["lang"])
