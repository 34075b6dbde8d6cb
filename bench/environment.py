"""Whether this interpreter has what a bench needs, and where to get it. The standard library alone."""

import re
import sys
from importlib import metadata
from pathlib import Path
from types import TracebackType

ON_WHAT_RUNS = ("caller", "replay")
NOBODY = ("ConnectError", "ConnectionRefusedError", "PeerDown")
"""By name: their libraries may not be there."""
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)")


def bench_of(command: list[str]) -> str:
    """The bench that a command line runs, as ./bench.sh knows it; "" where it runs none."""
    module, *more = command[command.index("-m") + 1 :] if "-m" in command else [""]
    if module == "bench":
        return more[0] if more else ""
    return module.removeprefix("bench.") if module.startswith("bench.") else ""


def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An exception hook: a library, a mesh or a number that is not there is no riddle."""
    if isinstance(error, ModuleNotFoundError):
        print(_told(str(error.name)), file=sys.stderr)
    elif bench_of(sys.orig_argv) in ON_WHAT_RUNS and kind.__name__ in NOBODY:
        print(f"No mesh answers here ({error}): ./start_all.sh, and one MESH_PORT_OFFSET for both.", file=sys.stderr)
    elif isinstance(error, ValueError) and str(error).startswith("MESH_PORT_OFFSET="):
        print(error, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


def leave(number: int, _: object) -> None:
    """A signal's handler: whoever ends a bench ends what it has started too."""
    raise SystemExit(128 + number)


def check(*services: str) -> None:
    """Raise SystemExit where this interpreter lacks what one of the services needs."""
    for service in services:
        for line in Path(service, "requirements.txt").read_text(encoding="utf-8").splitlines():
            wanted = _NAME.match(line)
            if wanted is None or "python_version" in line:
                continue
            try:
                metadata.version(wanted[1])
            except metadata.PackageNotFoundError:
                raise SystemExit(_told(wanted[1])) from None


def _told(library: str) -> str:
    name = bench_of(sys.orig_argv)
    return f"{sys.executable} has no {library}: run ./bench.sh {name}".rstrip()
