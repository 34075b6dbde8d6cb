"""Audio between formats: 16-bit mono PCM arrays inside, files and G.711 at the edges."""

import io
import struct
from functools import cache
from typing import TYPE_CHECKING, Any

from mesh.errors import BadInput

if TYPE_CHECKING:  # numpy costs 17 MB and 0.1 s: a service pays at its first audio, not at its start
    import numpy as np
    from numpy.typing import NDArray

    Pcm = NDArray[np.int16]
else:
    Pcm = Any


def decode(data: bytes, rate: int, *, max_s: float) -> "Pcm":
    """Any audio file as 16-bit mono PCM at `rate` Hz, shape (samples,).

    Takes wav, mp3, ogg/opus, webm, m4a and whatever else FFmpeg's demuxers know; decoded in process by PyAV. Raises
    BadInput: not_audio, too_long.
    """
    import av
    import numpy as np

    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    pieces: list[Any] = []
    left = int(max_s * rate)
    try:
        with av.open(io.BytesIO(data), mode="r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise BadInput("not_audio", "The file has no audio in it.")
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None
                pieces.extend(out.to_ndarray()[0] for out in resampler.resample(frame))
                left -= int(frame.samples * rate / (frame.sample_rate or rate))
                if left < 0:
                    raise BadInput("too_long", f"The audio is longer than {max_s:g} s.", 413)
            pieces.extend(out.to_ndarray()[0] for out in resampler.resample(None))
    except (av.error.FFmpegError, ValueError) as error:
        raise BadInput("not_audio", "The file is not audio that can be decoded.") from error
    if not pieces:
        raise BadInput("not_audio", "The file has no audio in it.")
    return np.concatenate(pieces)


def decode_mulaw(data: bytes, rate: int) -> "Pcm":
    """Raw 8000 Hz G.711 mu-law as PCM at `rate` Hz."""
    import numpy as np
    import soxr

    pcm = _mulaw_table()[np.frombuffer(data, np.uint8)]
    return pcm if rate == 8000 else np.asarray(soxr.resample(pcm, 8000, rate), np.int16)


def encode_mulaw(pcm: "Pcm") -> bytes:
    """PCM at 8000 Hz as G.711 mu-law, one byte a sample (ITU-T G.711)."""
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
    """The code of each of the 65,536 samples: 64 KB that make coding one lookup a sample."""
    import numpy as np

    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(samples), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    coded = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return np.asarray(coded, np.uint8)
