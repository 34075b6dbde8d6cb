"""How late our own voice comes back: the cross-correlation of what we played with what we hear, whitened (GCC-PHAT).

An echo of our voice is our waveform at one lag: its peak stands out 7 times and more within 0.2 s of sound. Another
voice has no peak at any lag, however alike the loudness of the two may be.

Source: C. Knapp, G. Carter, "The generalized correlation method for estimation of time delay", 1976.
"""

from functools import cache
from typing import Any

import numpy as np

RATE = 8_000
MAX_LAG = 4_992
"""Samples: 624 ms."""
WINDOW = 3_200
"""Samples of input that are compared at most: 400 ms."""
SIZE = MAX_LAG + WINDOW
BESIDE = 400
"""A peak is compared with what is so near to it: further off, one of the two may be silent."""
LOW_HZ, HIGH_HZ = 250, 3_500


def find(heard: Any, played: Any) -> tuple[int, float]:  # noqa: ANN401 (arrays)
    """The lag in samples of `heard` behind `played`, which ends with it and is MAX_LAG longer at least; and how much it
    stands out: its height over what is beside it.
    """
    cross = np.fft.rfft(heard, SIZE) * np.conj(np.fft.rfft(played[-len(heard) - MAX_LAG :], SIZE))
    cross *= _band() / (np.abs(cross) + 1e-9)
    found = np.fft.irfft(cross, SIZE)
    lags = found[-MAX_LAG:]
    lag = int(np.argmax(lags))
    beside = lags[max(0, lag - BESIDE) : lag + BESIDE]
    height = float(np.sqrt(np.mean(beside * beside)))
    return lag, float(lags[lag]) / height if height > 0 else 0.0


@cache
def _band() -> Any:  # noqa: ANN401 (an array)
    hertz = np.fft.rfftfreq(SIZE, 1 / RATE)
    return ((hertz >= LOW_HZ) & (hertz <= HIGH_HZ)).astype(float)
