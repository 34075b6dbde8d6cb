"""Barge-in in figures, in virtual time: `python -m bench.barge [--rounds 4] [--held-out] [--only echo] [--by db]`.

| class            | what happens                                                               | figure              |
| ---------------- | -------------------------------------------------------------------------- | ------------------- |
| interruption     | somebody speaks 0.2 to 3 s into our answer, over a line without an echo     | until we are silent |
| double_talk      | the same while our echo comes back, 6 to 20 dB softer than the caller       | same                |
| greeting         | somebody speaks over the first words of the call, half over an echo         | same                |
| echo             | nobody speaks; -6 to -30 dB, 20 to 500 ms late, a line's or a loudspeaker's | share left in peace |
| cough, nod, noise| one or two bursts of breath; "mhm"; clicks, rustle, a horn                  | same                |

`--held-out` takes other voices, languages, phrases, delays and seeds: nothing was tuned with them. The same seeds give
the same trials; espeak-ng's noise differs a little from one process to the next. `bench.manners` measures over sockets.
"""

import argparse
import asyncio
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.duplex import QUESTION, Outcome, Trial, perform
from bench.speech import spoken
from mesh import logs
from mesh.audio import decode_mulaw
from simulator.acoustics import KINDS, EchoPath
from simulator.voices import RATE, cough, human, rustle

MOMENTS = (0.2, 0.4, 0.6, 1.0, 2.0, 3.0)
SYNTHETIC = ("en-us+m7", "en-us+f2", "en-gb")
WORDS = "Excuse me, I would like to ask for something else please."
NORMAL_DB, QUIET_DB, OURS_DB = -23.0, -33.0, -21.0
"""Loudness of speech, dBFS."""
SLOW_S = 0.2


@dataclass(frozen=True, slots=True)
class Material:
    """Voices, phrases and paths."""

    callers: tuple[str, ...]
    ours: tuple[str, ...]
    phrases: tuple[str, ...]
    nods: tuple[str, ...]
    voice: str
    levels: tuple[int, ...]
    delays: tuple[int, ...]
    seed: int


TUNED = Material(
    ("en", "es"),
    ("en", ""),
    ("Actually I have another question.", "No, that is not what I meant.", "Could you repeat the price please?"),
    ("Mhm.", "Yeah.", "Okay."),
    "en-us+f3",
    (-6, -12, -18, -24, -30),
    (20, 80, 200, 350, 500),
    0,
)
HELD_OUT = Material(
    ("ru", "fr"),
    ("fr", "ru", ""),
    ("Sorry, which days?", "Stop, I need something else.", "Hello, may I speak to a person?", "What about breakfast?"),
    ("Uh-huh.", "Right.", "I see."),
    "en-gb+m4",
    (-6, -9, -15, -21, -27, -30),
    (20, 45, 140, 275, 430, 500),
    10_000,
)


