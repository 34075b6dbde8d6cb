import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from launcher.first_start import name_unknown
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


def test_lines_that_no_service_reads_are_named_without_their_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "settings"
    settings.write_text(
        "# LLM_BASEURL=\n\nLLM_BASEURL=http://secret\nTWILIO_AUTH_TOKEN\nexport LOG_LEVEL=DEBUG\nstt_engine = vosk\n"
        f"TUNNEL=ngrok\nTTS_URL=http://secret\nCOMPLETELY_OTHER=secret\nthe secret itself\n{'x' * 60}=\n"
    )
    monkeypatch.setenv("MESH_ENV_FILE", str(settings))
    name_unknown()
    assert capsys.readouterr().out.splitlines() == [
        f"{settings}, line 3: no service knows LLM_BASEURL (did you mean LLM_BASE_URL?)",
        f'{settings}, line 4: TWILIO_AUTH_TOKEN has no "=" and a value: it is not read',
        f"{settings}, line 9: no service knows COMPLETELY_OTHER",
        f"{settings}, line 10: it is not NAME=value: it is not read",
        f"{settings}, line 11: it is not NAME=value: it is not read",
    ]


def test_no_example_has_a_line_that_nobody_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESH_ENV_FILE", ".env.example")
    name_unknown()
    assert capsys.readouterr().out == ""


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
