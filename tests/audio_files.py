"""Audio files of every format that a caller may send, made by PyAV."""

import io

import av
import numpy as np

from simulator.clouds import tone

FORMATS = {
    "wav": ("wav", "pcm_s16le", 16000),
    "mp3": ("mp3", "libmp3lame", 16000),
    "ogg": ("ogg", "libopus", 48000),
    "webm": ("webm", "libopus", 48000),
    "m4a": ("mp4", "aac", 16000),
    "mulaw.wav": ("wav", "pcm_mulaw", 8000),
    "au": ("au", "pcm_mulaw", 8000),
    "flac": ("flac", "flac", 16000),
}


def make(name: str, seconds: float = 1.0) -> bytes:
    """A tone as a file of this format."""
    container_name, codec, rate = FORMATS[name]
    out = io.BytesIO()
    with av.open(out, "w", format=container_name) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(tone(seconds, rate), np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="mono",
            rate=rate,
            frame_size=stream.codec_context.frame_size or 0,
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return out.getvalue()


async def speak(text: str, language: str) -> bytes:
    """A wav of espeak-ng's voice: speech enough for a voice activity detector."""
    from mesh.audio import wav_header
    from tts.engines import Utterance
    from tts.engines.espeak import Espeak

    engine = Espeak()
    pcm = await engine.speak(Utterance(text, language, "", language, 1.0))
    data = b"".join([piece async for piece in pcm.pieces])
    await engine.aclose()
    return wav_header(pcm.rate, len(data)) + data
