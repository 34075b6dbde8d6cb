"""One virtual environment a service, made by uv; nothing is done where nothing changed.

requirements.lock has the hash of every file that may be installed, and uv refuses any other.
"""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

UV = os.environ.get("UV", "uv")
PARALLEL = 4
LOCK = "requirements.lock"


class SetupError(Exception):
    """A service's environment could not be made; the message says why."""


def python_of(service: str) -> Path:
    """The interpreter of a service's environment."""
    return Path(service, ".venv", "bin", "python")


def prepare(services: list[str]) -> None:
    """Make the environments that are missing or out of date. Raises SetupError."""
    stale = [service for service in services if _read(service) != _stamp(service)]
    if not stale:
        return
    print(f"Setting up {len(stale)} environments: {', '.join(stale)}")
    # The first one alone: it fills uv's cache, and the others then link from it instead of downloading too.
    _make(stale[0])
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(_make, stale[1:]))


def _make(service: str) -> None:
    python = python_of(service)
    _uv(service, "venv", "-q", "--allow-existing", "--python", sys.executable, str(python.parent.parent))
    requirements = ["-r", f"{service}/requirements.txt"]
    _uv(
        service,
        "pip",
        "install",
        "-q",
        "--python",
        str(python),
        *("-c", LOCK),
        *("-b", LOCK),
        *requirements,
        *_extras(service),
    )
    _stamp_file(service).write_text(_stamp(service))
    print(f"  {service}: ready", flush=True)


def _extras(service: str) -> list[str]:
    """Optional engines that VOICEBLOCK_EXTRAS names, as tts/piper,lang/lingua."""
    asked = [extra.split("/") for extra in os.environ.get("VOICEBLOCK_EXTRAS", "").split(",") if "/" in extra]
    return [word for name, what in asked if name == service for word in ("-r", f"{service}/requirements-{what}.txt")]


def _uv(service: str, *arguments: str) -> None:
    done = subprocess.run([UV, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-12:])
        full = "No space left" in done.stderr
        why = "the disk is full" if full else "uv says"
        raise SetupError(f"The environment of {service} could not be made: {why}\n{last}")


def _stamp_file(service: str) -> Path:
    return Path(service, ".venv", "stamp")


def _read(service: str) -> str:
    file = _stamp_file(service)
    return file.read_text() if file.exists() else ""


def _stamp(service: str) -> str:
    """Changes with all that decides what is installed."""
    listed = Path(service, "requirements.txt")
    ours = [line.split()[1].split("[")[0] for line in listed.read_text().splitlines() if line.startswith("-e ")]
    files = [listed, Path(LOCK), *(Path(package, "pyproject.toml") for package in ours)]
    text = "".join(path.read_text() for path in files) + sys.version + " ".join(_extras(service))
    return hashlib.sha256(text.encode()).hexdigest()
