"""What README quotes: `./bench.sh figures [NAME ...] [--full]` runs the benches and writes docs/benchmarks.md.

Each section says when it was taken, at which commit, on which machine, and how busy that was before. With names only
their sections are taken again; the others stay as they are. --full takes leads in their long form.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path("docs/benchmarks.md")
HEAD = """# Benchmarks

Written by `./bench.sh figures`, which replaces a section when its bench is run again: do not edit. What each bench
measures is said by `./bench.sh`. Times are milliseconds where nothing else is said. Callers, stand-ins for models and
the mesh share the machine.
"""
LIMIT_S = 1_800.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A bench as it is run for the page; `full` are its arguments with --full."""

    name: str
    arguments: tuple[str, ...] = ()
    full: tuple[str, ...] | None = None


FIGURES = [
    Figure("mesh"),
    Figure("realtime", ("1", "5", "10", "20")),
    Figure("manners", ("--calls", "20")),
    Figure("barge"),
    Figure("evals"),
    Figure("extraction"),
    Figure("llm_gateway"),
    Figure("lang"),
    Figure("leads", ("--leads", "1000"), ("--leads", "10000")),
    Figure("kills", ("--pairs", "gateway+lead_sender", "gateway+logger"), ()),
    Figure("attack"),
]
_SECTION = re.compile(r"^## (\w+)$", re.MULTILINE)


def commit() -> str:
    """What is measured: the commit, and whether anything differs from it but the page itself."""
    head = _git("rev-parse", "--short=10", "HEAD")
    changed = [line for line in _git("status", "--porcelain").splitlines() if line[3:] != str(PAGE)]
    return f"{head} with changes that are not committed" if changed else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip("\n") if done.returncode == 0 else "unknown"


def machine() -> str:
    """Cores, the processor's name, memory, Python."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", cpuinfo.read_text()) if cpuinfo.exists() else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = re.sub(r"\s+", " ", names[0] if names else platform.processor() or platform.machine())
    return f"{os.cpu_count()} cores, {name}, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def taken(figure: Figure, *, full: bool) -> str:
    """Run a bench; its section."""
    arguments = figure.full if full and figure.full is not None else figure.arguments
    load, at, state = os.getloadavg()[0], datetime.now(UTC), commit()
    print(f"./bench.sh {' '.join((figure.name, *arguments))}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench", figure.name, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            output, _ = running.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            running.terminate()  # not killed: it has a mesh to end
            output, _ = running.communicate()
        finally:
            running.terminate()
    about = {
        "taken": f"{at:%Y-%m-%d %H:%M} UTC",
        "commit": state,
        "machine": machine(),
        "load before": f"{load:.1f}",
        "exit status": running.returncode,
    }
    return section(" ".join((figure.name, *arguments)), about, output)


def section(command: str, about: dict[str, Any], output: str) -> str:
    """A section of the page: how it was taken, and what was printed."""
    lines = [line for line in output.splitlines() if line.strip()]
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    shown = [table([row for row in rows if row.keys() == kind.keys()]) for kind in _kinds(rows)]
    rest = [line for line in lines if not line.startswith("{")]
    if rest:
        shown.append("\n".join(["```text", *rest, "```"]))
    return "\n\n".join([f"`./bench.sh {command}`", table([about]), *shown])


def _kinds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row of each set of columns, in their order."""
    return list({tuple(row): row for row in reversed(rows)}.values())[::-1]


def table(rows: list[dict[str, Any]]) -> str:
    """Rows of the same columns in Markdown."""
    lines = ["| " + " | ".join(rows[0]) + " |", "| " + " | ".join("---" for _ in rows[0]) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(_cell(value) for value in row.values()) + " |" for row in rows)])


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items()) or "-"
    return "-" if value is None else str(value).replace("|", "\\|")


def page(before: str, name: str, text: str) -> str:
    """The page with one section in the place of what it was."""
    parts = _SECTION.split(before)
    sections = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True)) | {name: text}
    order = [figure.name for figure in FIGURES if figure.name in sections]
    return "\n".join([HEAD, *(f"## {one}\n\n{sections[one]}\n" for one in order)])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh figures", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(figure.name for figure in FIGURES)], metavar="NAME")
    parser.add_argument("--full", action="store_true", help="the long forms")
    parser.add_argument("--into", type=Path, default=PAGE, help="the page")
    options = parser.parse_args()
    for figure in FIGURES:
        if not options.names or figure.name in options.names:
            text = taken(figure, full=options.full)
            before = options.into.read_text(encoding="utf-8") if options.into.exists() else ""
            options.into.write_text(page(before, figure.name, text), encoding="utf-8")


if __name__ == "__main__":
    main()
