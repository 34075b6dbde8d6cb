"""Manners in figures: `python -m bench.manners [--calls 20] [--language en]`. One JSON line for each trial.

| trial        | what happens                                                  | figure                                |
| ------------ | ------------------------------------------------------------- | ------------------------------------- |
| dictation    | a number in groups, 0.8 to 1.2 s of silence between them      | share cut off by our voice            |
| plain        | a complete answer                                             | from its end to our endpoint decision |
| barge-in     | somebody speaks while we do; half of them recorded humans     | until our voice is silent             |
| cough        | one or two bursts of breath                                   | share that stopped us for good        |
| backchannel  | "mhm", "yeah", "okay"                                         | same                                  |
| echo         | our own voice comes back, 18 dB softer, 60 to 300 ms late     | same                                  |

Back ends answer at once, so that only our own decisions are measured. What stopped us for good is read from the
call's events (a reply that was cut), all else is measured on the wire.
"""

import argparse
import asyncio
import json
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from bench.realtime import percentile
from bench.stream import Line, Phone, StreamCaller
from bench.systems import OFFSET, Models, VoiceBlock
from bench.voices import cough, human, silence, spoken
from mesh.settings import load_yaml

PORT, AT_ONCE = 29_110, 5
REPLY = (
    "Of course, I am glad to tell you. We are open every day of the week, from eight in the morning until ten at night."
)
NAME, QUESTION = "My name is Catherine Miller.", "How much does it cost?"
GROUPS = ("four one five", "five five five", "zero one two three")
WORDS = ("Actually I have another question.", "No, that is not what I meant.", "Could you repeat the price please?")
NODS = ("Mhm.", "Yeah.", "Okay.")
Trial = Callable[["OnCall"], Awaitable[None]]


class Stage:
    """The voices, the telephone, and what has been measured."""

    def __init__(self, system: VoiceBlock) -> None:
        self.phone = Phone(system.base)
        self.said: dict[str, bytes] = {}
        self.interruptions: list[bytes] = []
        self.found: dict[str, list[float]] = {}
        self.events = f"http://127.0.0.1:{load_yaml('config.yaml')['services']['logger'] + OFFSET}/sessions"

    async def learn(self, language: str, models: Models) -> None:
        """Make the voices, and let the recogniser know them."""
        for text in (NAME, QUESTION, *GROUPS, *WORDS, *NODS):
            self.said[text] = await spoken(text)
        await models.learn(self.said)
        humans = human(language)
        chosen = list(humans.values())[:: max(1, len(humans) // 12)][:12]
        for number, audio in enumerate(chosen):
            await models.learn({f"Excuse me, I would like to ask you for item {number}.": audio})
        self.interruptions = [*(self.said[text] for text in WORDS), *chosen]

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


async def while_we_speak(on: OnCall, sound: bytes) -> float:
    """Ask, let us answer, and make a sound meanwhile; when it began."""
    began = await on.caller.reply(await on.caller.say(on.stage.said[QUESTION]))
    await asyncio.sleep(max(0.0, began + on.chance.uniform(0.8, 2.5) - asyncio.get_running_loop().time()))
    at = asyncio.get_running_loop().time()
    await on.caller.say(sound)
    await on.caller.until_quiet(1.0)
    return at


async def barge_in(on: OnCall) -> None:
    """Somebody speaks."""
    at = await while_we_speak(on, on.chance.choice(on.stage.interruptions))
    stopped = on.caller.heard.silent_after(at)
    on.stage.note("barge_in_stop", (stopped or at + 9.0) - at)


async def stopped_for_good(on: OnCall, name: str) -> None:
    """Whether a reply of the call was cut."""
    said = await on.stage.of_kind(on.sid, "said")
    on.stage.note(name, float(any(event["cut"] for event in said[:2])))


async def coughing(on: OnCall) -> None:
    """No speech."""
    await while_we_speak(on, cough(on.chance.randrange(10**6)))
    await stopped_for_good(on, "cough_stopped_us")


async def nodding(on: OnCall) -> None:
    """Speech that means: go on."""
    await while_we_speak(on, on.stage.said[on.chance.choice(NODS)])
    await stopped_for_good(on, "backchannel_stopped_us")


async def echoing(on: OnCall) -> None:
    """Our own voice."""
    await while_we_speak(on, b"")
    await stopped_for_good(on, "echo_stopped_us")


TRIALS: list[Trial] = [dictation, plain, barge_in, coughing, nodding, echoing]


async def one(stage: Stage, trial: Trial, seed: int, room: asyncio.Semaphore) -> None:
    """A call for one trial."""
    chance = random.Random(seed)  # noqa: S311 (the same calls at each run)
    line = Line(echo=0.125, echo_ms=chance.randrange(60, 300)) if trial is echoing else Line(noise_db=-55.0)
    sid = "CA" + secrets.token_hex(16)
    async with room, stage.phone.call(sid=sid, line=line) as caller:
        await caller.reply(0.0)
        await caller.until_quiet()
        await trial(OnCall(stage, caller, sid, chance))


async def measure(options: argparse.Namespace, system: VoiceBlock, models: Models) -> None:
    """All trials."""
    await system.healthy()
    stage = Stage(system)
    await stage.learn(options.language, models)
    room = asyncio.Semaphore(AT_ONCE)
    for trial in TRIALS:
        stage.found.clear()
        calls = [one(stage, trial, seed, room) for seed in range(options.calls)]
        failed = [error for error in await asyncio.gather(*calls, return_exceptions=True) if error is not None]
        for name, values in stage.found.items():
            shares = set(values) <= {0.0, 1.0}
            figures = (
                {"share": round(sum(values) / len(values), 3)}
                if shares
                else {"ms_p50": percentile(values, 0.5), "ms_p95": percentile(values, 0.95)}
            )
            print(json.dumps({"figure": name, "of": len(values), **figures}), flush=True)
        if failed:
            print(json.dumps({"trial": trial.__name__, "failed": [repr(error)[:200] for error in failed]}), flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.manners")
    parser.add_argument("--calls", type=int, default=20, help="calls for each trial")
    parser.add_argument("--language", default="en", help="of the recorded humans: en, ru, es, fr")
    options = parser.parse_args()
    models = Models(PORT, "--reply", REPLY)
    system = VoiceBlock(models.address)
    try:
        asyncio.run(measure(options, system, models))
    finally:
        system.stop()
        models.stop()


if __name__ == "__main__":
    main()
