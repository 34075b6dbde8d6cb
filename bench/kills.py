"""Nothing is lost: `python -m bench.kills [--rounds 20] [--pairs gateway+logger …] [--seed 1]`.

A mesh of its own (own folder, ports and databases) holds conversations, by text and by Twilio's webhooks, while two of
its services are killed (SIGKILL) and started again, at random moments, so many rounds for each pair. Then everything
that an answer had promised must be there: turns in logger, in order and not twice; leads and their values in
lead_sender; their deliveries at a webhook; the ends and summaries of calls. One line per pair; exit code 1 for a loss.
About 70 s per pair on two cores; `--pairs` takes some of them.
"""

import argparse
import asyncio
import itertools
import json
import random
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from bench.leads import SECRET, Process
from bench.promises import Callers, Story, losses
from bench.systems import quiet_environment
from mesh.settings import load_yaml
from simulator.processes import command

OFFSET = 23_000
KILLED = ("gateway", "lead_sender", "logger", "call_handler", "storage")
OTHERS = ("lang", "gpt", "tts")
CALLERS = 3
"""Of each kind."""
START_S, DRAIN_S = 60.0, 90.0


class Mesh:
    """Services that can be killed, and the webhook that gets the leads, which is not."""

    def __init__(self, folder: Path, offset: int) -> None:
        base = load_yaml("config.yaml")["services"]
        self._ports = {name: int(base[name]) + offset for name in (*OTHERS, *KILLED)}
        self._received, hook = folder / "received", max(base.values()) + offset + 1
        taken = [port for port in (*self._ports.values(), hook) if _is_taken(port)]
        if taken:
            raise SystemExit(f"ports {taken} are taken, by an earlier run perhaps")
        env = quiet_environment(folder) | {
            "MESH_PORT_OFFSET": str(offset),
            "LEAD_WEBHOOK_URL": f"http://127.0.0.1:{hook}/leads",
            "LEAD_WEBHOOK_SECRET": SECRET,
            "LEAD_RETRY_BASE_S": "0.2",
            "LEAD_RETRY_MAX_S": "2",
            "LEAD_SEND_DEADLINE_S": "3",
            "LEAD_SETTLE_S": "5",
            "LEAD_END_S": "2",
        }
        self.processes: dict[str, Process] = {}
        for name, port in self._ports.items():
            own = {**env, "DATABASE_URL": f"sqlite:///{folder}/{name}.db"}
            line = command(f"{name}.main:app", port, "error")
            self.processes[name] = Process(name, line, folder / f"{name}.log", **own)
        own = {**env, "RECEIVED": str(self._received)}
        line = command("bench.lead_receiver:app", hook, "error")
        self.processes["webhook"] = Process("webhook", line, folder / "webhook.log", **own)

    def url(self, name: str) -> str:
        """Address of a service."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def delivered(self) -> set[tuple[str, int]]:
        """Leads and revisions that came to the webhook."""
        lines = self._received.read_text().splitlines() if self._received.exists() else []
        return {(line["lead"], line["revision"]) for line in map(json.loads, lines)}

    async def healthy(self, http: httpx2.AsyncClient, *names: str) -> None:
        """Return when these serve. What cannot start yet is started again, as a supervisor would."""
        deadline = time.monotonic() + START_S
        for name in names:
            while True:
                try:
                    (await http.get(f"{self.url(name)}/health")).raise_for_status()
                    break
                except httpx2.HTTPError:
                    if time.monotonic() > deadline:
                        raise SystemExit(f"{name} did not start") from None
                    self.processes[name].start()
                    await asyncio.sleep(0.1)

    async def has_settled(self, http: httpx2.AsyncClient) -> bool:
        """Nothing waits any more, and nothing was given up."""
        for name, check in (("gateway", "unwritten"), ("call_handler", "promises")):
            checks = (await http.get(f"{self.url(name)}/health")).json()["checks"]
            if not checks[check]["ok"]:
                return False
        return True


@contextmanager
def mesh(offset: int) -> Iterator[Mesh]:
    """A mesh, and its end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        made = Mesh(Path(name), offset)
        try:
            for process in made.processes.values():
                process.start()
            yield made
        finally:
            for process in made.processes.values():
                process.kill()


async def kill(made: Mesh, http: httpx2.AsyncClient, pair: tuple[str, str], rounds: int, chance: random.Random) -> None:
    """Kill both, one after the other, and start them again: so many rounds."""
    for _ in range(rounds):
        await asyncio.sleep(chance.uniform(0.2, 1.2))
        order = chance.sample(pair, 2)
        for name in order:
            await asyncio.to_thread(made.processes[name].kill)
            await asyncio.sleep(chance.choice((0.0, chance.uniform(0, 0.5))))
        for name in chance.sample(pair, 2):
            made.processes[name].start()
            await asyncio.sleep(chance.choice((0.0, chance.uniform(0, 0.5))))
        await made.healthy(http, *pair)


async def measure(made: Mesh, pair: tuple[str, str], rounds: int, seed: int) -> dict[str, object]:
    """One pair; what came of it."""
    began, chance = time.monotonic(), random.Random(f"{seed}{pair}")  # noqa: S311 (nothing secret)
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        await made.healthy(http, *OTHERS, *KILLED)
        callers = Callers(made.url("gateway"), made.url("call_handler"), chance.getrandbits(64))
        talking = [asyncio.create_task(callers.talk(kind)) for kind in ("text", "CA") * CALLERS]
        await kill(made, http, pair, rounds, chance)
        callers.enough.set()
        await asyncio.gather(*talking)
        lost = await _after(made, http, callers.stories)
    return {
        "pair": "+".join(pair),
        "kills": 2 * rounds,
        "conversations": len(callers.stories),
        "turns": sum(len(story.answered) for story in callers.stories),
        "tried again": sum(callers.retries.values()),
        "seconds": round(time.monotonic() - began),
        "lost": lost,
    }


async def _after(made: Mesh, http: httpx2.AsyncClient, stories: list[Story]) -> dict[str, int]:
    """What is lost when all that was waiting has had its time."""
    deadline = time.monotonic() + DRAIN_S
    while True:
        await asyncio.sleep(1)
        settled = await made.has_settled(http)
        lost = await losses(http, stories, made.url("lead_sender"), made.url("logger"), made.delivered())
        if (settled and not any(lost.values())) or time.monotonic() > deadline:
            return {name: count for name, count in lost.items() if count} | ({} if settled else {"unsettled": 1})


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    """Measure each pair; 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--offset", type=int, default=OFFSET, help="of the mesh's ports")
    every = ["+".join(pair) for pair in itertools.combinations(KILLED, 2)]
    parser.add_argument("--pairs", nargs="+", default=every, choices=every, metavar="A+B")
    asked, failed = parser.parse_args(), False
    with mesh(asked.offset) as made:
        for pair in asked.pairs:
            first, second = pair.split("+")
            found = asyncio.run(measure(made, (first, second), asked.rounds, asked.seed))
            print(json.dumps(found), flush=True)
            failed |= bool(found["lost"])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
