"""What a start puts in order first: who may read what is private, and a recogniser that is up to it."""

import difflib
import os
import re
import select
import sys
from pathlib import Path

from launcher import models
from launcher.processes import RUN
from mesh.addresses import env_files, setting
from mesh.settings import ports

ANSWER_S = 20.0
TUNNELS = {"TUNNEL", "CLOUDFLARED_TUNNEL"}
_NAME = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")
KEYS = ("STT_BASE_URL", "OPENAI_API_KEY", "GOOGLE_API_KEY")


def make_private() -> None:
    """Run's files, data and the settings, which hold keys, are their owner's alone; so is all that is written later."""
    os.umask(0o077)
    (RUN / "logs").mkdir(parents=True, exist_ok=True)
    settings = {Path(path) for service in ports() for path in env_files(service)}
    wanted = {RUN: 0o700, RUN / "logs": 0o700, Path("data"): 0o700, **dict.fromkeys(sorted(settings), 0o600)}
    for path, mode in wanted.items():
        if not (path.is_file() or path.is_dir()) or not path.stat().st_mode & 0o077:
            continue
        try:
            path.chmod(mode)
        except OSError as error:
            print(f"{path} can be read by others, and cannot be closed to them ({error.strerror}).", file=sys.stderr)
        else:
            print(f"{path} could be read by others: only you can now ({mode:o}).")


def name_unknown() -> None:
    """Name the lines of the settings' files that no service reads: a typing mistake is silence otherwise."""
    told = [*Path().glob("*/.env.example"), Path(".env.example"), *Path().glob("docker-compose*.yml")]
    told += sorted(Path("config").rglob("*.yaml"))  # scenarios name secrets of their own
    known = {f"{name.upper()}_URL" for name in ports()} | TUNNELS
    known |= {name for path in told for name in _NAME.findall(path.read_text(encoding="utf-8"))}
    for path in sorted({Path(path) for service in ports() for path in env_files(service)}):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        for number, line in enumerate(lines, 1):
            if why := _unknown(line, known):
                print(f"{path}, line {number}: {why}")


def _unknown(line: str, known: set[str]) -> str:
    """What is wrong with a line; its value, which may be a secret, is not said."""
    name, found, _ = line.strip().removeprefix("export ").partition("=")
    name = name.strip().upper()
    if not name or name.startswith("#") or (found and name in known):
        return ""
    if not found or not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,40}", name):
        return (
            f'{name} has no "=" and a value: it is not read'
            if name in known
            else "it is not NAME=value: it is not read"
        )
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"no service knows {name}" + (f" (did you mean {near[0]}?)" if near else "")


def offer_model() -> None:
    """Ask once, at a terminal, whether to fetch Whisper, where only the weak recogniser would serve."""
    asked = RUN / "whisper-offered"
    if asked.exists() or not _somebody_is_there() or _has_recogniser():
        return
    asked.touch()
    print(
        "No speech recogniser that is up to a telephone is here: only pocketsphinx (English, about half the words).\n"
        f"Fetch Whisper base now (145 MB, 99 languages)? [y/N, no answer in {ANSWER_S:g} s is no] ",
        end="",
        flush=True,
    )
    ready, _, _ = select.select([sys.stdin], [], [], ANSWER_S)
    answer = sys.stdin.readline().strip().lower() if ready else ""
    if answer not in ("y", "yes"):
        print("Not now. Later: ./start_all.sh models")
    elif models.main(["whisper-base"]):
        print("Going on without it.")


def _somebody_is_there() -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()  # in the background a read would stop us


def _has_recogniser() -> bool:
    if setting("stt", "STT_ENGINE") not in ("", "auto") or any(setting("stt", key) for key in KEYS):
        return True
    folder = Path(setting("stt", "MODELS_DIR") or "models")
    return any(next(folder.glob(pattern), None) for pattern in ("whisper/*/model.bin", "whisper/*.pt", "vosk/*"))
