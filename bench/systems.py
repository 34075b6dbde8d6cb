"""What is measured: our mesh, and Pipecat's bot, each as processes that can be watched."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx2

from mesh.settings import load_yaml

OFFSET, BOT_PORT = 17_000, 29_200
BOT_PYTHON = Path(".cache/pipecat/bin/python")
INSTALL = (
    "Pipecat is not installed. uv venv .cache/pipecat && "
    "VIRTUAL_ENV=.cache/pipecat uv pip install 'pipecat-ai[websocket,openai,silero]==1.14.*' uvicorn python-multipart"
)


class System:
    """Processes that serve calls at `base`."""

    def __init__(self, name: str, base: str, running: dict[str, "subprocess.Popen[bytes]"], ports: list[int]) -> None:
        self.name, self.base, self.running = name, base, running
        self._ports = ports

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds that each process has used."""
        found = {}
        for name, process in self.running.items():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            found[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return found

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of each process."""
        page = os.sysconf("SC_PAGE_SIZE") / 1048576
        return {
            name: round(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * page, 1)
            for name, process in self.running.items()
        }

    async def healthy(self) -> None:
        """Return when all of them serve."""
        async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
            for port in self._ports:
                for _ in range(600):
                    try:
                        (await http.get(f"http://127.0.0.1:{port}/health")).raise_for_status()
                        break
                    except httpx2.HTTPError:
                        await asyncio.sleep(0.1)

    async def own_figures(self, calls: int) -> dict[str, Any]:  # noqa: ARG002 (not all systems say anything)
        """What only this system says of its last calls."""
        return {}

    def stop(self) -> None:
        """End the processes."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(20)


class Models(System):
    """The stand-ins for models' servers, in a process of their own."""

    def __init__(self, port: int, *options: str) -> None:
        self.address = f"http://127.0.0.1:{port}/v1"
        command = [sys.executable, "-m", "bench.backends", str(port), *options]
        super().__init__("models", f"http://127.0.0.1:{port}", {"models": subprocess.Popen(command)}, [])

    async def learn(self, said: dict[str, bytes]) -> None:
        """Have the recogniser know what will be said: texts, and their mu-law audio."""
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
            for text, audio in said.items():
                for attempt in range(100):
                    try:
                        await http.post(self.base + "/learn", params={"text": text}, content=audio)
                        break
                    except httpx2.ConnectError:
                        if attempt == 99:
                            raise
                        await asyncio.sleep(0.1)


class VoiceBlock(System):
    """The mesh, on ports of its own, with SQLite in a temporary folder. `spoken`: it has a voice, tts's own."""

    def __init__(self, backends: str, *, spoken: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = self._folder.name
        ports = {name: port + OFFSET for name, port in load_yaml("config.yaml")["services"].items()}
        env = {
            **os.environ,
            "MESH_PORT_OFFSET": str(OFFSET),
            "MESH_ENV_FILE": os.devnull,
            "STORAGE_DIR": f"{folder}/objects",
            "RECORDINGS_DIR": f"{folder}/recordings",
            "LOG_LEVEL": "ERROR",
            "STT_BASE_URL": backends,
            "LLM_BASE_URL": backends,
            **({"TTS_ENGINE": "espeak"} if spoken else {"TTS_BASE_URL": backends}),
        }
        running = {}
        for name, port in ports.items():
            command = [sys.executable, "-m", "uvicorn", f"{name}.main:app", "--port", str(port), "--no-access-log"]
            own = {"DATABASE_URL": f"sqlite:///{folder}/{name}.db"}
            running[name] = subprocess.Popen([*command, "--log-level", "error"], env={**env, **own})
        self._logger = f"http://127.0.0.1:{ports['logger']}"
        super().__init__("voiceblock", f"http://127.0.0.1:{ports['call_handler']}", running, list(ports.values()))

    async def own_figures(self, calls: int) -> dict[str, Any]:
        """From our decision that a turn is over to the first frame of the answer, by the calls' waterfalls."""
        await asyncio.sleep(1.5)  # gateway writes them once a second
        waits: list[float] = []
        async with httpx2.AsyncClient(base_url=self._logger, timeout=10, trust_env=False) as http:
            for session in (await http.get("/sessions", params={"limit": calls})).json()["sessions"]:
                events = (await http.get(f"/sessions/{session['session_id']}/events")).json()["events"]
                turns = [event["data"]["ms"] for event in events if event["type"] == "waterfall"]
                waits += [ms["first_frame"] - ms["endpoint"] for ms in turns if "first_frame" in ms]
        waits.sort()
        return {"decision_to_first_frame_ms_p95": round(waits[int(0.95 * (len(waits) - 1))], 1)} if waits else {}

    def stop(self) -> None:
        """End the processes, and their data."""
        super().stop()
        self._folder.cleanup()


class Pipecat(System):
    """Pipecat's bot, in its own environment. Raises SystemExit when it is not installed."""

    def __init__(self, backends: str, turn: str) -> None:
        if not BOT_PYTHON.exists():
            raise SystemExit(INSTALL)
        command = [str(BOT_PYTHON), "bench/pipecat_bot.py", str(BOT_PORT), backends, turn]
        super().__init__("pipecat", f"http://127.0.0.1:{BOT_PORT}", {"bot": subprocess.Popen(command)}, [BOT_PORT])
