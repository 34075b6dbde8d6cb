"""What a telephone makes of our voice before it comes back: filtered, late, reverberant, drifting.

| path    | what it is                                                                                   |
| ------- | -------------------------------------------------------------------------------------------- |
| line    | a two-wire line's hybrid: a few milliseconds of dispersion within 300 to 3,400 Hz             |
| speaker | a loudspeaker in a room: a small cone's distortion, a direct sound, 0.2 to 0.5 s of reverb    |

Both add a clock that is off by up to 100 parts in a million and a level that wanders by 3 dB. The level is the echo's
loudness against our own, on a long run of speech-shaped noise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

RATE = 8_000
SWAY_DB, SWAY_S = 3.0, 2.7
"""How far the level wanders, and how long one round of it takes."""
KINDS = ("line", "speaker")


@dataclass(frozen=True, slots=True)
class EchoPath:
    """How our voice comes back: dB against what we sent, and how late."""

    level_db: float
    delay_ms: int
    kind: str = "line"
    seed: int = 0


class Echo:
    """One call's path. `feed` takes what is being played and gives what comes back meanwhile."""

    def __init__(self, path: EchoPath) -> None:
        random = np.random.default_rng(path.seed)
        self._clipped = path.kind == "speaker"
        self._drift = float(random.uniform(-100e-6, 100e-6))
        self._phase = float(random.uniform(0, 2 * np.pi))
        self._taps = _hybrid(random) if path.kind == "line" else _room(random)
        self._taps *= 10 ** (path.level_db / 20) / self._loudness()
        self._played = np.zeros(len(self._taps) + 2)
        self._behind = np.zeros(path.delay_ms * RATE // 1000)
        self._late = 0.0  # samples by which the far clock is behind, always positive
        self._fed = 0

    def feed(self, samples: Any) -> Any:  # noqa: ANN401 (arrays)
        """As many samples of echo as of voice."""
        if self._clipped:
            samples = np.tanh(samples / 16_000) * 16_000
        joined = np.concatenate((self._played, samples))
        self._played = joined[-len(self._played) :]
        wet = np.convolve(joined, self._taps, "valid")[-len(samples) :]
        at = self._fed / RATE
        self._fed += len(samples)
        wet = wet * 10 ** (SWAY_DB * np.sin(2 * np.pi * at / SWAY_S + self._phase) / 20)
        self._behind = np.concatenate((self._behind, wet))
        out = self._behind[: len(samples)]
        self._behind = self._behind[len(samples) :]
        return self._drifted(out)

    def _drifted(self, samples: Any) -> Any:  # noqa: ANN401 (arrays)
        """The far clock: now and then, a sample is slipped in or left out, by interpolation."""
        self._late += self._drift * len(samples)
        if abs(self._late) >= 1.0:
            step = int(np.sign(self._late))
            self._late -= step
            self._behind = np.concatenate((np.zeros(1), self._behind)) if step > 0 else self._behind[1:]
        shift = self._late
        before = np.concatenate((samples[:1], samples[:-1]))
        after = np.concatenate((samples[1:], samples[-1:]))
        return (1 - abs(shift)) * samples + max(0.0, shift) * before + max(0.0, -shift) * after

    def _loudness(self) -> float:
        """The path's gain for a spectrum like that of speech."""
        noise = np.convolve(np.random.default_rng(1).normal(size=RATE), 0.7 ** np.arange(20), "same")
        return float(np.sqrt(np.mean(np.convolve(noise, self._taps, "same") ** 2) / np.mean(noise**2)))


def _band(low: float, high: float, size: int = 65) -> Any:  # noqa: ANN401 (an array)
    at = np.arange(size) - size // 2
    taps = 2 * high / RATE * np.sinc(2 * high / RATE * at) - 2 * low / RATE * np.sinc(2 * low / RATE * at)
    return taps * np.hamming(size)


def _hybrid(random: np.random.Generator) -> Any:  # noqa: ANN401 (an array)
    size = int(random.uniform(0.004, 0.009) * RATE)
    burst = random.normal(size=size) * np.exp(-np.arange(size) / (size / 3))
    return np.convolve(burst, _band(300, 3_400))


def _room(random: np.random.Generator) -> Any:  # noqa: ANN401 (an array)
    """Direct sound, early reflections and a tail; the tail holds a tenth to half of the energy."""
    rt60 = random.uniform(0.2, 0.5)
    size = int(rt60 * 0.7 * RATE)
    tail = random.normal(size=size) * 10 ** (-3 * np.arange(size) / (rt60 * RATE))
    tail[: int(0.003 * RATE)] = 0.0
    tail *= np.sqrt(random.uniform(0.1, 0.5) / np.sum(tail**2))
    tail[0] = 1.0
    return np.convolve(tail, _band(random.uniform(300, 500), random.uniform(2_600, 3_400)))
