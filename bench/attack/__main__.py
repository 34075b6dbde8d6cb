"""Attacks a mesh of its own: `./bench.sh attack [--seed 1] [--least 6] [--only http,sockets,files]`.

Over a thousand inputs that no honest client sends, by HTTP, WebSocket, AudioSocket and as files. Harm is: an answer of
5xx, none within 20 s, a socket that closes over one bad message, a process that dies, grows by more than 200 MB or
keeps open files, a file or an address that was opened because an input named it, a stranger's Host or Origin that is
served. Everything listens on loopback, in a temporary folder; nothing of the user's is touched. Exit code 1 on harm.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.attack import files, http, sockets
from bench.attack.target import Findings, Watch
from simulator.processes import Mesh


async def run(seed: int, least: int, only: set[str]) -> Findings:
    """Start a mesh, attack it, judge it."""
    findings = Findings()
    with tempfile.TemporaryDirectory() as name:
        mesh = Mesh(Path(name), LOG_LEVEL="INFO")
        try:
            await asyncio.to_thread(mesh.start)
            watch = Watch(mesh, Path(name))
            if "files" in only:
                await files.attack(watch, findings)
            if "sockets" in only:
                await sockets.attack(watch, findings, seed=seed, least=least)
            if "http" in only:
                await http.attack(watch, findings, seed=seed, least=least)
            await watch.settle()
            watch.judge(findings)
        finally:
            await asyncio.to_thread(mesh.stop)
    return findings


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="bench.attack", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=int, default=6, help="bad values for each field")
    parser.add_argument("--only", default="files,sockets,http")
    options = parser.parse_args()
    findings = asyncio.run(run(options.seed, options.least, set(options.only.split(","))))
    print(findings.report())
    return 1 if findings.harm else 0


if __name__ == "__main__":
    sys.exit(main())
