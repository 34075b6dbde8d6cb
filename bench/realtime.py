"""Calls at once, in real time: `./bench.sh realtime 1 5 20 [--instant] [--pipecat] [--sequence 1000]`.

It starts the mesh on ports of its own, with stand-ins for the recogniser (120 ms), the model's first token (150 ms)
and the voice (100 ms), unless `--instant`. `--pipecat` puts Pipecat's own Twilio bot to the same work in the same run
(installed beforehand into .cache/pipecat). Measured on the wire by the callers, on the same machine; one JSON line for
each system and number of calls.
"""

import argparse
import asyncio
import json
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.speech import spoken
from bench.systems import Models, Pipecat, System, VoiceBlock
from simulator.processes import free_port
from simulator.stream import Phone

TURNS = ["My name is Catherine Miller.", "How much does it cost?", "Are you open today?", "I want to go to Yalta."]
AT_ONCE = 20
SPREAD_S = 4.0
"""Calls begin within so many seconds."""


@dataclass(slots=True)
class Measured:
    """What the callers measured. Seconds."""

    waits: list[float] = field(default_factory=list)
    gaps: int = 0


async def one_call(base: str, voices: list[bytes], measured: Measured, delay_s: float = 0.0) -> None:
    """One caller: hears the greeting, then speaks and listens in turn."""
    await asyncio.sleep(delay_s)
    async with Phone(base).call() as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        for audio in voices:
            ended = await caller.say(audio)
            measured.waits.append(await caller.reply(ended) - ended)
            await caller.until_quiet()
        measured.gaps += caller.heard.gaps


def percentile(values: list[float], share: float) -> int | None:
    """In milliseconds; None of nothing."""
    return round(sorted(values)[int(share * (len(values) - 1))] * 1000) if values else None


async def at_once(system: System, count: int, voices: list[bytes]) -> dict[str, Any]:
    """So many calls at once; a JSON line."""
    measured = Measured()
    before, began = system.cpu_s(), time.monotonic()
    calls = [one_call(system.base, voices, measured, index * SPREAD_S / count) for index in range(count)]
    failed = [result for result in await asyncio.gather(*calls, return_exceptions=True) if result is not None]
    minutes = (time.monotonic() - began) / 60 * count
    used = {name: round((seconds - before[name]) / minutes, 2) for name, seconds in system.cpu_s().items()}
    return {
        "system": system.name,
        "calls": count,
        "turns": len(measured.waits),
        "failed": len(failed),
        "voice_to_voice_ms_p50": round(statistics.median(measured.waits) * 1000) if measured.waits else None,
        "p95": percentile(measured.waits, 0.95),
        "gaps": measured.gaps,
        "cpu_s_per_call_minute": round(sum(used.values()), 2),
        "of_it": used,
        "memory_mb": round(sum(system.memory_mb().values())),
        **await system.own_figures(count),
    }


async def short_call(base: str, audio: bytes, delay_s: float) -> None:
    """A turn, and the caller hangs up."""
    await asyncio.sleep(delay_s)
    async with Phone(base).call() as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        await caller.reply(await caller.say(audio))


async def sequence(system: System, count: int, voices: list[bytes]) -> dict[str, Any]:
    """Short calls one after another, AT_ONCE at a time: memory must stay as it is."""
    marks = [system.memory_mb()]
    for part in range(4):
        for _ in range(count // (4 * AT_ONCE)):
            calls = [short_call(system.base, voices[0], index * 0.1) for index in range(AT_ONCE)]
            await asyncio.gather(*calls)
        marks.append(system.memory_mb())
        print(json.dumps({"system": system.name, "after": (part + 1) * count // 4, "memory_mb": marks[-1]}), flush=True)
    grown = {name: round(marks[-1][name] - marks[2][name], 1) for name in marks[0]}
    return {"system": system.name, "calls_one_after_another": count, "grown_mb_in_the_second_half": grown}


async def measure(options: argparse.Namespace, models: Models, systems: list[System]) -> None:
    """All of it, on services that run."""
    said = {text: await spoken(text) for text in TURNS}
    await models.learn(said)
    voices = list(said.values())
    for system in systems:
        await system.healthy()
        await one_call(system.base, voices[:1], Measured())  # for warming up
    for count in options.counts or ([] if options.sequence else [1, 5, 20]):
        for system in systems:
            print(json.dumps(await at_once(system, count, voices)), flush=True)
    if options.sequence:
        for system in systems:
            print(json.dumps(await sequence(system, options.sequence, voices)), flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="./bench.sh realtime", description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, help="calls at once")
    parser.add_argument("--instant", action="store_true", help="back ends without a delay")
    parser.add_argument("--pipecat", action="store_true", help="Pipecat's bot on the same work")
    parser.add_argument("--turn", default="0.0", help="Pipecat's end of a turn: `smart`, or seconds of pause allowed")
    parser.add_argument("--sequence", type=int, default=0, help="so many short calls, 20 at a time; memory")
    options = parser.parse_args()
    delays = [] if options.instant else ["--stt", "0.12", "--token", "0.15", "--speech", "0.1"]
    with ExitStack() as stack:
        models = stack.enter_context(Models(free_port(), *delays))
        systems: list[System] = [stack.enter_context(VoiceBlock(models.address))]
        if options.pipecat:
            systems.append(stack.enter_context(Pipecat(models.address, options.turn)))
        asyncio.run(measure(options, models, systems))


if __name__ == "__main__":
    main()
