"""No lead is lost: `./bench.sh leads [--leads 10000] [--clients 50] [--database sqlite postgresql]`.

Clients post leads, each with an Idempotency-Key, until they are answered 2xx, one in ten of them twice; one in five is
a call whose lead changes three times. Meanwhile lead_sender, the database and the webhook that gets the leads are
killed (SIGKILL) and started again at random. In the end every lead that was answered must have come to the webhook,
each key must have made one lead, and the changes of a lead must have come in their order. One JSON line a database;
exit code 1 when that is not so. PostgreSQL is one of our own, made in a temporary folder; without its programs it is
left out.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bench.environment import check
from bench.systems import quiet_environment
from simulator.processes import command

PORT = 28_700
SECRET = "whsec_bench"  # noqa: S105 (of the bench)
DRAIN_S = 600.0


class Process:
    """A program that can be killed and started again."""

    def __init__(self, name: str, command: list[str], log: Path, **env: str) -> None:
        self.name, self._command, self._log, self._env = name, command, log, env
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, as the head of a group of its own, unless it runs."""
        if self.alive:
            return
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL for it and all that it has started."""
        if self._running and self.alive:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.poll() is None


@dataclass
class Run:
    """What the clients know at the end: the lead's id by key, and what had to be tried again."""

    answered: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    retries: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)


@contextmanager
def system(database: str, replicas: int, folder: Path) -> Iterator[tuple[list[Process], list[str]]]:
    """lead_sender, its database and the webhook; its addresses."""
    for port in range(PORT, PORT + 2 + replicas):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise SystemExit(f"port {port} is taken, by an earlier run perhaps: pkill -f 'port {port}'")
    # The server's own user must be able to reach its data.
    folder.chmod(0o755)
    processes, url = [], f"sqlite:///{folder}/leads.db"
    if database == "postgresql":
        processes.append(_postgres(folder, PORT))
        url = f"postgresql://postgres@127.0.0.1:{PORT}/postgres"
    processes.append(
        Process(
            "webhook",
            command("bench.lead_receiver:app", PORT + 1),
            folder / "webhook.log",
            **quiet_environment(folder),
            RECEIVED=str(folder / "received"),
            LEAD_WEBHOOK_SECRET=SECRET,
        )
    )
    env = {
        **quiet_environment(folder),
        "DATABASE_URL": url,
        "SCENARIOS_DIR": str(folder),
        "LEAD_WEBHOOK_URL": f"http://127.0.0.1:{PORT + 1}/leads",
        "LEAD_WEBHOOK_SECRET": SECRET,
        "LEAD_RETRY_BASE_S": "0.2",
        "LEAD_RETRY_MAX_S": "5",
        "LEAD_SEND_DEADLINE_S": "3",
        "IS_DEV": "false",
    }
    ports = [PORT + 2 + number for number in range(replicas)]
    for port in ports:
        line = command("lead_sender.main:app", port)
        processes.append(Process("lead_sender", line, folder / f"lead_sender_{port}.log", **env))
    try:
        for process in processes:
            process.start()
        yield processes, [f"http://127.0.0.1:{port}" for port in ports]
    finally:
        for process in processes:
            process.kill()


def _programs() -> Path | None:
    """Where PostgreSQL's programs are; None: nowhere."""
    found = shutil.which("initdb")
    return Path(found).parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def _postgres(folder: Path, port: int) -> Process:
    programs, data = _programs(), folder / "postgres"
    assert programs is not None
    data.mkdir()
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # it refuses to run as root
    if user:
        shutil.chown(data, "postgres")
    initdb = [*user, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
    subprocess.run(initdb, check=True, capture_output=True)
    command = [*user, str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data)]
    return Process("postgresql", command, folder / "postgres.log", **quiet_environment(folder))


async def _client(run: Run, work: "asyncio.Queue[int]", bases: list[str]) -> None:
    async with httpx2.AsyncClient(timeout=8, trust_env=False) as http:
        while not work.empty():
            number = work.get_nowait()
            ref, lead = f"r{number}", {"name": f"Caller {number}", "phone": f"+1415555{number % 9000 + 1000:04}"}
            if number % 5 == 0:
                session = {"session_id": f"s{number}-{secrets.token_hex(4)}"}
                for step in range(3):
                    body = {**lead, **session, "ref": f"{ref}.{step}", "partial": step < 2}
                    await _post(http, run, bases, body)
                continue
            for _ in range(2 if number % 10 == 1 else 1):
                await _post(http, run, bases, {**lead, "ref": ref})


