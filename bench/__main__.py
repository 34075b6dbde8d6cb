"""`./bench.sh` (or `python -m bench`): lists the benches; with a name, runs one. The standard library alone."""

import runpy
import sys
from dataclasses import dataclass

NEW, RUNNING, NONE = "a new mesh", "the mesh that runs", "no services"


@dataclass(frozen=True, slots=True)
class Bench:
    """What a bench measures, what it works on, and how long it takes."""

    measures: str
    on: str
    takes: str


BENCHES = {
    "mesh": Bench("a text turn through gateway, step by step, and the mesh's own share", NEW, "15 s"),
    "realtime": Bench("voice-to-voice of calls at once, in real time; memory; beside Pipecat", NEW, "45 s per count"),
    "manners": Bench("barge-in, dictation, coughs, echo, nods", NEW, "7 min"),
    "barge": Bench("barge-in and echoes in virtual time, by line, loudness and moment", NONE, "2 min"),
    "evals": Bench("what becomes of scripted callers' words: F1 by field", NEW, "1 min"),
    "calibration": Bench("how often names and places are right that are held with some confidence", NONE, "1 min"),
    "fit": Bench("fits the weights of names and places anew, for whoever changes their evidence", NONE, "1 min"),
    "rules": Bench("F1, first utterances without a name and corrections, by the rules alone", NONE, "20 s"),
    "extraction": Bench("time of a turn's rules", NONE, "20 s"),
    "llm_gateway": Bench("what /v1 adds to a model server; beside LiteLLM's proxy", "a new gateway", "2 min"),
    "decoding": Bench("a file decoded in a process of its own beside decoding it here", NONE, "20 s"),
    "lang": Bench("language detection beside plain langdetect", NONE, "15 s"),
    "leads": Bench("leads lost, doubled or out of order under kills", "lead_sender, PostgreSQL and a webhook", "8 min"),
    "kills": Bench("turns, leads and calls lost while two services at a time are killed", NEW, "70 s per pair"),
    "attack": Bench("harm done by a thousand inputs that no honest client sends", NEW, "5 min"),
    "figures": Bench("runs what README quotes, into docs/benchmarks.md", NEW, "30 min"),
    "caller": Bench("a simulated caller, with a voice, noise, echo and loss", RUNNING, "a call"),
    "replay": Bench("a recorded call again, beside what it was", RUNNING, "a call"),
    "backends": Bench("stand-ins for models' servers, for other benches and for you", NONE, "until it is stopped"),
}


def usage() -> str:
    """The list."""
    lines = [f"  {name:12}{one.measures}\n{'':14}on {one.on}; {one.takes}" for name, one in BENCHES.items()]
    new = (
        "A new mesh has ports and data of its own, delivers nothing and leaves nothing. What works on the mesh that\n"
        "runs says so, and leaves there what a caller would."
    )
    return "\n".join(["usage: ./bench.sh NAME [options]   (./bench.sh NAME --help explains one)", "", *lines, "", new])


def main() -> int:
    """Run what is named."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in ("", "-h", "--help", "help"):
        print(usage())
        return 0
    if name not in BENCHES:
        print(f"There is no bench {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    sys.argv = sys.argv[1:]
    runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
