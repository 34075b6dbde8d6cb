"""What simulated callers say, as mu-law at 8 kHz: any text, by tts's espeak-ng, without a mesh."""

from functools import cache

import numpy as np

from simulator.voices import RATE, trimmed
from tts.engines import Utterance
from tts.engines.espeak import Espeak


@cache
def _espeak() -> Espeak:
    return Espeak()


async def spoken(text: str, language: str = "en", voice: str = "en-us+m7", speed: float = 1.0) -> bytes:
    """A text, by espeak-ng."""
    import soxr

    made = await _espeak().speak(Utterance(text, language, language, voice, speed))
    pieces = b"".join([piece async for piece in made.pieces])
    return trimmed(soxr.resample(np.frombuffer(pieces, np.int16), made.rate, RATE))
