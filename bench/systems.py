"""What is measured: our mesh, and Pipecat's bot, each as processes that can be watched.

The mesh is a new one each time: on free ports, with its data in a temporary folder, without the user's settings, so
that nothing is written into the user's data and nothing is delivered.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import httpx2

from bench.environment import check
from simulator.processes import BASE, command, free_offset, own_environment

BOT_PORT = 29_200
BOT_PYTHON = Path(".cache/pipecat/bin/python")
INSTALL = (
    "Pipecat is not installed. uv venv .cache/pipecat && "
    "VIRTUAL_ENV=.cache/pipecat uv pip install 'pipecat-ai[websocket,openai,silero]==1.14.*' uvicorn python-multipart"
)
ENGINES = ("STT_", "LANG_", "LLM_", "TTS_", "MAX_MODELS")
"""Settings of engines may be given to a bench in its environment; of all others none reaches the mesh."""
PEERS = {f"{name.upper()}_URL" for name in BASE}
"""Addresses of the services of another mesh are none of them."""
START_S, STOP_S = 180.0, 20.0


def quiet_environment(folder: str | Path) -> dict[str, str]:
    """The environment of a service that a bench starts."""
    return own_environment(folder) | {"AUDIOSOCKET_PORT": "0", "LOG_LEVEL": "ERROR"}


OFFSET = free_offset()
"""Of this process's mesh."""


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
        """Return when all of them serve. Raises SystemExit when one ends, or does not serve in time."""
        until = asyncio.get_running_loop().time() + START_S
        async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
            for port in self._ports:
                while True:
                    try:
                        (await http.get(f"http://127.0.0.1:{port}/health")).raise_for_status()
                        break
                    except httpx2.HTTPError:
                        ended = [name for name, process in self.running.items() if process.poll() is not None]
                        if ended or asyncio.get_running_loop().time() > until:
                            raise SystemExit(f"{ended or self.name} did not start: see the lines above.") from None
                        await asyncio.sleep(0.1)

    async def own_figures(self, calls: int) -> dict[str, Any]:  # noqa: ARG002 (not all systems say anything)
        """What only this system says of its last calls."""
        return {}

    def stop(self) -> None:
        """End the processes."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Models(System):
    """The stand-ins for models' servers, in a process of their own."""

    def __init__(self, port: int, *options: str) -> None:
        self.address = f"http://127.0.0.1:{port}/v1"
        started = subprocess.Popen([sys.executable, "-m", "bench.backends", str(port), *options])
        super().__init__("models", f"http://127.0.0.1:{port}", {"models": started}, [])

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
    """The mesh. `backends` are stand-ins for models; without them it has the engines that its environment names, or
    those that need none. `settings` win.
    """

    def __init__(self, backends: str = "", **settings: str) -> None:
        check(*BASE)
        self._folder = tempfile.TemporaryDirectory(prefix="voiceblock-bench-")
        folder = self._folder.name
        ports = {name: port + OFFSET for name, port in BASE.items()}
        engines = {n: value for n, value in os.environ.items() if n.startswith(ENGINES) and n not in PEERS}
        standins = {f"{name}_BASE_URL": backends for name in ("STT", "LLM", "TTS")}
        env = quiet_environment(folder) | (standins if backends else engines) | {"MESH_PORT_OFFSET": str(OFFSET)}
        running = {}
        for name, port in ports.items():
            own = {"DATABASE_URL": f"sqlite:///{folder}/{name}.db"}
            running[name] = subprocess.Popen(command(f"{name}.main:app", port, "error"), env={**env, **own, **settings})
        self._addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        super().__init__("voiceblock", self.url("call_handler"), running, list(ports.values()))

    def url(self, service: str) -> str:
        """A service's address."""
        return self._addresses[service]

    async def own_figures(self, calls: int) -> dict[str, Any]:
        """From our decision that a turn is over to the first frame of the answer, by the calls' waterfalls."""
        await asyncio.sleep(1.5)  # gateway writes them once a second
        waits: list[float] = []
        async with httpx2.AsyncClient(base_url=self.url("logger"), timeout=10, trust_env=False) as http:
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
        bot = subprocess.Popen([str(BOT_PYTHON), "bench/pipecat_bot.py", str(BOT_PORT), backends, turn])
        super().__init__("pipecat", f"http://127.0.0.1:{BOT_PORT}", {"bot": bot}, [BOT_PORT])