async def _post(http: httpx2.AsyncClient, run: Run, bases: list[str], body: dict[str, Any]) -> None:
    """Post until it is answered 2xx, to whichever replica."""
    key = str(body["ref"])
    while True:
        base = random.choice(bases)  # noqa: S311 (nothing secret)
        try:
            reply = await http.post(f"{base}/process", json=body, headers={"idempotency-key": key})
        except httpx2.HTTPError as error:
            run.retries[type(error).__name__] += 1
        else:
            if reply.is_success:
                run.answered[key].add(reply.json()["id"])
                return
            run.retries[str(reply.status_code)] += 1
            if reply.status_code < 500:
                raise AssertionError(f"{reply.status_code}: {reply.text}")
        await asyncio.sleep(random.uniform(0.05, 0.3))  # noqa: S311


async def _kill(run: Run, processes: list[Process], every_s: float) -> None:
    while True:
        await asyncio.sleep(random.uniform(0.3, 1.7) * every_s)  # noqa: S311
        victim = random.choice(processes)  # noqa: S311
        await asyncio.to_thread(victim.kill)
        run.killed[victim.name] += 1
        await asyncio.sleep(random.uniform(0.1, 1.5))  # noqa: S311
        victim.start()


async def _revive(processes: list[Process]) -> None:
    """What cannot start yet, because its database is away, is started again, as docker would."""
    while True:
        await asyncio.sleep(0.5)
        for process in processes:
            if not process.alive:
                process.start()


def _received(folder: Path) -> list[dict[str, Any]]:
    file = folder / "received"
    # A line that a kill has cut off was not answered.
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return [json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]


def _faults(run: Run, received: list[dict[str, Any]]) -> dict[str, int]:
    """What should be nothing: leads that did not come, keys that made two, changes that overtook one another."""
    arrived = {line["ref"] for line in received}
    first: dict[str, list[int]] = defaultdict(list)
    for line in received:
        if line["revision"] not in first[line["lead"]]:
            first[line["lead"]].append(line["revision"])
    made: dict[str, set[str]] = defaultdict(set)
    for line in received:
        made[line["ref"]].add(line["lead"])
    return {
        "lost": len(run.answered.keys() - arrived),
        "keys_with_two_leads": sum(len(ids | made[key]) > 1 for key, ids in run.answered.items()),
        "out_of_order": sum(revisions != sorted(revisions) for revisions in first.values()),
    }


async def measure(database: str, leads: int, clients: int, replicas: int, every_s: float = 1.8) -> dict[str, Any]:
    """Post so many leads while something is killed every so often, at random; what came of it."""
    run = Run()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        system(database, replicas, Path(name)) as made,
    ):
        processes, bases = made
        reviving = asyncio.create_task(_revive(processes))
        work: asyncio.Queue[int] = asyncio.Queue()
        for number in range(leads):
            work.put_nowait(number)
        await _healthy(bases)
        killing, began = asyncio.create_task(_kill(run, processes, every_s)), time.monotonic()
        try:
            await asyncio.gather(*(_client(run, work, bases) for _ in range(clients)))
        finally:
            killing.cancel()
        posted_s = time.monotonic() - began
        received: list[dict[str, Any]] = []
        while time.monotonic() - began < posted_s + DRAIN_S:
            received = _received(Path(name))
            if run.answered.keys() <= {line["ref"] for line in received}:
                break
            await asyncio.sleep(1)
        reviving.cancel()
        return {
            "database": database,
            "leads": leads,
            "posts_answered": len(run.answered),
            "posted_s": round(posted_s, 1),
            "all_arrived_after_s": round(time.monotonic() - began - posted_s, 1),
            "killed": dict(run.killed),
            "tried_again": dict(run.retries),
            "arrived": len({line["ref"] for line in received}),
            "repeated_deliveries": len(received) - len({line["key"] for line in received}),
            **_faults(run, received),
        }


async def _healthy(bases: list[str]) -> None:
    async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
        for base in bases:
            for _ in range(300):
                try:
                    (await http.get(f"{base}/health")).raise_for_status()
                    break
                except httpx2.HTTPError:
                    await asyncio.sleep(0.2)


def main() -> int:
    """Measure each database; 1 when anything was lost, doubled or out of order."""
    parser = argparse.ArgumentParser(prog="./bench.sh leads", description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--database", nargs="+", default=["postgresql", "sqlite"], choices=["postgresql", "sqlite"])
    asked = parser.parse_args()
    check("lead_sender")
    worst = 0
    for database in asked.database:
        if database == "postgresql" and _programs() is None:
            print(json.dumps({"database": database, "skipped": "PostgreSQL's programs are not on this machine"}))
            continue
        found = asyncio.run(measure(database, asked.leads, asked.clients, asked.replicas))
        print(json.dumps(found), flush=True)
        worst |= any(found[name] for name in ("lost", "keys_with_two_leads", "out_of_order"))
    return worst


if __name__ == "__main__":
    sys.exit(main())
