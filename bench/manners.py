"""Manners in figures, over sockets in real time: `python -m bench.manners [--calls 24] [--quick] [--only barge_in]`.

| trial       | what happens                                                      | figure                          |
| ----------- | ----------------------------------------------------------------- | ------------------------------- |
| dictation   | a number in groups, 0.8 to 1.2 s of silence between them           | share cut off by our voice      |
| plain       | a complete answer                                                 | from its end to our decision    |
| barge_in    | humans and synthetic voices, loud and quiet, 0.2 to 3 s into ours  | until we are silent             |
| double_talk | the same over our echo, 6 to 20 dB softer than the caller          | same                            |
| coughing    | one or two bursts of breath                                       | share that stopped us, or paused |
| nodding     | "mhm", "yeah", "okay"                                             | same                            |
| rustling    | clicks, a rustle, a horn, a knock, a keyed tone                   | same                            |
| echoing     | our voice comes back, -6 to -30 dB, 20 to 500 ms late              | same                            |

Back ends answer at once, so that only our own decisions are measured; our voice is tts's own. What stopped us for good
is read from the call's events (a reply that was cut), all else is measured on the wire. `bench.barge` runs many more of
these in virtual time.
"""

import argparse
import asyncio
import itertools
import json
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np

from bench.barge import MOMENTS, NORMAL_DB, OURS_DB, QUIET_DB, SYNTHETIC, TUNED, at_level
from bench.realtime import percentile
from bench.speech import spoken
from bench.systems import OFFSET, Models, VoiceBlock
from mesh.audio import encode_mulaw
from mesh.settings import load_yaml
from simulator.acoustics import KINDS, EchoPath
from simulator.stream import Line, Phone, StreamCaller
from simulator.voices import cough, human, rustle, silence

PORT, AT_ONCE = 29_110, 5
REPLY = (
    "Of course, I am glad to tell you. We are open every day of the week, from eight in the morning until ten at night."
)
NAME, QUESTION = "My name is Catherine Miller.", "How much does it cost?"
GROUPS = ("four one five", "five five five", "zero one two three")
PATIENCE_S = 9.0
Trial = Callable[["OnCall"], Awaitable[None]]


