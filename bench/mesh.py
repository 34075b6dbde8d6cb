"""A text turn through gateway /process, step by step: `./bench.sh mesh [TURNS]`.

Prints p50 and p95 of each step, and the mesh's own share: the whole time that the client waits, less the time that the
engines (lang, gpt, tts, as their own /metrics tell it) worked. The mesh is one of its own, with its data in a temporary
folder; with --running it is the one that runs, and the turns (sessions bench-...) and their leads stay there.
"""

import argparse
import asyncio
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import httpx2

from bench.systems import VoiceBlock
from mesh.settings import peer_url

LINES = (
    "Hello",
    "My name is Anna Smith",
    "415 555 {n:04d}",
    "How much does it cost?",
    "to Yalta",
    "from July 1 to July 10",
)
ENGINES = ("lang", "gpt", "tts")
WARM_UP = 24
Url = Callable[[str], str]
"""The address of a service."""
_ENGINE = re.compile(r"mesh_engine_seconds_(sum|count)\{[^}]*\} ([\d.e+-]+)")


async def measure(turns: int, url: Url) -> None:
    """Take the turns one after another and print the table."""
    async with httpx2.AsyncClient(timeout=15, trust_env=False) as http:
        await _turns(http, url, WARM_UP)
        before = {name: await _engine_seconds(http, url(name)) for name in ENGINES}
        whole, steps = await _turns(http, url, turns)
        after = {name: await _engine_seconds(http, url(name)) for name in ENGINES}
    engines = {name: (after[name] - before[name]) / turns * 1000 for name in ENGINES}
    own = statistics.mean(whole) - sum(engines.values())
    print(f"{turns} text turns, one after another; milliseconds")
    print(f"{'step':16}{'p50':>8}{'p95':>8}")
    for name, times in sorted(steps.items(), key=lambda item: statistics.median(item[1])):
        print(f"{name:16}{_percentile(times, 50):8.1f}{_percentile(times, 95):8.1f}")
    print(f"{'client waits':16}{_percentile(whole, 50):8.1f}{_percentile(whole, 95):8.1f}")
    print("engines, mean:  " + ", ".join(f"{name} {ms:.2f}" for name, ms in engines.items()))
    print(f"the mesh's own share: mean {own:.1f}, p50 {_percentile(whole, 50) - sum(engines.values()):.1f}")


async def _turns(http: httpx2.AsyncClient, url: Url, turns: int) -> tuple[list[float], dict[str, list[float]]]:
    whole: list[float] = []
    steps: dict[str, list[float]] = {}
    session = ""
    for n in range(turns):
        line = LINES[n % len(LINES)].format(n=n % 10_000)
        if n % len(LINES) == 0:
            session = f"bench-{time.time_ns()}"
        started = time.perf_counter()
        reply = await http.post(url("gateway") + "/process", json={"session_id": session, "text": line})
        whole.append((time.perf_counter() - started) * 1000)
        reply.raise_for_status()
        for name, ms in reply.json()["timings_ms"].items():
            steps.setdefault(name, []).append(ms)
    return whole, steps


async def _engine_seconds(http: httpx2.AsyncClient, address: str) -> float:
    text = (await http.get(address + "/metrics")).text
    return sum(float(value) for kind, value in _ENGINE.findall(text) if kind == "sum")


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


async def _on_its_own(turns: int) -> None:
    with VoiceBlock() as system:
        await system.healthy()
        await measure(turns, system.url)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh mesh", description=__doc__)
    parser.add_argument("turns", nargs="?", type=int, default=300)
    parser.add_argument(
        "--running", action="store_true", help="measure the mesh that runs; its database keeps the turns"
    )
    options = parser.parse_args()
    if options.running:
        print(f"On the mesh that runs at {peer_url('gateway')}: its turns and leads stay there.", file=sys.stderr)
        asyncio.run(measure(options.turns, peer_url))
    else:
        asyncio.run(_on_its_own(options.turns))


if __name__ == "__main__":
    main()
