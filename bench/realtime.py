"""Calls at once, in real time: `python -m bench.realtime 1 5 20`. One JSON line for each number of calls.

It starts the mesh on ports of its own, with stand-ins for the recogniser (120 ms), the model's first token (150 ms)
and the voice (100 ms), unless `--instant`. Measured on the wire by the callers, on the same machine.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2
import numpy as np
import uvicorn

from bench.backends import Backends
from bench.stream import Phone
from mesh.audio import decode_mulaw, encode_mulaw
from mesh.settings import load_yaml

OFFSET, STT_PORT = 17_000, 29_100
TURNS = ["My name is Catherine Miller.", "How much does it cost?", "Are you open today?", "I want to go to Yalta."]
WATCHED = ("gateway", "call_handler")


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process: "subprocess.Popen[bytes]") -> float:
    """Resident memory of a process."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576


async def one_call(base: str, voices: list[bytes], waits: list[float], gaps: list[int], delay_s: float) -> None:
    """One caller: hears the greeting, then speaks and listens in turn."""
    await asyncio.sleep(delay_s)
    async with Phone(base).call() as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        for audio in voices:
            ended = await caller.say(audio)
            waits.append(await caller.reply(ended) - ended)
            await caller.until_quiet()
        gaps.append(caller.heard.gaps)


async def speak(base: str, backends: Backends) -> list[bytes]:
    """The callers' utterances, which the recogniser learns."""
    made = []
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        for text in TURNS:
            body = {"text": text, "language": "en", "format": "mulaw", "voice": "en-us+m7"}
            pcm = decode_mulaw((await http.post(base + "/process", json=body)).raise_for_status().content, 8000)
            loud = np.flatnonzero(np.abs(pcm) > 300)
            made.append(encode_mulaw(pcm[max(0, loud[0] - 160) : loud[-1] + 160]))
            backends.learn(text, decode_mulaw(made[-1], 16_000))
    return made


async def measure(counts: list[int], ports: dict[str, int], running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    """All of it, on services that run."""
    await wait_for(ports)
    voices = await speak(f"http://127.0.0.1:{ports['espeak']}", BACKENDS)
    base = f"http://127.0.0.1:{ports['call_handler']}"
    for count in [1, *counts]:  # the first is for warming up
        waits: list[float] = []
        gaps: list[int] = []
        before, began = {name: cpu_s(running[name]) for name in WATCHED}, time.monotonic()
        calls = [one_call(base, voices, waits, gaps, index * 4.0 / count) for index in range(count)]
        failed = [result for result in await asyncio.gather(*calls, return_exceptions=True) if result is not None]
        minutes = (time.monotonic() - began) / 60 * count
        used = {name: round((cpu_s(running[name]) - before[name]) / minutes, 2) for name in WATCHED}
        waits.sort()
        result = {
            "calls": count,
            "turns": len(waits),
            "failed": len(failed),
            "voice_to_voice_ms_p50": round(statistics.median(waits) * 1000) if waits else None,
            "p95": round(waits[int(0.95 * (len(waits) - 1))] * 1000) if waits else None,
            "gaps": sum(gaps),
            "cpu_s_per_call_minute": used,
            "memory_mb": {name: round(memory_mb(running[name])) for name in WATCHED},
        }
        print(json.dumps(result), flush=True)


async def wait_for(ports: dict[str, int]) -> None:
    """Until every service is healthy."""
    async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
        for port in ports.values():
            for _ in range(600):
                try:
                    (await http.get(f"http://127.0.0.1:{port}/health")).raise_for_status()
                    break
                except httpx2.HTTPError:
                    await asyncio.sleep(0.1)


BACKENDS = Backends()


def main() -> None:
    """The command."""
    instant = "--instant" in sys.argv
    counts = [int(word) for word in sys.argv[1:] if word.isdigit()] or [1, 5, 20]
    if not instant:
        BACKENDS.stt_s, BACKENDS.token_s, BACKENDS.speech_s = 0.12, 0.15, 0.1
    server = uvicorn.Server(uvicorn.Config(BACKENDS.app, port=STT_PORT, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    ports = {name: port + OFFSET for name, port in load_yaml("config.yaml")["services"].items()}
    base = f"http://127.0.0.1:{STT_PORT}/v1"
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "MESH_PORT_OFFSET": str(OFFSET),
            "MESH_ENV_FILE": os.devnull,
            "STORAGE_DIR": f"{folder}/objects",
            "LOG_LEVEL": "ERROR",
            "STT_BASE_URL": base,
            "LLM_BASE_URL": base,
        }
        running: dict[str, subprocess.Popen[bytes]] = {}
        for name, port in [*ports.items(), ("espeak", ports["tts"] + 1000)]:
            service = "tts" if name == "espeak" else name
            own = {"DATABASE_URL": f"sqlite:///{folder}/{name}.db", **({"TTS_BASE_URL": base} if name == "tts" else {})}
            command = [sys.executable, "-m", "uvicorn", f"{service}.main:app", "--port", str(port)]
            running[name] = subprocess.Popen([*command, "--no-access-log", "--log-level", "error"], env={**env, **own})
        try:
            asyncio.run(measure(counts, {**ports, "espeak": ports["tts"] + 1000}, running))
        finally:
            for process in running.values():
                process.terminate()
            for process in running.values():
                process.wait(20)


if __name__ == "__main__":
    main()