class Stage:
    """The voices, the telephone, and what has been measured."""

    def __init__(self, system: VoiceBlock) -> None:
        self.phone = Phone(system.base)
        self.said: dict[str, bytes] = {}
        self.interruptions: dict[str, list[bytes]] = {}
        self.found: dict[str, list[float]] = {}
        self.events = f"http://127.0.0.1:{load_yaml('config.yaml')['services']['logger'] + OFFSET}/sessions"

    async def learn(self, language: str, models: Models) -> None:
        """Make the voices, and let the recogniser know them."""
        for text in (NAME, QUESTION, *GROUPS, *TUNED.nods):
            self.said[text] = await spoken(text)
        await models.learn(self.said)
        made = {
            f"{text} {place}": await spoken(text, "en", voice)
            for text in TUNED.phrases
            for place, voice in enumerate(SYNTHETIC)
        }
        await models.learn(made)
        humans = human(language)
        chosen = list(humans.values())[:: max(1, len(humans) // 12)][:12]
        for number, audio in enumerate(chosen):
            await models.learn({f"Excuse me, I would like to ask you for item {number}.": audio})
        self.interruptions = {"human": chosen, "synthetic": list(made.values())}

    def note(self, name: str, value: float) -> None:
        """A measurement."""
        self.found.setdefault(name, []).append(value)

    async def of_kind(self, sid: str, kind: str) -> list[dict[str, Any]]:
        """The data of a call's events of a kind, once gateway has written them."""
        await asyncio.sleep(1.5)
        async with httpx2.AsyncClient(trust_env=False) as http:
            reply = (await http.get(f"{self.events}/{sid}/events")).raise_for_status().json()
        return [event["data"] for event in reply["events"] if event["type"] == kind]


@dataclass(frozen=True, slots=True)
class OnCall:
    """One call of a trial."""

    stage: Stage
    caller: StreamCaller
    sid: str
    chance: random.Random
    number: int


async def dictation(on: OnCall) -> None:
    """A telephone number in three groups."""
    await on.caller.reply(await on.caller.say(on.stage.said[NAME]))
    await on.caller.until_quiet(1.0)
    pauses = [silence(on.chance.uniform(0.8, 1.2)) for _ in GROUPS[1:]]
    parts = [on.stage.said[GROUPS[0]], pauses[0], on.stage.said[GROUPS[1]], pauses[1], on.stage.said[GROUPS[2]]]
    began = asyncio.get_running_loop().time()
    ended = await on.caller.say(b"".join(parts))
    heard = on.caller.heard.spoke_after(began)
    on.stage.note("dictation_cut_off", float(heard is not None and heard < ended))


async def plain(on: OnCall) -> None:
    """Answers that are complete."""
    for text in (NAME, QUESTION):
        ended = await on.caller.say(on.stage.said[text])
        on.stage.note("plain_answer_voice_to_voice", await on.caller.reply(ended) - ended)
        await on.caller.until_quiet()
    for turn in await on.stage.of_kind(on.sid, "waterfall"):
        if "endpoint" in turn["ms"]:
            on.stage.note("plain_answer_endpoint", turn["ms"]["endpoint"] / 1000)


async def while_we_speak(on: OnCall, sound: bytes, after_s: float) -> float:
    """Ask, let us answer, and make a sound meanwhile; when it began."""
    began = await on.caller.reply(await on.caller.say(on.stage.said[QUESTION]))
    await asyncio.sleep(max(0.0, began + after_s - asyncio.get_running_loop().time()))
    at = asyncio.get_running_loop().time()
    await on.caller.say(sound)
    await on.caller.until_quiet(1.0)
    return at


def interruption(number: int) -> tuple[float, str, float]:
    """When, whose and how loud the voice of a trial is: all combinations in turn."""
    grid = list(itertools.product((NORMAL_DB, QUIET_DB), ("human", "synthetic"), MOMENTS))
    level, kind, after_s = grid[number % len(grid)]
    return after_s, kind, level


async def barge_in(on: OnCall, name: str = "barge_in") -> None:
    """Somebody speaks."""
    after_s, kind, level = interruption(on.number)
    sound = encode_mulaw(at_level(on.chance.choice(on.stage.interruptions[kind]), level).astype(np.int16))
    at = await while_we_speak(on, sound, after_s)
    stopped = next((when for when in on.caller.heard.clears if when >= at), at + PATIENCE_S)
    for figure in (name, f"{name}_{kind}", f"{name}_{'loud' if level == NORMAL_DB else 'quiet'}", f"{name}_{after_s}"):
        on.stage.note(f"{figure}_stop", stopped - at)


async def double_talk(on: OnCall) -> None:
    """Somebody speaks while our voice comes back."""
    await barge_in(on, "double_talk")


async def stopped_for_good(on: OnCall, name: str) -> None:
    """Whether a reply of the call was cut, and whether we paused."""
    said = await on.stage.of_kind(on.sid, "said")
    on.stage.note(f"{name}_stopped_us", float(any(event["cut"] for event in said[:2])))
    on.stage.note(f"{name}_paused_us", float(bool(on.caller.heard.clears)))


async def over_ours(on: OnCall, name: str, sound: bytes) -> None:
    """A sound that is no interruption."""
    await while_we_speak(on, sound, MOMENTS[on.number % len(MOMENTS)])
    await stopped_for_good(on, name)


async def coughing(on: OnCall) -> None:
    """No speech."""
    await over_ours(on, "cough", cough(on.chance.randrange(10**6)))


async def nodding(on: OnCall) -> None:
    """Speech that means: go on."""
    await over_ours(on, "nod", on.stage.said[on.chance.choice(TUNED.nods)])


async def rustling(on: OnCall) -> None:
    """What a line carries besides voices."""
    await over_ours(on, "noise", encode_mulaw(rustle(on.chance.randrange(10**6)).astype(np.int16)))


async def echoing(on: OnCall) -> None:
    """Our own voice."""
    await over_ours(on, "echo", b"")


TRIALS: list[Trial] = [dictation, plain, barge_in, double_talk, coughing, nodding, rustling, echoing]


def line_of(trial: Trial, number: int, chance: random.Random) -> Line:
    """The line that a trial is about."""
    seed = chance.randrange(10**6)
    if trial is double_talk:
        level = interruption(number)[2] - chance.choice((6, 9, 12, 20)) - OURS_DB
        return Line(EchoPath(level, chance.choice(TUNED.delays), KINDS[number % 2], seed), noise_db=-55.0)
    if trial is echoing:
        grid = list(itertools.product(TUNED.delays, TUNED.levels))
        delay, level = grid[number * 7 % len(grid)]  # 7: few calls, too, are of many sorts
        return Line(EchoPath(level, delay, KINDS[number % 2], seed), noise_db=-55.0)
    return Line(noise_db=-55.0)


async def one(stage: Stage, trial: Trial, number: int, room: asyncio.Semaphore) -> None:
    """A call for one trial."""
    chance = random.Random(number)  # noqa: S311 (the same calls at each run)
    sid = "CA" + secrets.token_hex(16)
    async with room, stage.phone.call(sid=sid, line=line_of(trial, number, chance)) as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        await trial(OnCall(stage, caller, sid, chance, number))


async def measure(options: argparse.Namespace, system: VoiceBlock, models: Models) -> None:
    """All trials."""
    await system.healthy()
    stage = Stage(system)
    await stage.learn(options.language, models)
    room = asyncio.Semaphore(AT_ONCE)
    for trial in TRIALS:
        if options.only not in ("", trial.__name__):
            continue
        stage.found.clear()
        calls = [one(stage, trial, number, room) for number in range(6 if options.quick else options.calls)]
        failed = [error for error in await asyncio.gather(*calls, return_exceptions=True) if error is not None]
        for name, values in stage.found.items():
            figures: dict[str, Any] = {"ms_p50": percentile(values, 0.5), "ms_p95": percentile(values, 0.95)}
            if set(values) <= {0.0, 1.0}:
                figures = {"share": round(sum(values) / len(values), 3)}
            print(json.dumps({"figure": name, "of": len(values), **figures}), flush=True)
        if failed:
            print(json.dumps({"trial": trial.__name__, "failed": [repr(error)[:200] for error in failed]}), flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.manners")
    parser.add_argument("--calls", type=int, default=24, help="calls for each trial")
    parser.add_argument("--quick", action="store_true", help="6 calls for each trial")
    parser.add_argument("--only", default="", help="one trial")
    parser.add_argument("--language", default="en", help="of the recorded humans: en, ru, es, fr")
    options = parser.parse_args()
    models = Models(PORT, "--reply", REPLY)
    system = VoiceBlock(models.address, TTS_ENGINE="espeak", TTS_BASE_URL="")
    try:
        asyncio.run(measure(options, system, models))
    finally:
        system.stop()
        models.stop()


if __name__ == "__main__":
    main()
