"""A copy of what git would clone, and start_all.sh in it."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from simulator.processes import BASE, ROOT, free_offset


def as_at_a_terminal() -> None:
    """Signals as a terminal leaves them, even where the tests themselves run by nohup or behind a script's `&`."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


class Checkout:
    """A copy of what git would clone, with a mesh of its own ports."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.offset = folder, free_offset()
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True
        )
        for name in listed.stdout.splitlines():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIRTUAL_ENV", "MESH_"))}
        self.env = {**kept, "MESH_PORT_OFFSET": str(self.offset), "PYTHONUNBUFFERED": "1"}

    def run(
        self, *arguments: str, shell: str = "bash", timeout: float = 280, **env: str
    ) -> subprocess.CompletedProcess[str]:
        command = [shell, "./start_all.sh", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env={**self.env, **env}, capture_output=True, text=True, timeout=timeout
        )

    def start(self, *arguments: str, **env: str) -> "Running":
        return Running(self, arguments, env)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{BASE[service] + self.offset}"


class Running:
    """A start_all.sh in the foreground of a terminal of its own."""

    def __init__(self, checkout: Checkout, arguments: tuple[str, ...], env: dict[str, str]) -> None:
        self.output = checkout.folder / f"output-{time.monotonic_ns()}"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                ["bash", "./start_all.sh", *arguments],
                cwd=checkout.folder,
                env={**checkout.env, **env},
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=as_at_a_terminal,  # noqa: PLW1509 (no threads here)
            )

    def until(self, words: str, seconds: float = 120) -> str:
        deadline = time.monotonic() + seconds
        while words not in self.text():
            assert time.monotonic() < deadline, self.text()
            assert self.process.poll() is None or words in self.text(), self.text()
            time.sleep(0.1)
        return self.text()

    def text(self) -> str:
        return self.output.read_text()

    def interrupt(self) -> int:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)
