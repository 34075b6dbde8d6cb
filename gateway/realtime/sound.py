"""Audio formats of the socket, and what has to be done to samples on the way."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mesh.audio import decode_mulaw
from mesh.wire.tts import Format


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


def samples(data: bytes) -> Any:  # noqa: ANN401 (an array)
    """Those of mu-law audio, as floats."""
    import numpy as np

    return _linear()[np.frombuffer(data, np.uint8)]


@cache
def _linear() -> Any:  # noqa: ANN401 (an array)
    """The 256 samples of mu-law."""
    import numpy as np

    return decode_mulaw(bytes(range(256)), 8_000).astype(np.float32)