def at_level(audio: bytes, level_db: float) -> Any:  # noqa: ANN401 (an array)
    """Samples whose loud parts have a loudness."""
    samples = decode_mulaw(audio, RATE).astype(np.float64)
    steps = (samples[: len(samples) // TICK * TICK].reshape(-1, TICK) ** 2).mean(axis=1)
    loud = steps[steps > steps.max() / 300].mean()
    return samples * 32_768 * 10 ** (level_db / 20) / np.sqrt(loud)


TICK = 160


class Cast:
    """The sounds of a material."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.human = [audio for language in material.callers for audio in human(language).values()]
        self.synthetic = [_spoken(text, voice) for text in material.phrases for voice in SYNTHETIC]
        self.nods = [_spoken(text, voice) for text in material.nods for voice in SYNTHETIC]
        self.question = at_level(_spoken(QUESTION, SYNTHETIC[0]), NORMAL_DB)
        self.ours = [self._track(name) for name in material.ours]

    def _track(self, name: str) -> Any:  # noqa: ANN401 (an array)
        """Half a minute of our voice: recorded sentences of a language, or the synthesiser's."""
        sentences = list(human(name).values()) if name else [_spoken(SPEECH, self.material.voice)]
        chosen = sentences[:: max(1, len(sentences) // 12)][:12]
        pause = np.zeros(RATE // 5)
        return np.concatenate([part for audio in chosen for part in (at_level(audio, OURS_DB), pause)])


SPEECH = (
    "Of course, I am glad to tell you about it. We are open every day of the week, from eight in the morning until "
    "ten at night. On Sundays we close at six. You can reach us by telephone, or you can write to us. A room with a "
    "view costs a little more than one without, and children under twelve stay for free. Would you like to know more?"
)


def _spoken(text: str, voice: str) -> bytes:
    return asyncio.run(spoken(text, "en", voice))


def trials(cast: Cast, rounds: int) -> Iterator[tuple[str, dict[str, Any], Trial]]:
    """Class, what is particular about it, and the trial."""
    material = cast.material
    for number in range(rounds):
        chance = random.Random(material.seed + number)  # noqa: S311 (the same at each run)

        def path(level: float, delay: int | None = None, kind: str = "", chance: random.Random = chance) -> EchoPath:
            delay = chance.choice(material.delays) if delay is None else delay
            return EchoPath(level, delay, kind or chance.choice(KINDS), chance.randrange(10**6))

        def trial(chance: random.Random = chance, **more: Any) -> Trial:  # noqa: ANN401 (a trial's fields)
            ours = chance.choice(cast.ours)
            turned = np.roll(ours, chance.randrange(len(ours)))
            return Trial(turned, cast.question, seed=chance.randrange(10**6), **more)

        for at, kind, level in itertools.product(MOMENTS, ("human", "synthetic"), (NORMAL_DB, QUIET_DB)):
            about = {"at": at, "voice": kind, "level": level}
            sound = at_level(chance.choice(cast.human if kind == "human" else cast.synthetic), level)
            yield "interruption", about, trial(sound=sound, words=WORDS, at_s=at)
            over = chance.choice((6, 9, 12, 20))
            behind = path(level - over - OURS_DB)
            echo = about | {"over": over, "delay": behind.delay_ms, "path": behind.kind}
            yield "double_talk", echo, trial(sound=sound, words=WORDS, at_s=at, path=behind)
            if level == NORMAL_DB:
                back = path(chance.choice(material.levels)) if chance.random() < 0.5 else None
                greeting = about | {"echo": back is not None}
                yield "greeting", greeting, trial(sound=sound, words=WORDS, at_s=at, path=back, greeting=True)
        for db, delay, kind in itertools.product(material.levels, material.delays, KINDS):
            yield "echo", {"db": db, "delay": delay, "path": kind}, trial(path=path(db, delay, kind))
        for at in MOMENTS:
            yield "cough", {}, trial(sound=at_level(cough(chance.randrange(10**6)), NORMAL_DB + 6), at_s=at)
            yield "nod", {}, trial(sound=at_level(chance.choice(cast.nods), NORMAL_DB), words="Mhm.", at_s=at)
            yield "noise", {}, trial(sound=rustle(chance.randrange(10**6)), at_s=at)


def spread(values: list[float]) -> dict[str, int | None]:
    """Milliseconds."""
    ordered = sorted(values)
    return {
        f"ms_p{share}": round(1000 * ordered[int(share / 100 * (len(ordered) - 1))]) for share in (50, 95) if ordered
    }


def summary(found: list[tuple[dict[str, Any], Outcome]], *, speech: bool) -> dict[str, Any]:
    """The figures of a class."""
    outcomes = [outcome for _, outcome in found]
    pauses = [seconds for outcome in outcomes for seconds in outcome.pauses]
    if speech:
        stops = [outcome.stop_s for outcome in outcomes]
        late = sum(stop is None or stop > SLOW_S for stop in stops)
        missed = sum(not outcome.confirmed for outcome in outcomes)
        times = spread([9.0 if stop is None else stop for stop in stops])
        return {"of": len(found), **times, "over_200_ms": late, "never_given_the_floor": missed, "pauses": len(pauses)}
    fine = sum(not outcome.cuts and outcome.turns <= 0 for outcome in outcomes)
    share = {"of": len(found), "no_obstacle": round(fine / len(found), 3), "undisturbed": 0.0, "pauses": len(pauses)}
    share["undisturbed"] = round(sum(not o.pauses and not o.cuts for o in outcomes) / len(found), 3)
    return share | {f"pause_{name}": value for name, value in spread(pauses).items()}


def main() -> None:
    """The command."""
    logs.configure("bench", "ERROR", json=False)  # the engine's own lines are not what is measured
    parser = argparse.ArgumentParser(prog="python -m bench.barge")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--only", default="", help="one class")
    parser.add_argument("--by", default="", help="divide by: at, voice, level, over, db, delay, path, echo")
    parser.add_argument("--each", action="store_true", help="a line for each trial that went wrong")
    options = parser.parse_args()
    cast = Cast(HELD_OUT if options.held_out else TUNED)
    found: dict[str, list[tuple[dict[str, Any], Outcome]]] = {}
    for name, about, trial in trials(cast, options.rounds):
        if options.only in ("", name):
            outcome = perform(trial)
            found.setdefault(name, []).append((about, outcome))
            slow = trial.words not in ("", "Mhm.") and (outcome.stop_s is None or outcome.stop_s > SLOW_S)
            if options.each and (slow or (name == "echo" and (outcome.pauses or outcome.cuts or outcome.turns))):
                print(json.dumps({"class": name, **about, "outcome": repr(outcome)}), flush=True)
    for name, results in found.items():
        speech = name in ("interruption", "double_talk", "greeting")
        print(json.dumps({"class": name, **summary(results, speech=speech)}), flush=True)
        for value in sorted({about[options.by] for about, _ in results if options.by in about}):
            part = [(about, outcome) for about, outcome in results if about[options.by] == value]
            print(json.dumps({"class": name, options.by: value, **summary(part, speech=speech)}), flush=True)


if __name__ == "__main__":
    main()
