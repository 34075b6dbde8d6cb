"""16-bit mono PCM, its G.711 coding, and the header that makes a file of it."""

import struct
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # numpy costs 17 MB and 0.1 s: a service pays at its first audio, not at its start
    import numpy as np
    from numpy.typing import NDArray

    Pcm = NDArray[np.int16]
else:
    Pcm = Any


def decode_mulaw(data: bytes, rate: int) -> "Pcm":
    """Raw 8000 Hz G.711 mu-law as PCM at `rate` Hz."""
    import numpy as np
    import soxr

    pcm = _mulaw_table()[np.frombuffer(data, np.uint8)]
    return pcm if rate == 8000 else np.asarray(soxr.resample(pcm, 8000, rate), np.int16)


def encode_mulaw(pcm: "Pcm") -> bytes:
    """PCM at 8000 Hz as G.711 mu-law, one byte per sample (ITU-T G.711)."""
    import numpy as np

    coded: bytes = _mulaw_inverse()[pcm.view(np.uint16)].tobytes()
    return coded


def wav_header(rate: int, data_bytes: int | None = None) -> bytes:
    """The 44 bytes before 16-bit mono PCM; without a length, those of a stream whose end is not known."""
    size = 0xFFFFFFFF - 36 if data_bytes is None else data_bytes
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", size
    )


@cache
def _mulaw_table() -> "Pcm":
    import numpy as np

    inverted = ~np.arange(256, dtype=np.uint8)
    exponent = (inverted >> 4) & 7
    magnitude = ((((inverted & 15).astype(np.int32) << 3) + 132) << exponent) - 132
    return np.where(inverted & 128, -magnitude, magnitude).astype(np.int16)


@cache
def _mulaw_inverse() -> "NDArray[np.uint8]":
    """The code of each of the 65,536 samples: 64 KB that make coding one lookup per sample."""
    import numpy as np

    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(samples), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    coded = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return np.asarray(coded, np.uint8)
