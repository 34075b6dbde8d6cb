"""What simulated callers utter, as mu-law at 8 kHz: human speech, and what is no speech.

Human speech: Debian's asterisk-core-sounds-{en,ru,es,fr}-wav (Creative Commons), recorded prompts at 8 kHz.
"""

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np

from mesh.audio import Pcm, encode_mulaw

RATE = 8_000
SOUNDS = Path("/usr/share/asterisk/sounds")
FOLDERS = {"en": "en_US_f_Allison", "ru": "ru_RU_f_IvrvoiceRU", "es": "es_MX_f_Allison", "fr": "fr_CA_f_June"}
LOUD = 300
"""Samples above this are sound: what lies before and after is cut off, all but EDGE."""
EDGE = 160


def silence(seconds: float) -> bytes:
    """Nothing."""
    return b"\xff" * int(seconds * RATE)


def trimmed(samples: Any) -> bytes:  # noqa: ANN401 (an array)
    """Without the silence around it, so that its end is the end of speech."""
    loud = np.flatnonzero(np.abs(samples) > LOUD)
    if not len(loud):
        return b""
    return encode_mulaw(samples[max(0, loud[0] - EDGE) : loud[-1] + EDGE].astype(np.int16))


def read_wav(data: bytes, rate: int) -> Pcm:
    """A wav of 16-bit mono at a rate. Not FFmpeg: a stand-in must be quicker than what it stands in for."""
    import soxr

    with wave.open(io.BytesIO(data)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        came = file.getframerate()
    return samples if came == rate else np.asarray(soxr.resample(samples, came, rate), np.int16)


def human(language: str = "en") -> dict[str, bytes]:
    """Recorded prompts of a second to four, by name; none where the package is not installed."""
    found = {}
    folder = SOUNDS / FOLDERS.get(language, language)
    for path in sorted(folder.glob("*.wav")) if folder.is_dir() else []:
        if 16_000 < path.stat().st_size < 64_000:
            found[path.stem] = trimmed(read_wav(path.read_bytes(), RATE))
    return {name: audio for name, audio in found.items() if len(audio) > RATE // 2}


def cough(seed: int) -> bytes:
    """One or two bursts of breath: steep at the beginning, without pitch, 0.15 to 0.3 s each."""
    random = np.random.default_rng(seed)
    bursts = []
    for _ in range(int(random.integers(1, 3))):
        length = int(RATE * random.uniform(0.15, 0.3))
        at = np.arange(length) / RATE
        shape = np.minimum(1.0, at / 0.008) * np.exp(-at / random.uniform(0.05, 0.09))
        noise = np.convolve(random.normal(size=length), np.hanning(int(random.integers(3, 9))), "same")
        bursts += [shape * noise / np.abs(noise).max() * random.uniform(9_000, 18_000), np.zeros(RATE // 12)]
    return encode_mulaw(np.concatenate(bursts).astype(np.int16))


def noise(seconds: float, level_db: float, seed: int = 0) -> Any:  # noqa: ANN401 (an array)
    """A room's hiss as samples, at so many dBFS."""
    wave = np.convolve(np.random.default_rng(seed).normal(size=int(seconds * RATE)), np.ones(4) / 2, "same")
    return wave * 32_768 * 10 ** (level_db / 20)


def rustle(seed: int) -> Any:  # noqa: ANN401 (an array)
    """What a line carries besides voices, as samples: clicks, a rustle, a horn, a knock, a keyed tone."""
    random = np.random.default_rng(seed)
    length = int(RATE * random.uniform(0.2, 1.2))
    at, loud = np.arange(length) / RATE, 32_768 * 10 ** (random.uniform(-32, -20) / 20)
    kind = int(random.integers(0, 5))
    if kind == 0:
        clicks = np.zeros(length)
        clicks[random.integers(0, length, 6)] = 8 * loud
        return np.clip(np.convolve(clicks, np.hanning(9), "same"), -30_000, 30_000)
    if kind == 1:
        swell = np.abs(np.interp(at, np.linspace(0, at[-1], 9), random.normal(size=9)))
        return loud * swell * np.convolve(random.normal(size=length), np.hanning(5), "same") / 2
    if kind == 2:
        return loud * (np.sin(2 * np.pi * 410 * at) + np.sin(2 * np.pi * 520 * at))
    if kind == 3:
        return 3 * loud * np.sin(2 * np.pi * random.uniform(90, 300) * at) * np.exp(-at / 0.05)
    return loud * (np.sin(2 * np.pi * 697 * at) + np.sin(2 * np.pi * 1_336 * at)) * (at < 0.12)
