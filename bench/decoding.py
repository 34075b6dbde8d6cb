"""What it costs to decode a file apart: the time by stt/decoder.py against that in this process, as a ratio.

`./bench.sh decoding`
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable

from stt import decoder, decoding

RATE, RUNS = 16_000, 15
FILES = {"mp3": "libmp3lame", "ogg": "libopus", "webm": "libopus", "mp4": "aac", "flac": "flac", "wav": "pcm_s16le"}


def made(container_name: str, codec: str, seconds: int) -> bytes:
    """A file of noise."""
    import av
    import numpy as np

    rate = 48_000 if codec == "libopus" else RATE
    out = io.BytesIO()
    with av.open(out, "w", format=container_name) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        noise = np.random.default_rng(1).integers(-9_000, 9_000, (1, rate * seconds), np.int16)
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
        frame.sample_rate = rate
        context = stream.codec_context
        resampler = av.AudioResampler(context.format, "mono", rate, frame_size=context.frame_size or 0)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return out.getvalue()


def milliseconds(work: Callable[[], object]) -> float:
    """The median of some runs."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print one line per format and length."""
    argparse.ArgumentParser(prog="bench.decoding", description=(__doc__ or "").splitlines()[0]).parse_args()
    for name, codec in FILES.items():
        for seconds in (3, 60):
            data = made(name, codec, seconds)
            apart = milliseconds(lambda data=data: decoding.decode(data, RATE, max_s=600))  # type: ignore[misc]
            here = milliseconds(lambda data=data: b"".join(decoder.decode(data, RATE, 600)))  # type: ignore[misc]
            print(f"{name:5} {seconds:3} s: {here:6.1f} ms here, {apart:6.1f} ms apart, x{apart / here:.2f}")


if __name__ == "__main__":
    main()
