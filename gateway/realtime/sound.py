"""Audio formats of the socket, and what has to be done to samples on the way."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mesh.audio import decode_mulaw
from mesh.wire.tts import Format

STEP_MS = 20
"""One level of loudness is of so much audio."""
FLOOR_DB = -55.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A format: its name on the socket, what tts is asked for, and how many bytes a millisecond is."""

    name: str
    form: Format
    rate: int
    per_ms: int


PCMU = Sound("audio/pcmu", "mulaw", 8_000, 8)
PCM = Sound("audio/pcm", "pcm", 24_000, 48)


class WideIn:
    """PCM from 24 kHz to the 16 kHz that recognisers and the VAD take, as it comes."""

    def __init__(self) -> None:
        import soxr

        self._resampler = soxr.ResampleStream(24_000, 16_000, 1, dtype="int16", quality="MQ")
        self._odd = b""

    def feed(self, data: bytes) -> bytes:
        """More audio of any length."""
        import numpy as np

        data = self._odd + data
        cut = len(data) & ~1
        self._odd = data[cut:]
        wide: bytes = self._resampler.resample_chunk(np.frombuffer(data[:cut], np.int16)).tobytes()
        return wide


def loudness(sound: Sound | None) -> Callable[[bytes], list[float]]:
    """What gives the level (dBFS) of each STEP_MS of audio that comes in pieces of any length."""
    rest = b""
    size = STEP_MS * sound.per_ms if sound else 1

    def levels(piece: bytes) -> list[float]:
        nonlocal rest
        data = rest + piece
        cut = len(data) - len(data) % size
        rest = data[cut:]
        return _levels(data[:cut], sound) if cut and sound else []

    return levels


def _levels(data: bytes, sound: Sound) -> list[float]:
    import numpy as np

    power = _mulaw_power()[np.frombuffer(data, np.uint8)] if sound is PCMU else np.frombuffer(data, np.int16) / 32768.0
    if sound is not PCMU:
        power = power * power
    means = power.reshape(-1, STEP_MS * sound.rate // 1000).mean(axis=1)
    return [10.0 * math.log10(mean) if mean > 1e-6 else FLOOR_DB for mean in means.tolist()]


_POWER: list[Any] = []


def _mulaw_power() -> Any:  # noqa: ANN401 (an array)
    """The square of each of the 256 samples."""
    if not _POWER:
        import numpy as np

        samples = decode_mulaw(bytes(range(256)), 8_000).astype(np.float32) / 32768.0
        _POWER.append(samples * samples)
    return _POWER[0]
